"""Walking: every distinct block once, depth first, in the frozen shape, whatever is repeated."""

from __future__ import annotations

import pytest
from content_hostile import HOSTILE, leaf_in_place_of_a_node, put, zeros
from content_samples import MIB, Blocks, add_directory, add_file, sample, small_record

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import Link, decode_node, encode_node
from pmr.content.unixfs import Node, decode_directory, reachable, walk
from pmr.errors import BadBlock


def _length(blocks: Blocks) -> int:
    return sum(len(data) for data in blocks.values())


def test_walk_of_a_record_gives_every_block_once_depth_first() -> None:
    root, blocks = small_record()
    steps = list(walk(root, blocks.get_block))
    links = decode_directory(Block.checked(root, blocks[root]))
    leaves = [Cid.of(RAW, sample("record", 2 * MIB + 5)[i * MIB : (i + 1) * MIB]) for i in range(3)]
    assert [cid for cid, _ in steps] == [
        root,
        links["0"].cid,
        *leaves,
        links["header"].cid,
        links["owner"].cid,
    ]
    assert steps == [(cid, len(blocks[cid])) for cid, _ in steps]


def test_walk_with_sizes_fetches_no_leaf() -> None:
    root, blocks = small_record()
    steps = list(walk(root, blocks.get_block, lambda cid: len(blocks[cid])))
    assert steps == list(walk(root, blocks.get_block))
    blocks.fetched = 0
    list(walk(root, blocks.get_block, lambda cid: len(blocks[cid])))
    assert blocks.fetched <= 3


def test_reachable_names_leaves_that_are_not_there() -> None:
    root, blocks = small_record()
    nodes = Blocks({cid: data for cid, data in blocks.items() if cid.codec == DAG_PB})
    assert set(reachable(root, nodes.get_block)) == set(blocks)


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1])
def test_walk_of_a_file_or_single_block_gives_its_blocks(size: int) -> None:
    blocks = Blocks()
    root = add_file(blocks, sample("file", size)).cid
    assert {cid for cid, _ in walk(root, blocks.get_block)} == set(blocks)


def test_walk_of_a_tebibyte_ofzeros_gives_its_three_blocks() -> None:
    blocks = Blocks()
    root = zeros(blocks, 2)
    assert len(list(walk(root, blocks.get_block))) == 3
    assert blocks.fetched <= 4


def test_walk_of_the_same_file_under_4000_names_enters_it_once() -> None:
    blocks = Blocks()
    node = add_file(blocks, sample("same", 2 * MIB))
    root = add_directory(blocks, {str(n): node for n in range(4000)}).cid
    assert len(list(walk(root, blocks.get_block))) == 4
    assert blocks.fetched <= 6


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "a directory"])
def test_walk_of_any_other_shape_is_refused(name: str) -> None:
    blocks = Blocks()
    root = HOSTILE[name](blocks)
    with pytest.raises(BadBlock):
        list(walk(root, blocks.get_block))
    with pytest.raises(BadBlock):
        list(walk(root, blocks.get_block, lambda cid: len(blocks[cid])))


def test_walk_where_a_known_leaf_stands_in_place_of_a_node_is_refused() -> None:
    blocks = Blocks()
    file = leaf_in_place_of_a_node(blocks)
    dag_size = len(blocks[file]) + sum(link for link in _sizes(blocks, file))
    # "a" makes the leaf known before the file comes that links it where a node must be.
    entries = {"a": add_file(blocks, b"x"), "b": Node(file, dag_size, 0)}
    with pytest.raises(BadBlock):
        list(walk(add_directory(blocks, entries).cid, blocks.get_block))


def _sizes(blocks: Blocks, cid: Cid) -> list[int]:
    return [link.dag_size for link in decode_node(blocks[cid]).links]


@pytest.mark.parametrize(
    "entry",
    [
        lambda blocks: Node(add_file(blocks, b"ab").cid, 1, 2),
        lambda blocks: Node(add_file(blocks, b"ab").cid, 3, 2),
        lambda blocks: add_file(blocks, bytes(MIB + 1))._replace(dag_size=MIB + 1),
        lambda blocks: Node(put(blocks, Block.of(RAW, bytes(MIB + 1))), MIB + 1, MIB + 1),
        lambda blocks: Node(add_directory(blocks, {}).cid, 4, 0),
        lambda blocks: Node(Cid.of(RAW, b"ab"), 1 << 62, 0),
    ],
    ids=["smaller", "larger", "without its nodes", "a raw block above a chunk", "a directory", "giant"],
)
def test_walk_of_an_entry_that_is_not_what_its_link_says_is_refused(entry: object) -> None:
    assert callable(entry)
    blocks = Blocks()
    root = add_directory(blocks, {"0": entry(blocks)}).cid
    with pytest.raises(BadBlock):
        list(walk(root, blocks.get_block))


def test_walk_of_a_node_that_is_neither_file_nor_directory_is_refused() -> None:
    blocks = Blocks()
    root = put(blocks, Block.of(DAG_PB, encode_node([Link(Cid.of(RAW, b""), 0)], b"\x08\x05")))
    with pytest.raises(BadBlock):
        list(walk(root, blocks.get_block))
