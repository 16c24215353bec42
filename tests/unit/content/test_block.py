"""Blocks: there is none whose bytes do not match its CID."""

from __future__ import annotations

import pytest

from pmr.content.block import MAX_BLOCK, Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.errors import BadBlock


def test_checked_with_the_right_bytes_gives_the_block() -> None:
    block = Block.of(RAW, b"data")
    assert Block.checked(block.cid, bytearray(b"data")) == block
    assert block.cid == Cid.of(RAW, b"data")


@pytest.mark.parametrize("data", [b"", b"datb", b"data\0", b"dat"])
def test_checked_with_other_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(BadBlock):
        Block.checked(Cid.of(RAW, b"data"), data)


def test_construction_by_hand_is_checked_too() -> None:
    with pytest.raises(BadBlock):
        Block(Cid.of(RAW, b"data"), b"other")
    with pytest.raises(BadBlock):
        Block(Cid.of(RAW, b"data"), bytearray(b"data"))  # type: ignore[arg-type]  # as an untyped caller would


def test_of_the_largest_block_is_taken_and_a_byte_more_refused() -> None:
    assert len(Block.of(DAG_PB, bytes(MAX_BLOCK)).data) == MAX_BLOCK
    with pytest.raises(BadBlock):
        Block.of(RAW, bytes(MAX_BLOCK + 1))
