"""Canonical JSON: one value, one byte string."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pmr.crypto.canonical import Count, Hex32, Shape, Version, decode, encode
from pmr.errors import BadFormat


class Sample(Shape):
    digest: Hex32
    long_name: str
    version: Version
    count: Count = 0


GOOD: dict[str, Any] = {"count": 0, "digest": "ab" * 32, "longName": "é\n€", "version": 1}


def json_of(**changes: Any) -> bytes:
    return rfc8785.dumps(GOOD | changes)


def test_decode_canonical_gives_the_values() -> None:
    sample = decode(json_of(), Sample)
    assert (sample.digest, sample.long_name, sample.version) == ("ab" * 32, "é\n€", 1)


@given(st.text(), st.integers(1, 2**53 - 1))
def test_encode_then_decode_gives_the_same(text: str, version: int) -> None:
    sample = Sample(digest="00" * 32, long_name=text, version=version)
    assert decode(encode(sample), Sample) == sample


@given(st.text(), st.integers(0, 2**53 - 1))
def test_encode_any_text_is_what_the_standard_library_reads(text: str, count: int) -> None:
    assert json.loads(encode({"b": text, "a": count})) == {"a": count, "b": text}


REFUSED = {
    "a space": json_of().replace(b":", b": ", 1),
    "members in another order": b'{"version":1,' + json_of()[1:].replace(b',"version":1', b""),
    "a member twice": json_of().replace(b'"count":0', b'"count":0,"count":0'),
    "an unknown member": json_of(other=1),
    "a missing member": b"{}",
    "a default left out": json_of().replace(b'"count":0,', b""),
    "a number as 1.0": json_of().replace(b'"version":1', b'"version":1.0'),
    "a number as 1e0": json_of().replace(b'"version":1', b'"version":1e0'),
    "minus zero": json_of().replace(b'"count":0', b'"count":-0'),
    "a negative number": json_of(count=-1),
    "a number above 2^53-1": json_of().replace(b'"version":1', b'"version":9007199254740992'),
    "a truth value for a number": json_of(version=True),
    "null": json_of(longName=None),
    "upper-case hex": json_of(digest="AB" * 32),
    "a line feed after hex": json_of(digest="ab" * 32 + "\n"),
    "an escaped character": json_of().replace("é".encode(), b"\\u00e9"),
    "an escaped slash": json_of(longName="/").replace(b"/", b"\\/"),
    "an unpaired surrogate": json_of(longName="x").replace(b'"x"', b'"\\ud800"'),
    "bytes that are not UTF-8": json_of(longName="x").replace(b'"x"', b'"\xff"'),
    "a byte order mark": b"\xef\xbb\xbf" + json_of(),
    "a line feed at the end": json_of() + b"\n",
    "two documents": json_of() + json_of(),
    "a cut document": json_of()[:-1],
    "an array": b"[]",
    "deep nesting": b'{"count":' * 100_000,
    "nothing": b"",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_decode_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadFormat):
        decode(data, Sample)


def test_decode_error_names_the_member_and_not_its_value() -> None:
    with pytest.raises(BadFormat, match="digest") as refusal:
        decode(json_of(digest="hunter2"), Sample)
    assert "hunter2" not in str(refusal.value)


def test_decode_error_names_the_member_that_nobody_knows() -> None:
    with pytest.raises(BadFormat, match="`other`"):
        decode(json_of(other=1), Sample)


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"a": 2**53}, {"a": float("nan")}])
def test_encode_value_without_canonical_form_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(BadFormat):
        encode(value)
