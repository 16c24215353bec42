"""What every block store promises. Backends supply the `_` methods and cannot leave a check out."""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, final

from pmr.content.block import Block
from pmr.content.car import read_car, write_car
from pmr.content.cid import Cid
from pmr.content.unixfs import reachable, walk
from pmr.errors import BlockNotFound, IncompleteContent, StillPinned, StorageDamaged

BATCH_BYTES = 32 << 20
BATCH_BLOCKS = 64
"""What a backend is given at once: as much as it holds in memory, and has open as files."""
SWEEP = 4096
"""Blocks that are deleted at once, while puts and pins wait."""


class Extent(NamedTuple):
    """How much was pinned or collected."""

    blocks: int
    bytes: int


class Damage(NamedTuple):
    """A block that is not as it was stored."""

    cid: Cid
    what: str
    """`other bytes`, `unreadable` or `missing`."""


class BlockStore(ABC):
    """Keeps blocks by CID, and what is pinned until it is unpinned as often.

    Safe for threads. Every method may raise `StoreUnavailable`, those that write `StorageFull`,
    those that read `StorageDamaged`.
    """

    def __init_subclass__(cls) -> None:
        """Refuse a backend that replaces a public method: the checks are in them."""
        public = {name for name in vars(BlockStore) if not name.startswith("_")}
        if replaced := public & vars(cls).keys():
            raise TypeError(f"{cls.__name__} replaces {', '.join(sorted(replaced))} of BlockStore.")
        super().__init_subclass__()

    # --- blocks

    @final
    def put(self, blocks: Iterable[Block]) -> None:
        """Store blocks; they are on disk when it returns. What is there already becomes young again.

        After an error any part of them may be stored, each as a whole; put them again.
        """
        for batch in _batches(blocks):
            self._put(batch)

    @final
    def get(self, cid: Cid) -> bytes:
        """A block's bytes, hashed now. Raises `BlockNotFound`; `StorageDamaged` for other bytes."""
        data = self._get(cid)
        if data is None:
            raise BlockNotFound(f"{cid} is not stored here.")
        if hashlib.sha256(data).digest() != cid.digest:
            raise StorageDamaged(f"{cid} has other bytes than were stored. Put the block again.")
        return data

    @final
    def has(self, cid: Cid) -> bool:
        """Say whether a block is there, without reading it."""
        return self._size(cid) is not None

    @final
    def size(self, cid: Cid) -> int:
        """Bytes of a block, without reading it; raise `BlockNotFound`."""
        size = self._size(cid)
        if size is None:
            raise BlockNotFound(f"{cid} is not stored here.")
        return size

    @final
    def cids(self) -> Iterator[Cid]:
        """Every block that is there, in no order."""
        return self._cids()

    @final
    def delete(self, cid: Cid) -> None:
        """Remove a block that no pin needs, if it is there. Raises `StillPinned`. Walks all pins."""
        with self._alone():
            if cid in self._mark(set(), set()):
                raise StillPinned(f"{cid} belongs to pinned content. Unpin that first.")
            self._delete([cid])

    # --- pins

    @final
    def pin(self, root: Cid) -> Extent:
        """Keep a record, file or block until it is unpinned as often as it was pinned.

        Walks all of it: raises `IncompleteContent` when a block is missing, `BadBlock` when the
        shape is not the frozen one. The pin is on disk when it returns.
        """
        with self._shared():
            extent = self._complete(root)
            self._pin(root)
        return extent

    @final
    def unpin(self, root: Cid) -> None:
        """Take one pin away; raise `BlockNotFound` when there is none."""
        if not self._unpin(root):
            raise BlockNotFound(f"{root} is not pinned.")

    @final
    def pins(self) -> dict[Cid, int]:
        """What is pinned, and how often."""
        return self._pins()

    # --- upkeep

    @final
    def collect(self, keep_younger_than: float) -> Extent:
        """Delete what no pin needs and was last put more than so many seconds ago.

        Raises `StorageDamaged` or `IncompleteContent`, and deletes nothing, when a pinned node
        cannot be read: what is below it is unknown then.
        """
        self._tidy()
        before = time.time() - keep_younger_than
        roots: set[Cid] = set()
        marked: set[Cid] = set()
        with self._shared():
            self._mark(roots, marked)
        old = [cid for cid in self._cids() if cid not in marked and self._touched(cid) < before]
        swept = [self._sweep(part, before, roots, marked) for part in _parts(old)]
        return Extent(sum(e.blocks for e in swept), sum(e.bytes for e in swept))

    @final
    def check(self) -> list[Damage]:
        """Read every block, and look for every pinned one; tell what is damaged or missing."""
        found = [damage for cid in self._cids() if (damage := self._damage(cid))]
        missing = {cid for root in self._roots() for cid in self._missing(root)}
        return found + [Damage(cid, "missing") for cid in sorted(missing)]

    # --- archives

    @final
    def import_car(self, stream: BinaryIO, limit: int | None = None) -> Cid:
        """Store a CAR's blocks and give its root, complete. Pins nothing.

        Raises `IncompleteContent` when blocks are missing, and as `read_car`.
        """
        root, blocks = read_car(stream, limit)
        self.put(blocks)
        self._complete(root)
        return root

    @final
    def export_car(self, root: Cid) -> Iterator[bytes]:
        """Give a record, file or block as a CAR, in depth-first order. Raises `BlockNotFound`."""
        steps = walk(root, self.get, self.size)
        return write_car(root, (Block.checked(cid, self.get(cid)) for cid, _ in steps))

    # --- the rest is for these methods alone

    def _complete(self, root: Cid) -> Extent:
        try:
            sizes = [size for _, size in walk(root, self.get, self.size)]
        except BlockNotFound as error:
            raise IncompleteContent(f"{error.detail} It belongs to {root}.") from None
        return Extent(len(sizes), sum(sizes))

    def _mark(self, roots: set[Cid], marked: set[Cid]) -> set[Cid]:
        """Add to `marked` what the pins need that are not in `roots` yet."""
        for root in self._roots() - roots:
            try:
                marked.update(reachable(root, self.get))
            except BlockNotFound as error:
                raise IncompleteContent(f"{error.detail} It belongs to the pinned {root}.") from None
            roots.add(root)
        return marked

    def _sweep(self, cids: list[Cid], before: float, roots: set[Cid], marked: set[Cid]) -> Extent:
        # Alone, and with a second look: a put or a pin may have come since the first one.
        with self._alone():
            self._mark(roots, marked)
            old = [cid for cid in cids if cid not in marked and self._touched(cid) < before]
            sizes = [self._size(cid) or 0 for cid in old]
            self._delete(old)
        return Extent(len(old), sum(sizes))

    def _damage(self, cid: Cid) -> Damage | None:
        try:
            self.get(cid)
        except BlockNotFound:
            return None  # deleted since it was listed
        except StorageDamaged as error:
            return Damage(cid, "other bytes" if error.__cause__ is None else "unreadable")
        return None

    def _missing(self, root: Cid) -> Iterator[Cid]:
        if not self.has(root):
            yield root
        try:
            yield from (cid for cid in reachable(root, self.get) if not self.has(cid))
        except (BlockNotFound, StorageDamaged):
            return

    # --- what a backend supplies

    @abstractmethod
    def _put(self, blocks: list[Block]) -> None:
        """Store blocks durably, as one batch, and make them young."""

    @abstractmethod
    def _get(self, cid: Cid) -> bytes | None:
        """What is stored as a block's bytes; None when nothing is."""

    @abstractmethod
    def _size(self, cid: Cid) -> int | None:
        """Bytes of a block; None when it is not there."""

    @abstractmethod
    def _cids(self) -> Iterator[Cid]:
        """Every block."""

    @abstractmethod
    def _touched(self, cid: Cid) -> float:
        """Unix seconds of the last put of a block; infinity when it is gone."""

    @abstractmethod
    def _delete(self, cids: list[Cid]) -> None:
        """Remove blocks durably; called under `_alone`."""

    @abstractmethod
    def _pin(self, root: Cid) -> None:
        """Count one pin more, durably; called under `_shared`."""

    @abstractmethod
    def _unpin(self, root: Cid) -> bool:
        """Count one pin less, durably; False when there is none."""

    @abstractmethod
    def _pins(self) -> dict[Cid, int]:
        """What is pinned and how often."""

    @abstractmethod
    def _roots(self) -> set[Cid]:
        """What is pinned, even where it cannot be told how often."""

    @abstractmethod
    def _shared(self) -> AbstractContextManager[None]:
        """Hold deletion off, in this process and others; several may."""

    @abstractmethod
    def _alone(self) -> AbstractContextManager[None]:
        """Hold off every put, pin and deletion of others."""

    @abstractmethod
    def _tidy(self) -> None:
        """Remove what interrupted writers left."""


def _batches(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    batch: list[Block] = []
    size = 0
    for block in blocks:
        if type(block) is not Block:
            raise TypeError("put takes Blocks: only they are known to match their CID.")
        batch.append(block)
        size += len(block.data)
        if size >= BATCH_BYTES or len(batch) == BATCH_BLOCKS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _parts(cids: list[Cid]) -> Iterator[list[Cid]]:
    return (cids[start : start + SWEEP] for start in range(0, len(cids), SWEEP))
