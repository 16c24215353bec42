"""Compiled contracts as package data, and calls and answers as bytes (Solidity's ABI)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from eth_abi import abi as codec
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple

from pmr.errors import ChainError

NAMES = ("RecordRegistry", "KeyDirectory", "ERC2771Forwarder")
WORD = 32
SELECTOR = 4

AbiEntry = Mapping[str, Any]


@dataclass(frozen=True)
class Artifact:
    """A compiled contract."""

    name: str
    source: str
    """The file that declares it, as the compiler names it."""
    compiler: str
    """The compiler's whole version."""
    abi: Sequence[AbiEntry]
    bytecode: bytes
    """What deploys it, without constructor arguments."""
    runtime: bytes
    """What stands on chain, with zeros for its immutables."""
    immutables: Sequence[Sequence[int]]
    """For each immutable, in the order of declaration, the offsets of its 32-byte words in `runtime`."""

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Give the calldata of a function; RecordIds go as their `word`."""
        entry = self._functions[function]
        return self.selectors[function] + codec.encode(types_of(entry["inputs"]), arguments)

    def decode(self, function: str, answer: bytes) -> tuple[Any, ...]:
        """Read what a function returned; raise `ChainError` when it is something else."""
        try:
            return codec.decode(types_of(self._functions[function]["outputs"]), answer)
        except DecodingError:
            raise ChainError(
                f"{self.name}.{function} answered {len(answer)} bytes that it cannot give."
            ) from None

    def encode_constructor(self, *arguments: Any) -> bytes:
        """Give the calldata that deploys the contract."""
        return self.bytecode + self.encode_arguments(*arguments)

    def encode_arguments(self, *arguments: Any) -> bytes:
        """Give the constructor's arguments as they follow the bytecode."""
        types = [types_of(entry["inputs"]) for entry in self.abi if entry["type"] == "constructor"]
        return codec.encode(types[0] if types else [], arguments)

    def runtime_with(self, *values: bytes) -> bytes:
        """Give the code on chain of a contract whose immutables are these 32-byte words."""
        return self._with_words(self.runtime, values)

    def is_code_of(self, code: bytes) -> bool:
        """Say whether this is the contract's code on chain, whatever its immutables are."""
        zeros = [bytes(WORD)] * len(self.immutables)
        return len(code) == len(self.runtime) and self._with_words(code, zeros) == self.runtime

    @cached_property
    def selectors(self) -> Mapping[str, bytes]:
        """The first 4 bytes of each function's calldata."""
        return {name: selector(entry) for name, entry in self._functions.items()}

    @cached_property
    def errors(self) -> Mapping[bytes, AbiEntry]:
        """The ABI's errors by the first 4 bytes of their revert data."""
        return {selector(entry): entry for entry in self.abi if entry["type"] == "error"}

    @cached_property
    def events(self) -> Mapping[bytes, AbiEntry]:
        """The ABI's events by their first topic."""
        return {topic(entry): entry for entry in self.abi if entry["type"] == "event"}

    def _with_words(self, runtime: bytes, values: Sequence[bytes]) -> bytes:
        code = bytearray(runtime)
        for value, offsets in zip(values, self.immutables, strict=True):
            for offset in offsets:
                code[offset : offset + WORD] = value
        return bytes(code)

    @cached_property
    def _functions(self) -> Mapping[str, AbiEntry]:
        return {entry["name"]: entry for entry in self.abi if entry["type"] == "function"}


def selector(entry: AbiEntry) -> bytes:
    """Give the 4 bytes that name a function or an error."""
    return topic(entry)[:SELECTOR]


def topic(entry: AbiEntry) -> bytes:
    """Give the 32 bytes that name an event."""
    return keccak(text=f"{entry['name']}({','.join(types_of(entry['inputs']))})")


def types_of(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the ABI types of a list of inputs or outputs."""
    return [collapse_if_tuple(dict(field)) for field in fields]


def from_json(fields: Mapping[str, Any]) -> Artifact:
    """Read the form in which artifacts are shipped."""
    return Artifact(
        name=fields["contractName"],
        source=fields["sourceName"],
        compiler=fields["compiler"],
        abi=fields["abi"],
        bytecode=bytes.fromhex(fields["bytecode"][2:]),
        runtime=bytes.fromhex(fields["deployedBytecode"][2:]),
        immutables=fields["immutables"],
    )


def standard_input() -> str:
    """Give what the compiler was given, as JSON: any solc of the same version makes the bytecode anew."""
    return (resources.files("pmr.chain") / "artifacts" / "standard-input.json").read_text("utf8")


@cache
def load(name: str) -> Artifact:
    """Load a contract that is shipped: one of `NAMES`."""
    file = resources.files("pmr.chain") / "artifacts" / f"{name}.json"
    return from_json(json.loads(file.read_text("utf8")))
