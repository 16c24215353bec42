"""Padmé and the padding of bodies."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_files import load

from pmr.crypto.padding import MAX_FILE, padded_size, padme, strip
from pmr.errors import BadFormat, TooLarge

VECTORS = load("padding")


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["size"]))
def test_padded_size_vector_agrees(case: dict[str, int]) -> None:
    assert padded_size(case["size"]) == case["padded"]


@pytest.mark.parametrize("size", VECTORS["refused"])
def test_padded_size_outside_the_limits_is_refused(size: int) -> None:
    with pytest.raises(TooLarge):
        padded_size(size)


# By hand: 9 is 1001 in binary, E = 3, S = 2, so its last bit is rounded up; 100 has E = 6, S = 3.
@pytest.mark.parametrize(("size", "padded"), [(1, 1), (2, 2), (3, 3), (8, 8), (9, 10), (15, 16), (100, 104)])
def test_padme_small_sizes_follow_the_paper(size: int, padded: int) -> None:
    assert padme(size) == padded


@given(st.integers(2, MAX_FILE))
def test_padme_any_size_is_the_paper_s_algorithm(size: int) -> None:
    exponent = math.floor(math.log2(size))
    kept = math.floor(math.log2(exponent)) + 1
    mask = (1 << (exponent - kept)) - 1
    assert padme(size) == (size + mask) & ~mask


@given(st.integers(1, MAX_FILE))
def test_padded_size_any_size_grows_by_less_than_12_percent_and_is_stable(size: int) -> None:
    padded = padded_size(size)
    assert size <= padded <= max(4096, size * 1.12)
    assert padded_size(padded) == padded


@given(st.integers(0, MAX_FILE - 1))
def test_padded_size_larger_file_is_never_smaller(size: int) -> None:
    assert padded_size(size) <= padded_size(size + 1)


def pieces_of(data: bytes, length: int) -> Iterator[bytes]:
    return (data[i : i + length] for i in range(0, len(data), length))


@given(st.integers(0, 9000), st.integers(1, 10_000))
def test_strip_any_size_and_pieces_gives_the_file(size: int, length: int) -> None:
    data = bytes(range(1, 251)) * 36
    padded = data[:size] + bytes(padded_size(size) - size)
    assert b"".join(strip(pieces_of(padded, length), size)) == data[:size]


@pytest.mark.parametrize("where", [10, 2000, 4095])
def test_strip_padding_that_is_not_zero_is_refused(where: int) -> None:
    padded = bytearray(4096)
    padded[where] = 1
    with pytest.raises(BadFormat, match="not zero"):
        list(strip([bytes(padded)], 10))


@pytest.mark.parametrize("length", [4095, 4097, 8192, 5])
def test_strip_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadFormat, match="length"):
        list(strip([bytes(length)], 10))
