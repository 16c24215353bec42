"""What a contract says when it refuses, as exceptions: one for each Solidity error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from eth_abi import abi as codec
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address

from pmr.chain.artifact import NAMES, SELECTOR, AbiEntry, load, selector, types_of
from pmr.errors import BadRecordId, ContractError, TransactionFailed
from pmr.types import RecordId

_ERROR_STRING: AbiEntry = {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]}
_PANIC: AbiEntry = {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]}


def decode_revert(data: bytes) -> ContractError | TransactionFailed:
    """Give the exception of some revert data.

    A `ContractError` subclass for an error of ours, with the values that the contract gave in
    `values`; `TransactionFailed` for any other, naming it when it is known.
    """
    entry = _table().get(data[:SELECTOR])
    if entry is None:
        return TransactionFailed(f"The contract reverted with {data.hex() or 'nothing'}.")
    try:
        values = _values(entry, data[SELECTOR:])
    except (DecodingError, BadRecordId):
        return TransactionFailed(f"The contract reverted with a malformed {entry['name']}.")
    return _exception(entry["name"], values)


def _exception(name: str, values: Mapping[str, Any]) -> ContractError | TransactionFailed:
    shown = ", ".join(f"{key}: {_text(value)}" for key, value in values.items())
    if name not in _classes():
        return TransactionFailed(f"The contract reverted with {name}({shown}).")
    error = _classes()[name](f"({shown})" if shown else "")
    error.values = values
    return error


def _values(entry: AbiEntry, data: bytes) -> dict[str, Any]:
    decoded = codec.decode(types_of(entry["inputs"]), data)
    fields = entry["inputs"]
    return {f["name"]: _typed(f, value) for f, value in zip(fields, decoded, strict=True)}


def _typed(field: Mapping[str, Any], value: Any) -> Any:
    if field.get("internalType") == "RecordId":
        return RecordId.from_word(value)
    return to_checksum_address(value) if field["type"] == "address" else value


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


@cache
def _table() -> Mapping[bytes, AbiEntry]:
    builtin = {selector(entry): entry for entry in (_ERROR_STRING, _PANIC)}
    return builtin | {key: entry for name in NAMES for key, entry in load(name).errors.items()}


@cache
def _classes() -> Mapping[str, type[ContractError]]:
    return {cls.solidity: cls for cls in ContractError.__subclasses__()}
