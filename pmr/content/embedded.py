"""The block store of a single machine: a folder with a file a block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.content.files import locked, make_folder, replacing, sync_folder, sync_folders, told
from pmr.content.pins import PinCounts
from pmr.content.store import BlockStore
from pmr.errors import BadCid


class EmbeddedStore(BlockStore):
    """Blocks in `folder`/blocks, in 256 folders by the first byte of their digest.

    Several processes may use one folder. A block's age is its file's modification time. Files
    with other names than CIDs are left alone.
    """

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, or begin one. Raises `StorageFull`, `StoreUnavailable`."""
        self._blocks = folder / "blocks"
        self._drafts = folder / "drafts"
        self._lock = folder / "lock"
        with told():
            make_folder(self._blocks)
            for name in range(256):
                (self._blocks / f"{name:02x}").mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._blocks)
            make_folder(self._drafts)
            self._counts = PinCounts(folder)

    def __repr__(self) -> str:
        return f"EmbeddedStore({self._blocks.parent})"

    def _path(self, cid: Cid) -> Path:
        return self._blocks / cid.digest[:1].hex() / str(cid)

    def _put(self, blocks: list[Block]) -> None:
        with self._shared(), replacing(self._drafts) as files:
            for block in {block.cid: block for block in blocks}.values():
                # A damaged file is replaced: putting a block again repairs it.
                if self._holds(block):
                    files.renew(self._path(block.cid))
                else:
                    files.write(self._path(block.cid), block.data)

    def _holds(self, block: Block) -> bool:
        try:
            return self._path(block.cid).read_bytes() == block.data
        except OSError:
            return False

    def _get(self, cid: Cid) -> bytes | None:
        with told():
            try:
                return self._path(cid).read_bytes()
            except FileNotFoundError:
                return None

    def _size(self, cid: Cid) -> int | None:
        with told():
            try:
                return self._path(cid).stat().st_size
            except FileNotFoundError:
                return None

    def _cids(self) -> Iterator[Cid]:
        with told():
            for folder in self._blocks.iterdir():
                yield from filter(None, map(_named, folder.iterdir()))

    def _touched(self, cid: Cid) -> float:
        with told():
            try:
                return self._path(cid).stat().st_mtime
            except FileNotFoundError:
                return math.inf

    def _delete(self, cids: list[Cid]) -> None:
        with told():
            for cid in cids:
                self._path(cid).unlink(missing_ok=True)
            sync_folders({self._path(cid).parent for cid in cids})

    def _pin(self, root: Cid) -> None:
        with told():
            self._counts.add(root)

    def _unpin(self, root: Cid) -> bool:
        with told():
            return self._counts.remove(root) is not None

    def _pins(self) -> dict[Cid, int]:
        with told():
            return self._counts.all()

    def _roots(self) -> set[Cid]:
        with told():
            return self._counts.roots()

    def _shared(self) -> AbstractContextManager[None]:
        return self._locked(alone=False)

    def _alone(self) -> AbstractContextManager[None]:
        return self._locked(alone=True)

    @contextmanager
    def _locked(self, *, alone: bool) -> Iterator[None]:
        with told(), locked(self._lock, alone=alone):
            yield

    def _tidy(self) -> None:
        with self._alone(), told():
            for draft in self._drafts.iterdir():
                draft.unlink()
            self._counts.tidy()


def _named(path: Path) -> Cid | None:
    try:
        return Cid.parse(path.name)
    except BadCid:
        return None
