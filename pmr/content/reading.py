"""Files read back from blocks, which are believed only in the frozen shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import Link, decode_node, encode_node
from pmr.content.shape import CHUNK, MAX_FILE, dag_size_of, file_data, height_of, parts
from pmr.content.varint import decode_varint
from pmr.errors import BadBlock, BadInput

Get = Callable[[Cid], bytes]
_FILE = b"\x08\x02\x18"


def file_size(cid: Cid, get: Get) -> int:
    """Bytes of a file, as its root block says; raise `BadBlock` when that is not the frozen form."""
    block = fetch(cid, get)
    size = stated_size(block)
    if cid.codec == DAG_PB:
        children(block, size, height_of(size))
    return size


def read_file(cid: Cid, get: Get, size: int | None = None) -> Iterator[bytes]:
    """Give a file leaf by leaf, each hashed and of the size that its place demands.

    When `size` is given, another one is refused before any byte is given. Raises `BadBlock` when
    a block is not the one that the frozen shape wants, and what `get` raises.
    """
    block = fetch(cid, get)
    actual = stated_size(block)
    if size is not None and size != actual:
        raise BadBlock(f"The file {cid} has {actual} bytes, not {size}.")
    return _read(block, get, actual, height_of(actual), range(actual))


def read_range(cid: Cid, get: Get, offset: int, length: int) -> bytes:
    """Bytes `offset` to `offset + length` of a file; fetches only the blocks on the way.

    Raises `BadInput` when the range is not inside the file, and as `read_file`.
    """
    block = fetch(cid, get)
    size = stated_size(block)
    if offset < 0 or length < 0 or offset + length > size:
        raise BadInput(f"{length} bytes from {offset} are not inside a file of {size}.")
    wanted = range(offset, offset + length)
    return b"".join(_read(block, get, size, height_of(size), wanted))


def fetch(cid: Cid, get: Get) -> Block:
    """Get a block and hash it; raise `BadBlock` when it is another."""
    return Block.checked(cid, get(cid))


def stated_size(block: Block) -> int:
    """The size that a file's root block states; raise `BadBlock` for one that no file has."""
    if block.cid.codec == DAG_PB:
        return _node_size(block)
    if len(block.data) > CHUNK:
        raise BadBlock(f"{block.cid} has {len(block.data)} bytes; a leaf has at most {CHUNK}.")
    return len(block.data)


def children(block: Block, size: int, height: int) -> list[tuple[Cid, int]]:
    """The parts of a file's node and their sizes, when the bytes are those of the frozen shape.

    `size` and `height` are what the node's place demands. Raises `BadBlock`.
    """
    if block.cid.codec != DAG_PB:
        raise BadBlock(f"{block.cid} is raw; its place demands a node.")
    sizes = parts(size, height)
    cids = [link.cid for link in decode_node(block.data).links]
    if len(cids) != len(sizes) or _encode(cids, sizes, size, height) != block.data:
        raise BadBlock(f"{block.cid} is not the balanced node of a file of {size} bytes.")
    return list(zip(cids, sizes, strict=True))


def _encode(cids: list[Cid], sizes: list[int], size: int, height: int) -> bytes:
    full, last = (dag_size_of(part, height - 1) for part in (sizes[0], sizes[-1]))
    links = [Link(cid, full) for cid in cids[:-1]] + [Link(cids[-1], last)]
    return encode_node(links, file_data(size, sizes))


def _read(block: Block, get: Get, size: int, height: int, wanted: range) -> Iterator[bytes]:
    if height == 0:
        yield _leaf(block, size)[wanted.start : wanted.stop]
        return
    start = 0
    for cid, part in children(block, size, height):
        low, high = max(0, wanted.start - start), min(part, wanted.stop - start)
        if low < high:
            yield from _read(fetch(cid, get), get, part, height - 1, range(low, high))
        start += part


def _leaf(block: Block, size: int) -> bytes:
    if block.cid.codec != RAW or len(block.data) != size:
        raise BadBlock(f"{block.cid} is not the raw leaf of {size} bytes that its place demands.")
    return block.data


def _node_size(block: Block) -> int:
    data = decode_node(block.data).data
    if not data.startswith(_FILE):
        raise BadBlock(f"{block.cid} is not a file.")
    try:
        size, _ = decode_varint(data, len(_FILE))
    except ValueError as error:
        raise BadBlock(f"The size of {block.cid} cannot be read: {error}.") from None
    if not CHUNK < size <= MAX_FILE:
        raise BadBlock(f"{block.cid} states {size} bytes; a tree holds {CHUNK + 1} to {MAX_FILE}.")
    return size
