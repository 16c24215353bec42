"""Numbers of protobuf and CAR: one form each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmr.content.varint import decode_varint, encode_varint, varint_length


@given(st.integers(0, 2**63 - 1), st.binary(max_size=3), st.binary(max_size=3))
def test_a_number_round_trips_and_ends_where_it_ends(number: int, before: bytes, after: bytes) -> None:
    encoded = encode_varint(number)
    assert decode_varint(before + encoded + after, len(before)) == (number, len(before) + len(encoded))
    assert varint_length(number) == len(encoded)


# https://protobuf.dev/programming-guides/encoding/#varints
def test_encode_varint_of_150_is_protobufs() -> None:
    assert encode_varint(150) == b"\x96\x01"


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x00", b"\x96\x81\x00", b"\xff" * 9 + b"\x01"])
def test_decode_varint_cut_off_padded_or_giant_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="number"):
        decode_varint(data, 0)
