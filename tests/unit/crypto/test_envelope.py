"""Envelopes: who opens them, and everything that must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import load, reasons

from pmr.crypto.content_key import ContentKey
from pmr.crypto.envelope import (
    ENVELOPE,
    GrantContext,
    OwnerContext,
    open_envelope,
    open_with_any,
    seal_envelope,
)
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.errors import BadFormat, BadKeyBundle, CannotDecrypt
from pmr.types import parse_address

VECTORS = load("envelope")
KEY = ContentKey(bytes.fromhex(VECTORS["contentKey"]))
GRANT = VECTORS["grants"][0]
OWNER = VECTORS["owners"][0]
BUNDLES = load("keys")["refused"]["bundles"]


def grant_of(case: dict[str, Any]) -> GrantContext:
    return GrantContext(
        chain_id=case["chainId"],
        registry=parse_address(case["registry"]),
        content_id=bytes.fromhex(case["contentId"]),
        granter=parse_address(case["granter"]),
        reader=parse_address(case["reader"]),
        key_commit=bytes.fromhex(VECTORS["keyCommit"]),
    )


def owner_of(case: dict[str, Any]) -> OwnerContext:
    commit = bytes.fromhex(VECTORS["keyCommit"])
    return OwnerContext(bytes.fromhex(case["contentId"]), parse_address(case["owner"]), commit)


def reader_of(case: dict[str, Any]) -> DoctorKey:
    return DoctorKey.from_seed(bytes.fromhex(case["seed"]))


READER, CONTEXT = reader_of(GRANT), grant_of(GRANT)


def test_open_envelope_that_hpke_js_sealed_gives_the_content_key() -> None:
    assert CONTEXT.info(READER.public_key).hex() == GRANT["info"]
    assert open_envelope(bytes.fromhex(GRANT["envelope"]), CONTEXT, READER) == KEY


def test_open_owner_envelope_that_hpke_js_sealed_gives_the_content_key() -> None:
    key, context = reader_of(OWNER), owner_of(OWNER)
    assert context.info(key.public_key).hex() == OWNER["info"]
    assert open_envelope(bytes.fromhex(OWNER["envelope"]), context, key) == KEY


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_open_envelope_in_another_context_is_refused(case: dict[str, Any]) -> None:
    changed = GRANT | case
    with pytest.raises((CannotDecrypt, BadFormat)):
        open_envelope(bytes.fromhex(changed["envelope"]), grant_of(changed), reader_of(changed))


def test_open_grant_as_owner_is_refused() -> None:
    context = OwnerContext(CONTEXT.content_id, CONTEXT.reader, CONTEXT.key_commit)
    with pytest.raises(CannotDecrypt):
        open_envelope(bytes.fromhex(GRANT["envelope"]), context, READER)


def test_open_envelope_under_another_key_commit_is_refused() -> None:
    with pytest.raises(CannotDecrypt):
        open_envelope(bytes.fromhex(GRANT["envelope"]), replace(CONTEXT, key_commit=bytes(32)), READER)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, ENVELOPE - 1), st.integers(1, 255))
def test_open_envelope_with_any_changed_byte_is_refused(where: int, change: int) -> None:
    envelope = bytearray(bytes.fromhex(GRANT["envelope"]))
    envelope[where] ^= change
    with pytest.raises((CannotDecrypt, BadFormat)):
        open_envelope(bytes(envelope), CONTEXT, READER)


@pytest.mark.parametrize(
    "envelope", [b"", bytes(ENVELOPE), bytes([1]) * (ENVELOPE - 1), bytes([1]) * (ENVELOPE + 1)]
)
def test_open_envelope_of_another_form_is_refused_as_such(envelope: bytes) -> None:
    with pytest.raises(BadFormat, match=r"1169 bytes|version"):
        open_envelope(envelope, CONTEXT, READER)


def test_seal_envelope_opens_for_its_reader_and_is_never_the_same() -> None:
    first, second = (seal_envelope(KEY, CONTEXT, READER.public_key) for _ in range(2))
    assert len(first) == len(second) == ENVELOPE
    assert first != second
    assert open_envelope(first, CONTEXT, READER) == open_envelope(second, CONTEXT, READER) == KEY


def test_seal_envelope_with_a_key_that_the_header_does_not_name_is_refused() -> None:
    with pytest.raises(CannotDecrypt, match="commits"):
        seal_envelope(ContentKey.new(), CONTEXT, READER.public_key)


@pytest.mark.parametrize(
    "case", [case for case in BUNDLES if "ML-KEM" in case["why"] or "X25519" in case["why"]]
)
def test_seal_envelope_to_a_malformed_key_is_refused(case: dict[str, str]) -> None:
    public_key = bytes.fromhex(case["bundle"].split('"xwing":"')[1].split('"')[0])
    with pytest.raises(BadKeyBundle, match=r"coefficient|low order"):
        seal_envelope(KEY, CONTEXT, public_key)


def test_open_with_any_after_rotation_opens_old_and_new_envelopes() -> None:
    ring = Keyring.new()
    old = seal_envelope(KEY, CONTEXT, ring.newest.public_key)
    ring.rotate()
    new = seal_envelope(KEY, CONTEXT, ring.newest.public_key)
    assert open_with_any(old, CONTEXT, ring) == open_with_any(new, CONTEXT, ring) == KEY
    with pytest.raises(CannotDecrypt):
        open_envelope(old, CONTEXT, ring.newest)


def test_open_with_any_without_the_right_key_is_refused() -> None:
    with pytest.raises(CannotDecrypt, match="none of the keys"):
        open_with_any(bytes.fromhex(GRANT["envelope"]), CONTEXT, Keyring.new())
