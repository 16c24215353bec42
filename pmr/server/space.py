"""How full the disk may get: uploads end before it is full, so that reads and sign-ins go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pmr.errors import StorageFull

Free = Callable[[], int]
"""Gives the bytes that are free."""


class Space:
    """The room that uploads have."""

    def __init__(self, free: Free, mark: int) -> None:
        """Keep `mark` bytes of those that are free; 0 for none."""
        self._free = free
        self._mark = mark

    def demand(self, more: int = 0) -> None:
        """Raise `StorageFull` when `more` bytes would leave less than the mark."""
        if self._mark and self._free() - more < self._mark:
            raise StorageFull(f"Less than {self._mark} bytes are free. Uploads go on when there are more.")


def free_on_disk(folder: Path) -> int:
    """Bytes that are free where `folder` is, or will be."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free
