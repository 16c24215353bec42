"""Every block of a record or a file, found from its root."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.dag_pb import Link
from pmr.content.directory import decode_directory, is_directory
from pmr.content.reading import Get, children, fetch, stated_size
from pmr.content.shape import CHUNK, dag_size_of, height_of
from pmr.errors import BadBlock

Step = tuple[Cid, int]
_LeafSize = Callable[[Cid, int], int]


def walk(root: Cid, get: Get, size: Callable[[Cid], int] | None = None) -> Iterator[Step]:
    """Give each distinct block of a directory or file once, depth first, with its bytes' number.

    Nodes are fetched by `get`, and leaves too unless `size` can say how many bytes a leaf has.
    Raises `BadBlock` when anything is not in the frozen shape, and what `get` and `size` raise.
    """
    if size is None:
        return _Walk(get, lambda cid, _: len(fetch(cid, get).data)).root(root)
    return _Walk(get, lambda cid, _: size(cid)).root(root)


def reachable(root: Cid, get: Get) -> Iterator[Cid]:
    """As `walk`, without a look at the leaves: they are named, whether they are there or not."""
    return (cid for cid, _ in _Walk(get, lambda _, expected: expected).root(root))


class _Walk:
    """One walk. A block that was seen is not entered again, so its length is that of what is there.

    What is remembered of a block is the size and the height that its place demanded.
    """

    def __init__(self, get: Get, leaf_size: _LeafSize) -> None:
        self._get = get
        self._leaf_size = leaf_size
        self._seen: dict[Cid, tuple[int, int]] = {}

    def root(self, cid: Cid) -> Iterator[Step]:
        if cid.codec == RAW:
            return self._root_leaf(cid)
        block = fetch(cid, self._get)
        return self._directory(block) if is_directory(block) else self._root_file(block)

    def _root_leaf(self, cid: Cid) -> Iterator[Step]:
        size = self._leaf_size(cid, 0)
        if size > CHUNK:
            raise BadBlock(f"{cid} has {size} bytes; a leaf has at most {CHUNK}.")
        yield cid, size

    def _root_file(self, block: Block) -> Iterator[Step]:
        size = stated_size(block)
        return self._node(block.cid, size, height_of(size))

    def _directory(self, block: Block) -> Iterator[Step]:
        links = decode_directory(block)
        yield block.cid, len(block.data)
        for name, link in links.items():
            size = self._entry_size(link)
            height = height_of(size)
            if (link.cid.codec == RAW) != (height == 0) or dag_size_of(size, height) != link.dag_size:
                raise BadBlock(f"Entry {name!r} of {block.cid} is not what its link says.")
            yield from self._node(link.cid, size, height)

    def _entry_size(self, link: Link) -> int:
        if link.cid.codec == RAW:
            return link.dag_size
        if link.cid in self._seen:
            return self._seen[link.cid][0]
        return stated_size(fetch(link.cid, self._get))

    def _node(self, cid: Cid, size: int, height: int) -> Iterator[Step]:
        place = (size, height)
        if cid in self._seen:
            self._same(cid, place)
            return
        self._seen[cid] = place
        if height == 0:
            yield self._leaf(cid, size)
            return
        block = fetch(cid, self._get)
        parts = children(block, size, height)
        yield cid, len(block.data)
        for child, part in parts:
            yield from self._node(child, part, height - 1)

    def _same(self, cid: Cid, place: tuple[int, int]) -> None:
        if self._seen[cid] != place:
            raise BadBlock(f"{cid} stands in two places that demand different blocks.")

    def _leaf(self, cid: Cid, size: int) -> Step:
        if cid.codec != RAW or self._leaf_size(cid, size) != size:
            raise BadBlock(f"{cid} is not the raw leaf of {size} bytes that its place demands.")
        return cid, size
