"""Sealed bodies: padded, streamed, opened whole or in ranges; and everything that must be refused."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import cache
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tink_party import tink_open, tink_seal
from vector_files import draw, load, reasons

from pmr.crypto.body import SEGMENT, Body, body_aad, plain_size, sealed_size
from pmr.crypto.content_key import BodyKey
from pmr.crypto.padding import padded_size
from pmr.errors import BadFormat, CannotDecrypt, PmrError, SourceChanged, TooLarge

VECTORS = load("body")
HEADER = VECTORS["header"].encode()
KEY = BodyKey(bytes.fromhex(VECTORS["bodyKey"]))
SIZE = 3_000_000


def body(number: int = 0, header: bytes = HEADER, key: BodyKey = KEY) -> Body:
    return Body(key, body_aad(header, number))


@cache
def sealed_leaves(number: int = 0) -> tuple[bytes, ...]:
    """Three leaves of a file of 3,000,000 bytes."""
    return tuple(body(number).seal(io.BytesIO(draw("file", SIZE)), SIZE))


def open_leaves(leaves: list[bytes], of: Body | None = None, size: int = SIZE) -> bytes:
    return b"".join((of or body()).open_file(leaves, sealed_size(padded_size(size)), size))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["size"]))
def test_seal_vector_gives_the_other_library_s_leaves(case: dict[str, Any]) -> None:
    plain = draw(case["content"], case["size"])
    cipher = body(case["number"])
    leaves = list(cipher.seal(io.BytesIO(plain), len(plain), bytes.fromhex(case["tinkHeader"])))
    assert [hashlib.sha256(leaf).hexdigest() for leaf in leaves] == case["leaves"]
    assert hashlib.sha256(b"".join(leaves)).hexdigest() == case["sha256"]
    assert sealed_size(case["paddedSize"]) == case["sealedSize"] == sum(map(len, leaves))
    assert b"".join(cipher.open_file(leaves, case["sealedSize"], case["size"])) == plain


def test_open_vector_ciphertext_gives_its_byte() -> None:
    case = next(case for case in VECTORS["cases"] if "ciphertext" in case)
    sealed = bytes.fromhex(case["ciphertext"])
    opened = b"".join(body(case["number"]).open_file([sealed], len(sealed), 1))
    assert opened == draw(case["content"], 1)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 1_048_519, 1_048_520, 1_048_521, 2_097_081])
def test_tink_opens_our_body_and_we_open_tink_s(size: int) -> None:
    plain = draw(f"padded {size}", size)
    padded = plain + bytes(padded_size(size) - size)
    aad = body_aad(HEADER, 7)
    ours = b"".join(body(7).seal(io.BytesIO(plain), size))
    assert tink_open(KEY.reveal(), aad, ours) == padded
    theirs = tink_seal(KEY.reveal(), aad, padded)
    assert b"".join(body(7).open_file([theirs], len(theirs), size)) == plain


def test_seal_twice_never_gives_the_same_bytes() -> None:
    first, second = (next(body().seal(io.BytesIO(b"x"), 1)) for _ in range(2))
    assert first[:40] != second[:40]
    assert first[40:] != second[40:]


def test_seal_every_piece_but_the_last_is_one_mebibyte() -> None:
    assert [len(leaf) for leaf in sealed_leaves()] == [SEGMENT, SEGMENT, 917_592]


# --- any pieces, any range ---------------------------------------------------------------------


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 2 * SEGMENT), min_size=1, max_size=8))
def test_open_pieces_cut_anywhere_gives_the_file(cuts: list[int]) -> None:
    data, pieces = b"".join(sealed_leaves()), list[bytes]()
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]
    assert open_leaves([*pieces, data]) == draw("file", SIZE)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_open_range_any_range_gives_those_bytes(data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, SIZE))
    length = data.draw(st.integers(0, SIZE - offset))
    sealed = b"".join(sealed_leaves())
    got = body().open_range(lambda at, n: sealed[at : at + n], len(sealed), offset, length)
    assert got == draw("file", SIZE)[offset : offset + length]


def spy(sealed: bytes, calls: list[int]) -> Callable[[int, int], bytes]:
    def read(offset: int, length: int) -> bytes:
        if length > 40:
            calls.append(offset // SEGMENT)
        return sealed[offset : offset + length]

    return read


def test_open_range_reads_the_last_segment_first_and_only_what_it_needs() -> None:
    sealed = b"".join(sealed_leaves())
    calls: list[int] = []
    body().open_range(spy(sealed, calls), len(sealed), 5, 10)
    assert calls == [2, 0]


def test_open_range_in_the_last_segment_reads_it_once() -> None:
    sealed = b"".join(sealed_leaves())
    calls: list[int] = []
    body().open_range(spy(sealed, calls), len(sealed), SIZE - 5, 5)
    assert calls == [2]


def test_open_range_of_a_cut_body_is_refused_at_its_last_segment() -> None:
    cut = b"".join(sealed_leaves()[:2])
    calls: list[int] = []
    with pytest.raises(CannotDecrypt, match="Segment 1"):
        body().open_range(spy(cut, calls), len(cut), 0, 10)
    assert calls == [1]


def test_open_range_of_a_gateway_that_gives_less_is_refused() -> None:
    sealed = b"".join(sealed_leaves())
    with pytest.raises(BadFormat, match="asked for"):
        body().open_range(lambda at, n: sealed[at : at + n - 1], len(sealed), 0, 10)


@pytest.mark.parametrize(("offset", "length"), [(-1, 5), (0, -1), (padded_size(SIZE), 1), (10, 1 << 40)])
def test_open_range_outside_the_body_is_refused(offset: int, length: int) -> None:
    sealed = b"".join(sealed_leaves())
    with pytest.raises(BadFormat, match="outside"):
        body().open_range(lambda at, n: sealed[at : at + n], len(sealed), offset, length)


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_open_leaves_reordered_cut_or_repeated_are_refused(case: dict[str, Any]) -> None:
    leaves = [sealed_leaves()[index] for index in case["leaves"]]
    with pytest.raises((CannotDecrypt, BadFormat)):
        open_leaves(leaves)
    # … also where the directory lies about the size to match.
    whole = b"".join(leaves)
    with pytest.raises((CannotDecrypt, BadFormat)):
        list(body().open([whole], len(whole)))


def test_open_cut_at_a_segment_with_a_fitting_size_is_refused_at_its_end() -> None:
    cut = list(sealed_leaves()[:2])
    opened = body().open(cut, 2 * SEGMENT)
    next(opened)
    with pytest.raises(CannotDecrypt, match="Segment 1"):
        next(opened)


def test_open_segment_of_another_file_is_refused() -> None:
    swapped = [sealed_leaves(0)[0], sealed_leaves(1)[1], sealed_leaves(0)[2]]
    with pytest.raises(CannotDecrypt, match="Segment 1"):
        open_leaves(swapped)


def test_open_another_file_of_the_record_is_refused() -> None:
    with pytest.raises(CannotDecrypt, match="Segment 0"):
        open_leaves(list(sealed_leaves(1)))


def test_open_file_of_another_version_is_refused() -> None:
    other = BodyKey(bytes(32))
    with pytest.raises(CannotDecrypt):
        open_leaves(list(sealed_leaves()), body(key=other))


def test_open_under_another_author_s_header_is_refused() -> None:
    # The key is right: a reader who re-publishes somebody's files under a header of the own.
    header = HEADER.replace(b'"author":"0x', b'"author":"0x00', 1)
    with pytest.raises(CannotDecrypt):
        open_leaves(list(sealed_leaves()), body(header=header))


@pytest.mark.parametrize("where", [0, 1, 20, 33, 39, 40, 1000, SEGMENT - 1, SEGMENT, 2 * SEGMENT + 5, -1])
def test_open_any_changed_byte_is_refused(where: int) -> None:
    sealed = bytearray(b"".join(sealed_leaves()))
    sealed[where] ^= 1
    with pytest.raises((CannotDecrypt, BadFormat)):
        open_leaves([bytes(sealed)])


@pytest.mark.parametrize("extra", [1, 16, SEGMENT])
def test_open_more_bytes_than_stated_is_refused(extra: int) -> None:
    with pytest.raises(BadFormat, match="stated"):
        open_leaves([*sealed_leaves(), bytes(extra)])


def test_open_endless_source_stops_at_the_stated_size() -> None:
    def endless() -> Any:
        yield from sealed_leaves()
        for _ in range(20):  # enough to be endless, and no harm where nothing stops it
            taken.append(1)
            yield bytes(SEGMENT)

    taken: list[int] = []
    with pytest.raises(BadFormat, match="stated"):
        list(body().open(endless(), sum(map(len, sealed_leaves()))))
    assert len(taken) == 1


@pytest.mark.parametrize("size", [0, 1, 2_900_000, SIZE + 16_384, 1 << 40])
def test_open_file_of_another_stated_size_is_refused_before_anything_is_read(size: int) -> None:
    with pytest.raises(BadFormat, match="does not make a body"):
        body().open_file(sealed_leaves(), sum(map(len, sealed_leaves())), size)


def test_open_file_stated_too_small_shows_bytes_in_the_padding() -> None:
    # The same padded size, so only the padding tells that a byte was hidden.
    size = padded_size(SIZE)
    leaves = list(body().seal(io.BytesIO(draw("full", size)), size))
    with pytest.raises(BadFormat, match="not zero"):
        b"".join(body().open_file(leaves, sealed_size(size), size - 1))


@pytest.mark.parametrize("length", [0, 39, 55, SEGMENT + 10])
def test_open_impossible_length_is_refused(length: int) -> None:
    with pytest.raises(BadFormat, match="No sealed body"):
        list(body().open([bytes(length)], length))


# --- sources -----------------------------------------------------------------------------------


class Dribble(io.RawIOBase):
    """A source that gives a few bytes at a time, as pipes and sockets do."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 70_000))


def test_seal_source_that_gives_little_at_a_time_seals_all_of_it() -> None:
    source: BinaryIO = Dribble(draw("file", SIZE))  # type: ignore[assignment]  # a RawIOBase reads as one
    assert open_leaves(list(body().seal(source, SIZE))) == draw("file", SIZE)


@pytest.mark.parametrize("size", [0, 1, 99, 101, 5000, SIZE])
def test_seal_source_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(SourceChanged):
        list(body().seal(io.BytesIO(bytes(100)), size))


def test_seal_more_than_2_40_bytes_is_refused() -> None:
    with pytest.raises(TooLarge):
        next(body().seal(io.BytesIO(), (1 << 40) + 1))


@given(st.integers(0, 1 << 40))
def test_plain_size_any_sealed_size_is_its_inverse(size: int) -> None:
    assert plain_size(sealed_size(size)) == size


@settings(deadline=None)
@given(st.binary(max_size=5000))
def test_open_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(PmrError):
        list(body().open([garbage], len(garbage)))
