"""How often each root is pinned: one small file a root, with a checksum."""

from __future__ import annotations

import zlib
from pathlib import Path

from pmr.content.cid import Cid
from pmr.content.files import locked, make_folder, replacing, sync_folder
from pmr.errors import BadCid, StorageDamaged


class PinCounts:
    """Durable counts of pins. Safe for threads and for several processes. Raises `OSError`."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is made when it is missing."""
        self._counts = folder / "pins"
        self._drafts = folder / "pin-drafts"
        self._lock = folder / "pins.lock"
        make_folder(self._counts)
        make_folder(self._drafts)

    def all(self) -> dict[Cid, int]:
        """Every pinned root and how often it is pinned; raise `StorageDamaged` for other content."""
        return {root: count for root in self.roots() if (count := self._read(root))}

    def roots(self) -> set[Cid]:
        """Every pinned root; a count that cannot be read is a pin nevertheless."""
        return {_root(path) for path in self._counts.iterdir()}

    def add(self, root: Cid) -> int:
        """Pin once more, and give the new count."""
        with locked(self._lock, alone=True):
            return self._write(root, self._read(root) + 1)

    def remove(self, root: Cid) -> int | None:
        """Unpin once, and give the new count; None when there was no pin."""
        with locked(self._lock, alone=True):
            count = self._read(root)
            return self._write(root, count - 1) if count else None

    def tidy(self) -> None:
        """Remove the drafts of interrupted writers."""
        with locked(self._lock, alone=True):
            for draft in self._drafts.iterdir():
                draft.unlink()

    def _path(self, root: Cid) -> Path:
        return self._counts / str(root)

    def _read(self, root: Cid) -> int:
        try:
            text = self._path(root).read_bytes()
        except FileNotFoundError:
            return 0
        count = text.split(b" ")[0]
        if not count.isdigit() or _line(root, int(count)) != text:
            raise StorageDamaged(f"{self._path(root)} is not a count of pins any more.")
        return int(count)

    def _write(self, root: Cid, count: int) -> int:
        if count:
            with replacing(self._drafts) as files:
                files.write(self._path(root), _line(root, count))
        else:
            self._path(root).unlink()
            sync_folder(self._counts)
        return count


def _line(root: Cid, count: int) -> bytes:
    checksum = zlib.crc32(b"%d %b" % (count, root.encode()))
    return b"%d %08x\n" % (count, checksum)


def _root(path: Path) -> Cid:
    try:
        return Cid.parse(path.name)
    except BadCid:
        raise StorageDamaged(f"{path} does not have the name of a pin.") from None
