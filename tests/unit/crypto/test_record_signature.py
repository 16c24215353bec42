"""Who sealed a record."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from vector_files import load, reasons

from pmr.crypto.keys import DoctorKey, KeyBundle, read_bundle
from pmr.crypto.signature import record_message, sign_record, verify_record
from pmr.errors import BadFormat, BadSignature
from pmr.types import parse_address

VECTORS = load("signature")
CASE = VECTORS["cases"][0]
KEY = DoctorKey.from_seed(bytes.fromhex(VECTORS["seed"]))


def entries_of(case: dict[str, Any]) -> dict[str, bytes]:
    return {name: bytes.fromhex(cid) for name, cid in case["entries"].items()}


def bundle() -> KeyBundle:
    account = parse_address("0x" + "1" * 40)
    data = KEY.bundle(account, 1)
    return read_bundle(data, account, hashlib.sha256(data).digest(), 1)


def test_sign_record_vector_gives_the_other_library_s_message_and_signature() -> None:
    assert record_message(entries_of(CASE)).hex() == CASE["message"]
    assert sign_record(KEY, entries_of(CASE)).hex() == CASE["signature"]
    verify_record(bundle(), entries_of(CASE), bytes.fromhex(CASE["signature"]))


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_verify_record_of_other_entries_or_signers_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises((BadSignature, BadFormat)):
        verify_record(bundle(), entries_of(case), bytes.fromhex(case["signature"]))


def test_record_message_owner_and_signature_are_left_out() -> None:
    entries = entries_of(CASE)
    assert record_message(entries | {"owner": b"any", "signature": b"any"}) == record_message(entries)


@pytest.mark.parametrize("name", ["00", "12x", "13", "readme", "Header", "-1", ""])
def test_record_message_of_a_strange_name_is_refused(name: str) -> None:
    with pytest.raises(BadFormat):
        record_message(entries_of(CASE) | {name: bytes(36)})


@pytest.mark.parametrize("missing", ["header", "manifest", "0"])
def test_record_message_without_an_entry_is_refused(missing: str) -> None:
    entries = entries_of(CASE)
    del entries[missing]
    with pytest.raises(BadFormat):
        record_message(entries)


def test_record_message_without_files_is_refused() -> None:
    with pytest.raises(BadFormat):
        record_message({"header": bytes(36), "manifest": bytes(36)})


def test_record_message_of_4097_files_is_refused() -> None:
    files = {str(n): bytes(36) for n in range(4097)}
    with pytest.raises(BadFormat):
        record_message({"header": bytes(36), "manifest": bytes(36)} | files)


@pytest.mark.parametrize("length", [0, 32, 35, 37])
def test_record_message_cid_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadFormat, match="36"):
        record_message(entries_of(CASE) | {"header": bytes(length)})


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), b"\xff" * 64])
def test_verify_record_forged_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify_record(bundle(), entries_of(CASE), signature)


def test_verify_record_bundle_signature_is_no_record_signature() -> None:
    # Labels keep the key's two uses apart.
    with pytest.raises(BadSignature):
        verify_record(bundle(), entries_of(CASE), KEY.sign(record_message(entries_of(CASE))[14:]))
