"""Reading: only the frozen shape is believed, and no small DAG describes a large file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from content_hostile import HOSTILE, put, zeros
from content_samples import MIB, Blocks, add_file, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.unixfs import MAX_FILE, file_size, read_file, read_range
from pmr.errors import BadBlock, BadInput, BlockNotFound

SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 17]


@pytest.mark.parametrize("size", SIZES)
def test_read_file_gives_back_what_was_imported(size: int) -> None:
    blocks, data = Blocks(), sample("read", size)
    root = add_file(blocks, data).cid
    assert b"".join(read_file(root, blocks.get_block)) == data
    assert b"".join(read_file(root, blocks.get_block, size)) == data
    assert file_size(root, blocks.get_block) == size


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_read_range_is_the_slice(data: st.DataObject) -> None:
    size = 3 * MIB + 17
    offset = data.draw(st.one_of(st.integers(0, size), st.sampled_from([MIB - 1, MIB, 2 * MIB, size])))
    length = data.draw(st.integers(0, size - offset))
    part = read_range(FILE.cid, STORED.get_block, offset, length)
    assert part == CONTENT[offset : offset + length]


CONTENT = sample("range", 3 * MIB + 17)
STORED = Blocks()
FILE = add_file(STORED, CONTENT)


def test_read_range_fetches_only_what_is_on_the_way() -> None:
    before = STORED.fetched
    read_range(FILE.cid, STORED.get_block, 2 * MIB, 10)
    assert STORED.fetched - before == 2


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, -1), (0, 3 * MIB + 18), (3 * MIB + 18, 0)])
def test_read_range_outside_the_file_is_refused(offset: int, length: int) -> None:
    with pytest.raises(BadInput):
        read_range(FILE.cid, STORED.get_block, offset, length)


@pytest.mark.parametrize("stated", [0, 3 * MIB + 16, 3 * MIB + 18, MAX_FILE])
def test_read_file_of_another_size_than_stated_is_refused_at_the_root(stated: int) -> None:
    before = STORED.fetched
    with pytest.raises(BadBlock):
        read_file(FILE.cid, STORED.get_block, stated)
    assert STORED.fetched - before == 1


@pytest.mark.parametrize("index", range(5))
def test_read_file_with_a_changed_block_is_refused(index: int) -> None:
    blocks = Blocks(STORED)
    cid = list(blocks)[index]
    blocks[cid] = bytes([blocks[cid][0] ^ 1]) + blocks[cid][1:]
    with pytest.raises(BadBlock):
        list(read_file(FILE.cid, blocks.get_block))


def test_read_file_with_a_missing_block_raises_what_get_raises() -> None:
    def get(cid: Cid) -> bytes:
        if cid == Cid.of(RAW, CONTENT[MIB : 2 * MIB]):
            raise BlockNotFound("gone")
        return STORED[cid]

    pieces = read_file(FILE.cid, get)
    assert next(pieces) == CONTENT[:MIB]
    with pytest.raises(BlockNotFound):
        next(pieces)


def test_five_blocks_that_claim_an_exbibyte_are_refused_at_once() -> None:
    blocks = Blocks()
    root = zeros(blocks, 4)
    assert len(blocks) == 5
    for read in (file_size, read_file):
        blocks.fetched = 0
        with pytest.raises(BadBlock, match=str(1 << 60)):
            read(root, blocks.get_block)
        assert blocks.fetched == 1
    with pytest.raises(BadBlock):
        read_range(root, blocks.get_block, 0, 1)


def test_a_tebibyte_ofzeros_has_its_size_and_ranges_for_a_few_fetches() -> None:
    blocks = Blocks()
    root = zeros(blocks, 2)
    assert file_size(root, blocks.get_block) == 1 << 40
    assert read_range(root, blocks.get_block, (1 << 40) - MIB - 3, 5) == bytes(5)
    assert blocks.fetched <= 8
    with pytest.raises(BadBlock):
        read_file(root, blocks.get_block, 4096)


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_read_file_of_any_other_shape_is_refused(make: Callable[[Blocks], Cid]) -> None:
    blocks = Blocks()
    root = make(blocks)
    with pytest.raises(BadBlock):
        list(read_file(root, blocks.get_block))


@pytest.mark.parametrize(
    "name", ["stated of one chunk", "a single leaf under a node", "1025 links", "a raw root above a chunk"]
)
def test_file_size_of_a_root_of_any_other_shape_is_refused(name: str) -> None:
    blocks = Blocks()
    root = HOSTILE[name](blocks)
    with pytest.raises(BadBlock):
        file_size(root, blocks.get_block)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_read_file_of_a_damaged_root_is_refused_and_never_fails_otherwise(
    insert: bytes, start: int, end: int
) -> None:
    good = STORED[FILE.cid]
    bad = good[:start] + insert + good[max(start, end) :]
    blocks = Blocks(STORED)
    root = put(blocks, Block.of(DAG_PB, bad))
    if bad != good:
        with pytest.raises((BadBlock, KeyError)):  # KeyError: a link to what nobody has
            list(read_file(root, blocks.get_block))
