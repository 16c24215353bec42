"""The public header."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_files import load, reasons

from pmr.crypto.header import MAX_FILES, Header
from pmr.errors import BadFormat
from pmr.types import parse_address

VECTORS = load("header")
CASE = VECTORS["cases"][0]


def header_of(members: dict[str, Any]) -> Header:
    return Header(
        author=parse_address(members["author"]),
        author_key=bytes.fromhex(members["authorKey"]),
        content_id=bytes.fromhex(members["contentId"]),
        files=members["files"],
        key_commit=bytes.fromhex(members["keyCommit"]),
    )


def test_header_vector_encodes_and_decodes_to_the_byte() -> None:
    header = header_of(CASE["members"])
    assert header.encode().decode() == CASE["header"]
    assert Header.decode(CASE["header"].encode()) == header


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_decode_malformed_header_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(BadFormat):
        Header.decode(case["header"].encode())


def test_decode_more_than_4096_bytes_is_refused() -> None:
    with pytest.raises(BadFormat, match="4096"):
        Header.decode(b" " * 4097)


@pytest.mark.parametrize(
    "changes", [{"files": 0}, {"files": MAX_FILES + 1}, {"suite": 2}, {"key_commit": b""}]
)
def test_encode_value_outside_the_format_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadFormat):
        replace(header_of(CASE["members"]), **changes).encode()


@given(st.binary(min_size=32, max_size=32), st.integers(1, MAX_FILES), st.binary(min_size=20, max_size=20))
def test_encode_any_header_decodes_to_the_same(digest: bytes, files: int, account: bytes) -> None:
    header = Header(parse_address("0x" + account.hex()), digest, digest, files, digest)
    assert Header.decode(header.encode()) == header
