"""Revert data becomes exceptions that say what the contract said."""

import pytest
from eth_abi import abi
from eth_utils import keccak

from pmr.chain.reverts import decode_revert
from pmr.errors import (
    ContractError,
    EmptyRoot,
    NotOwner,
    RecordNotFound,
    StaleRoot,
    TransactionFailed,
    WrongPosition,
)
from pmr.types import RecordId, parse_address

ALICE = parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
BOB = parse_address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
RECORD = RecordId(ALICE, 7)


def revert(signature: str, *values: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1]
    return keccak(text=signature)[:4] + abi.encode(types.split(",") if types else [], values)


def test_decode_revert_of_not_owner_names_record_and_caller() -> None:
    error = decode_revert(revert("NotOwner(uint208,address)", RECORD.word, BOB))
    assert type(error) is NotOwner
    assert error.values == {"id": RECORD, "caller": BOB}
    assert str(error) == f"Only the record's owner may do this. (id: {RECORD}, caller: {BOB})"


def test_decode_revert_of_wrong_position_gives_both_numbers() -> None:
    error = decode_revert(revert("WrongPosition(uint48,uint48)", 3, 4))
    assert type(error) is WrongPosition
    assert error.values == {"expected": 3, "given": 4}


def test_decode_revert_of_stale_root_gives_the_current_one() -> None:
    error = decode_revert(revert("StaleRoot(uint208,bytes32)", RECORD.word, b"\x05" * 32))
    assert type(error) is StaleRoot
    assert error.values["current"] == b"\x05" * 32
    assert "05" * 32 in str(error)


def test_decode_revert_without_values_has_none() -> None:
    error = decode_revert(revert("EmptyRoot()"))
    assert (type(error), error.detail) == (EmptyRoot, "")
    assert isinstance(error, ContractError)
    assert error.values == {}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "reverted with nothing"),
        (b"\x01\x02", "reverted with 0102"),
        (b"\xff" * 4, "reverted with ffffffff"),
        (revert("Error(string)", "no"), r"Error\(reason: no\)"),
        (revert("Panic(uint256)", 0x11), r"Panic\(code: 17\)"),
        (revert("RecordNotFound(uint208)", 1)[:20], "malformed RecordNotFound"),
        (keccak(text="RecordNotFound(uint208)")[:4] + b"\xff" * 32, "malformed RecordNotFound"),
        (revert("Error(string)", "no")[:-32] + b"\xff" * 32, "malformed Error"),
    ],
)
def test_decode_revert_of_anything_else_is_a_failed_transaction(data: bytes, words: str) -> None:
    with pytest.raises(TransactionFailed, match=words):
        raise decode_revert(data)


def test_decode_revert_keeps_errors_apart() -> None:
    first = decode_revert(revert("RecordNotFound(uint208)", RECORD.word))
    second = decode_revert(revert("RecordNotFound(uint208)", 0))
    assert isinstance(first, RecordNotFound)
    assert isinstance(second, RecordNotFound)
    assert first.values != second.values
