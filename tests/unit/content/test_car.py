"""CARs: what is written is read back, and nothing else is taken."""

from __future__ import annotations

import io

import pytest
from content_samples import MIB, sample, small_record
from hypothesis import given, settings
from hypothesis import strategies as st

from pmr.content.block import MAX_BLOCK, Block
from pmr.content.car import CAR_LIMIT, pack, read_car, write_car
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import walk
from pmr.content.varint import encode_varint
from pmr.errors import BadBlock, BadCar, ContentError, TooLarge

A, B = Block.of(RAW, b"hello world"), Block.of(RAW, b"")
HEADER = bytes.fromhex("3aa265726f6f747381d82a582500") + A.cid.encode() + bytes.fromhex("6776657273696f6e01")


def _car(*blocks: Block) -> bytes:
    return b"".join(write_car(blocks[0].cid, blocks))


def _read(data: bytes, limit: int | None = None) -> list[Block]:
    return list(read_car(io.BytesIO(data), limit)[1])


def test_write_car_is_the_specifications_bytes() -> None:
    assert _car(A) == HEADER + bytes([36 + 11]) + A.cid.encode() + b"hello world"


def test_read_car_gives_root_and_blocks_in_order() -> None:
    root, blocks = small_record()
    ordered = [Block.checked(cid, blocks[cid]) for cid, _ in walk(root, blocks.get_block)]
    found, read = read_car(io.BytesIO(b"".join(write_car(root, ordered))))
    assert found == root
    assert list(read) == ordered


class _Trickle(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(3, size or 0))


def test_read_car_from_a_stream_of_short_reads_gives_the_blocks() -> None:
    assert list(read_car(_Trickle(_car(A, B)))[1]) == [A, B]


def test_read_car_gives_each_block_before_it_reads_the_next() -> None:
    stream = io.BytesIO(_car(A, B))
    _, blocks = read_car(stream)
    assert stream.tell() == len(HEADER)
    assert next(blocks) == A
    assert stream.tell() == len(_car(A))


def _section(cid: Cid, data: bytes) -> bytes:
    return encode_varint(36 + len(data)) + cid.encode() + data


HOSTILE = {
    "nothing": b"",
    "a header alone": HEADER,
    "a cut header": HEADER[:20],
    "a cut block": _car(A, B)[:-20],
    "a cut last block": _car(A)[:-1],
    "a cut length": _car(A) + b"\x80",
    "a trailing byte": _car(A) + b"\x01",
    "trailing zeros": _car(A) + bytes(8),
    "a block twice": _car(A, B) + _section(A.cid, A.data),
    "another first block than the root": HEADER + _section(B.cid, B.data) + _section(A.cid, A.data),
    "a root that is not there": HEADER + _section(B.cid, B.data),
    "a padded length": HEADER + b"\xaf\x00" + A.cid.encode() + A.data,
    "a giant length": HEADER + b"\xff" * 8 + b"\x7f",
    "an endless length": HEADER + b"\xff" * 40,
    "a block above the limit": HEADER
    + encode_varint(36 + MAX_BLOCK + 1)
    + A.cid.encode()
    + bytes(MAX_BLOCK + 1),
    "a section without a CID": HEADER + b"\x05hello",
    "a CIDv0": HEADER + bytes([34 + 11]) + b"\x12\x20" + A.cid.digest + A.data,
    "a dag-cbor block": HEADER + bytes([47]) + b"\x01\x71\x12\x20" + A.cid.digest + A.data,
    "two roots": bytes.fromhex("63a265726f6f747382")
    + 2 * (bytes.fromhex("d82a582500") + A.cid.encode())
    + HEADER[-9:]
    + _car(A)[len(HEADER) :],
    "no root": bytes.fromhex("11a265726f6f7473806776657273696f6e01") + _section(A.cid, A.data),
    "version 2": HEADER[:-1] + b"\x02" + _section(A.cid, A.data),
    "keys in another order": b"\x3a\xa2" + HEADER[-9:] + HEADER[2:-9] + _section(A.cid, A.data),
    "a CARv2 pragma": bytes.fromhex("0aa16776657273696f6e02") + bytes(40),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_read_car_of_any_other_form_is_refused(data: bytes) -> None:
    with pytest.raises(BadCar):
        _read(data)


def test_read_car_with_a_changed_block_is_refused_after_the_good_ones() -> None:
    data = bytearray(_car(A, Block.of(RAW, b"data")))
    data[-1] ^= 1
    _, blocks = read_car(io.BytesIO(bytes(data)))
    assert next(blocks) == A
    with pytest.raises(BadBlock):
        next(blocks)


def test_read_car_never_asks_for_what_a_giant_length_says() -> None:
    asked: list[int] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    with pytest.raises(BadCar):
        list(read_car(Watched(HEADER + b"\xff\xff\xff\x7f" + bytes(100)))[1])
    assert max(asked) <= len(HEADER)


def test_read_car_above_the_limit_is_refused() -> None:
    data = _car(A, B)
    assert _read(data, len(data)) == [A, B]
    with pytest.raises(TooLarge):
        _read(data, len(data) - 1)


@settings(deadline=None)
@given(st.binary(max_size=8), st.integers(0, 200), st.integers(0, 200))
def test_read_car_of_damaged_bytes_gives_good_blocks_or_refuses(insert: bytes, start: int, end: int) -> None:
    good = _car(A, B, Block.of(RAW, b"data"))
    data = good[:start] + insert + good[max(start, end) :]
    try:
        blocks = _read(data)
    except ContentError:
        return
    assert _car(*blocks) == data


@pytest.mark.parametrize("blocks", [[B, A], [A, B, A], []], ids=["root not first", "twice", "none"])
def test_write_car_of_what_could_not_be_read_is_refused(blocks: list[Block]) -> None:
    with pytest.raises(BadCar):
        list(write_car(A.cid, blocks))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3000), max_size=30), st.integers(3200, 9000))
def test_pack_gives_all_blocks_once_in_order_within_the_limit(sizes: list[int], limit: int) -> None:
    blocks = [Block.of(RAW, bytes([n]) * size) for n, size in enumerate(sizes)]
    cars = list(pack(blocks, limit))
    assert all(len(car) <= limit for car in cars)
    unpacked = [block for car in cars for block in _read(car)]
    assert unpacked == list(dict.fromkeys(blocks))


def test_pack_fills_its_cars_and_leaves_repeats_out() -> None:
    block = Block.of(RAW, bytes(MIB))
    others = [Block.of(RAW, sample(str(n), MIB)) for n in range(7)]
    cars = list(pack([block, block, *others, block]))
    assert [len(_read(car)) for car in cars] == [7, 1]
    assert all(len(car) <= CAR_LIMIT for car in cars)


def test_pack_takes_the_largest_block() -> None:
    block = Block.of(RAW, bytes(MAX_BLOCK))
    assert [_read(car) for car in pack([block])] == [[block]]


def test_pack_of_nothing_gives_no_car() -> None:
    assert list(pack([])) == []
