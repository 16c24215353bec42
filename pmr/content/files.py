"""Files that survive a crash: written beside their place, synced, then renamed into it."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from pmr.errors import ContentError, StorageDamaged, StorageFull, StoreUnavailable

_SYNCS = 8
"""Files that are synced at once."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_DAMAGED = (errno.EIO, errno.EUCLEAN, errno.EBADMSG)


@contextmanager
def told() -> Iterator[None]:
    """Turn what the operating system says into `StorageFull`, `StorageDamaged`, `StoreUnavailable`."""
    try:
        yield
    except OSError as error:
        raise _translate(error) from error


def _translate(error: OSError) -> ContentError:
    where = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    if error.errno in _FULL:
        return StorageFull(f"{where} Free some space, then try again.")
    if error.errno in _DAMAGED:
        return StorageDamaged(f"{where} Check the disk.")
    return StoreUnavailable(where)


@contextmanager
def locked(path: Path, *, alone: bool) -> Iterator[None]:
    """Hold the lock of a file, shared or alone, against other threads and other processes."""
    # Each holder opens the file anew: flock counts open files, so that threads exclude each other too.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder for the owner alone, and its parents, durably."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file for its owner alone that is whole after a crash, or as it was; give its bytes."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".pmr-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        sync_folder(path.parent)
        return size
    finally:
        Path(name).unlink(missing_ok=True)


class Replacement:
    """Files that come into their places together: nothing is visible before all are on disk.

    Files are synced side by side and while the next are written: with others writing to the same
    ext4, that was 3 to 7 times as fast as one after the other; alone on the disk, about equal.
    """

    def __init__(self, drafts: Path, syncs: Executor) -> None:
        """Write drafts into the folder `drafts`, on the file system of the places; sync by `syncs`."""
        self._drafts = drafts
        self._syncs = syncs
        self._open: dict[int, Future[None]] = {}
        self._moves: dict[Path, Path] = {}
        self._folders: set[Path] = set()

    def write(self, place: Path, data: bytes) -> None:
        """Draft the file that is to stand at `place`."""
        draft = self._drafts / secrets.token_hex(12)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._moves[draft] = place
        self._folders.add(place.parent)
        try:
            _write_all(handle, data)
        finally:
            self._sync(handle)

    def folder(self, path: Path) -> None:
        """Make a folder for places; durable, whoever made it, when the files are."""
        path.mkdir(mode=0o700, exist_ok=True)
        self._folders.add(path.parent)

    def renew(self, place: Path) -> None:
        """Set the time of a file that stands there already to now."""
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        self._folders.add(place.parent)
        try:
            os.utime(handle)
        finally:
            self._sync(handle)

    def commit(self) -> None:
        """Wait until the files are synced, move them into their places, sync the folders."""
        for synced in self._open.values():
            synced.result()
        for draft, place in self._moves.items():
            draft.replace(place)
        list(self._syncs.map(sync_folder, self._folders))
        self._moves.clear()

    def close(self) -> None:
        """Close the files, and remove the drafts that were not moved."""
        wait(self._open.values())
        for handle in self._open:
            os.close(handle)
        for draft in self._moves:
            draft.unlink(missing_ok=True)

    def _sync(self, handle: int) -> None:
        self._open[handle] = self._syncs.submit(os.fsync, handle)


@contextmanager
def replacing(drafts: Path) -> Iterator[Replacement]:
    """Write files through a `Replacement`, which commits when the block ends without an error."""
    with ThreadPoolExecutor(_SYNCS) as syncs:
        files = Replacement(drafts, syncs)
        try:
            yield files
            files.commit()
        finally:
            files.close()


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
