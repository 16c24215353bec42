"""DAGs that no import makes, each with one thing that is not as the frozen shape has it."""

from __future__ import annotations

from collections.abc import Callable

from content_samples import MIB, Blocks, add_file

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import Link, encode_node
from pmr.content.shape import dag_size_of, file_data
from pmr.content.varint import encode_varint


def _node(blocks: Blocks, children: list[Cid], dag_sizes: list[int], size: int, sizes: list[int]) -> Cid:
    links = [Link(cid, dag_size) for cid, dag_size in zip(children, dag_sizes, strict=True)]
    block = Block.of(DAG_PB, encode_node(links, file_data(size, sizes)))
    blocks.put(block)
    return block.cid


def leaf(blocks: Blocks, data: bytes) -> Cid:
    return add_file(blocks, data).cid if len(data) <= MIB else put(blocks, Block.of(RAW, data))


def put(blocks: Blocks, block: Block) -> Cid:
    blocks.put(block)
    return block.cid


def zeros(blocks: Blocks, height: int) -> Cid:
    """The root of a full tree of zeros: a block a level."""
    cid = leaf(blocks, bytes(MIB))
    for level in range(1, height + 1):
        size, part = MIB * 1024**level, MIB * 1024 ** (level - 1)
        cid = _node(blocks, [cid] * 1024, [dag_size_of(part, level - 1)] * 1024, size, [part] * 1024)
    return cid


def _two_leaves(
    sizes: tuple[int, int], *, stated: int | None = None, dag: int = 0
) -> Callable[[Blocks], Cid]:
    def make(blocks: Blocks) -> Cid:
        leaves = [leaf(blocks, bytes(size)) for size in sizes]
        total = sum(sizes) if stated is None else stated
        return _node(blocks, leaves, [sizes[0] + dag, sizes[1]], total, list(sizes))

    return make


def _other_leaf(data: bytes) -> Callable[[Blocks], Cid]:
    """A root without a fault of its own, whose last leaf is not of the one byte that it says."""

    def make(blocks: Blocks) -> Cid:
        leaves = [leaf(blocks, bytes(MIB)), leaf(blocks, data)]
        return _node(blocks, leaves, [MIB, 1], MIB + 1, [MIB, 1])

    return make


def _with_data(data: bytes) -> Callable[[Blocks], Cid]:
    def make(blocks: Blocks) -> Cid:
        leaves = [leaf(blocks, bytes(MIB)), leaf(blocks, bytes(1))]
        links = [Link(leaves[0], MIB), Link(leaves[1], 1)]
        return put(blocks, Block.of(DAG_PB, encode_node(links, data)))

    return make


def _named_links(blocks: Blocks) -> Cid:
    links = [Link(leaf(blocks, bytes(MIB)), MIB, "a"), Link(leaf(blocks, bytes(1)), 1, "b")]
    return put(blocks, Block.of(DAG_PB, encode_node(links, file_data(MIB + 1, [MIB, 1]))))


def _single_leaf_in_a_node(blocks: Blocks) -> Cid:
    return _node(blocks, [leaf(blocks, bytes(MIB))], [MIB], MIB, [MIB])


def _node_in_place_of_a_leaf(blocks: Blocks) -> Cid:
    inner = _single_leaf_in_a_node(blocks)
    size = len(blocks[inner]) + MIB
    return _node(blocks, [inner, leaf(blocks, b"x")], [size, 1], MIB + 1, [MIB, 1])


def leaf_in_place_of_a_node(blocks: Blocks) -> Cid:
    full = zeros(blocks, 1)
    size = MIB * 1024 + 1
    sizes = [dag_size_of(MIB * 1024, 1), dag_size_of(1, 1)]
    return _node(blocks, [full, leaf(blocks, b"x")], sizes, size, [MIB * 1024, 1])


def _flat_tree(blocks: Blocks) -> Cid:
    chunk = leaf(blocks, bytes(MIB))
    return _node(blocks, [chunk] * 1025, [MIB] * 1025, MIB * 1025, [MIB] * 1025)


def _deep_tree(blocks: Blocks) -> Cid:
    size = 2 * MIB
    inner = _two_leaves((MIB, MIB))(blocks)
    return _node(blocks, [inner], [dag_size_of(size, 1)], size, [size])


def _large_raw(blocks: Blocks) -> Cid:
    return leaf(blocks, bytes(MIB + 1))


def _directory(blocks: Blocks) -> Cid:
    return put(blocks, Block.of(DAG_PB, encode_node([], b"\x08\x01")))


HOSTILE = {
    "a short leaf first": _two_leaves((1, MIB)),
    "a leaf of the wrong length": _two_leaves((MIB - 1, 2)),
    "a leaf longer than its place": _other_leaf(b"xy"),
    "a leaf shorter than its place": _other_leaf(b""),
    "larger stated than linked": _two_leaves((MIB, 1), stated=MIB + 2),
    "smaller stated than linked": _two_leaves((MIB, 2), stated=MIB + 1),
    "stated of one chunk": _two_leaves((MIB, 1), stated=1),
    "a link's size that is not true": _two_leaves((MIB, 1), dag=1),
    "links with names": _named_links,
    "a single leaf under a node": _single_leaf_in_a_node,
    "a node in place of a leaf": _node_in_place_of_a_leaf,
    "a leaf in place of a node": leaf_in_place_of_a_node,
    "1025 links": _flat_tree,
    "a level too many": _deep_tree,
    "a raw root above a chunk": _large_raw,
    "a directory": _directory,
    "inline data": _with_data(b"\x08\x02\x12\x01x" + file_data(MIB + 1, [MIB, 1])[2:]),
    "a type of raw": _with_data(b"\x08\x00" + file_data(MIB + 1, [MIB, 1])[2:]),
    "a time": _with_data(file_data(MIB + 1, [MIB, 1]) + b"\x42\x02\x08\x01"),
    "packed block sizes": _with_data(
        b"\x08\x02\x18" + encode_varint(MIB + 1) + b"\x22\x04" + encode_varint(MIB) + b"\x01"
    ),
    "no size": _with_data(b"\x08\x02"),
    "a size cut off": _with_data(b"\x08\x02\x18\x80"),
    "a padded size": _with_data(b"\x08\x02\x18\x81\x80\xc0\x00" + b"\x20\x80\x80\x40\x20\x01"),
    "a giant size": _with_data(b"\x08\x02\x18" + b"\xff" * 9 + b"\x01"),
    "no data": _with_data(b""),
}
