"""The block store of a single machine: a folder with a file a block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.content.files import make_folder, replacing, sync_folder, told
from pmr.content.local import LocalStore
from pmr.errors import BadCid


class EmbeddedStore(LocalStore):
    """Blocks in `folder`/blocks, in 16 folders by the first hex digit of their digest.

    Several processes may use one folder. A block's age is its file's modification time. Files
    with other names than CIDs are left alone.
    """

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, or begin one. Raises `StorageFull`, `StoreUnavailable`."""
        super().__init__(folder)
        self._blocks = folder / "blocks"
        self._drafts = folder / "drafts"
        with told():
            make_folder(self._blocks)
            make_folder(self._drafts)

    def __repr__(self) -> str:
        return f"EmbeddedStore({self._folder})"

    def _path(self, cid: Cid) -> Path:
        return self._blocks / cid.digest.hex()[0] / str(cid)

    def _put(self, blocks: list[Block]) -> None:
        with self._shared(), replacing(self._drafts) as files:
            for block in {block.cid: block for block in blocks}.values():
                path = self._path(block.cid)
                files.folder(path.parent)
                # A damaged file is replaced: putting a block again repairs it.
                if _holds(path, block):
                    files.renew(path)
                else:
                    files.write(path, block.data)

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
            for folder in filter(Path.is_dir, self._blocks.iterdir()):
                yield from filter(None, map(_named, folder.iterdir()))

    def _touched(self, cid: Cid) -> float:
        with told():
            try:
                return self._path(cid).stat().st_mtime
            except FileNotFoundError:
                return math.inf

    def _delete(self, cids: list[Cid]) -> None:
        with told():
            there = [path for path in map(self._path, cids) if path.exists()]
            for path in there:
                path.unlink()
            for folder in {path.parent for path in there}:
                sync_folder(folder)

    def _tidy(self) -> None:
        with self._alone(), told():
            for draft in self._drafts.iterdir():
                draft.unlink()
        super()._tidy()


def _holds(path: Path, block: Block) -> bool:
    try:
        return path.read_bytes() == block.data
    except OSError:
        return False


def _named(path: Path) -> Cid | None:
    try:
        return Cid.parse(path.name)
    except BadCid:
        return None
