"""A file becomes blocks: chunks of 1 MiB and the balanced tree over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import Link, encode_node
from pmr.content.shape import CHUNK, MAX_FILE, WIDTH, file_data
from pmr.errors import TooLarge

Put = Callable[[Block], None]


class Node(NamedTuple):
    """An imported file."""

    cid: Cid
    dag_size: int
    """Bytes of all its blocks."""
    size: int
    """Bytes of the file."""


def import_file(pieces: Iterable[bytes], put: Put) -> Node:
    """Import a file that comes in pieces of any size; `put` gets its blocks, children first.

    Holds one chunk and the links of one path. Raises `TooLarge` above `MAX_FILE` bytes.
    """
    return import_tree((_import_leaf(chunk, put) for chunk in _chunks(pieces)), put)


def import_tree(leaves: Iterable[Node], put: Put) -> Node:
    """Build the balanced tree over leaves, in order, and give its root. `put` gets its nodes."""
    levels: list[list[Node]] = [[]]
    size = 0
    for leaf in leaves:
        size += leaf.size
        if size > MAX_FILE:
            raise TooLarge(f"A file has at most {MAX_FILE} bytes.")
        _append(levels, 0, leaf, put)
    return _close(levels, put)


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    buffer = bytearray()
    empty = True
    for piece in pieces:
        buffer += piece
        while len(buffer) >= CHUNK:
            empty = False
            yield bytes(buffer[:CHUNK])
            del buffer[:CHUNK]
    if buffer or empty:
        yield bytes(buffer)


def _import_leaf(chunk: bytes, put: Put) -> Node:
    block = Block.of(RAW, chunk)
    put(block)
    return Node(block.cid, len(chunk), len(chunk))


def _append(levels: list[list[Node]], height: int, node: Node, put: Put) -> None:
    if height == len(levels):
        levels.append([])
    if len(levels[height]) == WIDTH:
        full, levels[height] = levels[height], []
        _append(levels, height + 1, _import_node(full, put), put)
    levels[height].append(node)


def _close(levels: list[list[Node]], put: Put) -> Node:
    height = 0
    while height + 1 < len(levels) or len(levels[height]) > 1:
        _append(levels, height + 1, _import_node(levels[height], put), put)
        height += 1
    return levels[height][0]


def _import_node(children: list[Node], put: Put) -> Node:
    size = sum(child.size for child in children)
    data = file_data(size, [child.size for child in children])
    block = Block.of(DAG_PB, encode_node((Link(c.cid, c.dag_size) for c in children), data))
    put(block)
    return Node(block.cid, len(block.data) + sum(child.dag_size for child in children), size)
