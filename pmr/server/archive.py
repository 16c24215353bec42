"""The file of a backup: a tar whose last member says of every other one how long it is and its SHA-256.

A file without its last member was cut. Whatever reads it knows at the end, and not before, that all of it is
as it was written.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from pmr.errors import DamagedBackup

MANIFEST = "manifest.json"
_BLOCK = tarfile.BLOCKSIZE
_PIECE = 1 << 20
_LONGEST = 64 << 20
"""Bytes that are read at once: no member that is, is longer."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of the tar, as the manifest names it."""

    name: str
    size: int
    sha256: str


class Writer:
    """Gives the bytes of an archive, member by member; `end` gives the last ones."""

    def __init__(self, created: int) -> None:
        """Members bear the time `created`, Unix seconds."""
        self._created = created
        self._members: list[Member] = []

    def whole(self, name: str, data: bytes) -> Iterator[bytes]:
        """Add a member that is in memory."""
        return self._add(name, len(data), [data])

    def file(self, name: str, path: Path) -> Iterator[bytes]:
        """Add a member from a file that nobody changes."""
        with path.open("rb") as file:
            yield from self._add(name, path.stat().st_size, iter(lambda: file.read(_PIECE), b""))

    def end(self) -> Iterator[bytes]:
        """Add the manifest."""
        yield from self.whole(MANIFEST, msgspec.json.encode(self._members))
        yield bytes(2 * _BLOCK)

    def _add(self, name: str, size: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
        head = tarfile.TarInfo(name)
        head.size, head.mtime, head.mode = size, self._created, 0o600
        yield head.tobuf(tarfile.GNU_FORMAT)
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            yield piece
        yield bytes(-size % _BLOCK)
        self._members.append(Member(name, size, digest.hexdigest()))


class Entry:
    """A member that is being read, once and in order."""

    def __init__(self, name: str, size: int, stream: IO[bytes]) -> None:
        """Read `size` bytes from `stream`."""
        self.name = name
        self.size = size
        self._stream = stream
        self._digest = hashlib.sha256()

    def data(self) -> bytes:
        """All of it; raise `DamagedBackup` for more than any such member has."""
        if self.size > _LONGEST:
            raise DamagedBackup(f"{self.name} has {self.size} bytes, which is too many.")
        return self._note(self._stream.read())

    def lines(self) -> Iterator[bytes]:
        """Line after line."""
        return map(self._note, self._stream)

    def finish(self) -> Member:
        """Read what was left; give what the manifest should say of it."""
        while self._note(self._stream.read(_PIECE)):
            pass
        return Member(self.name, self.size, self._digest.hexdigest())

    def _note(self, data: bytes) -> bytes:
        self._digest.update(data)
        return data


@contextmanager
def opened(path: Path) -> Iterator[Iterator[Entry]]:
    """Give the members before the manifest, in order; the last step compares all with it.

    Raises `DamagedBackup`, naming what is damaged.
    """
    with _told(path), tarfile.open(path, "r:") as tar:
        yield _entries(tar)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise DamagedBackup(f"{path} cannot be read as a tar to its end: {error}.") from None


def _entries(tar: tarfile.TarFile) -> Iterator[Entry]:
    read: list[Member] = []
    for head in tar:
        stream = tar.extractfile(head) if head.isreg() else None
        if stream is None:
            raise DamagedBackup(f"{head.name} is not a plain file.")
        entry = Entry(head.name, head.size, stream)
        if head.name == MANIFEST:
            _compare(read, entry.data())
            return
        yield entry
        read.append(entry.finish())
    after = f"after {read[-1].name}" if read else "before its first member"
    raise DamagedBackup(f"It ends {after}: the rest is missing, or cannot be read.")


def _compare(read: list[Member], manifest: bytes) -> None:
    try:
        wanted = msgspec.json.decode(manifest, type=list[Member])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DamagedBackup(f"{MANIFEST} cannot be read.") from None
    for found, member in zip(read, wanted, strict=False):
        if found != member:
            raise DamagedBackup(f"{found.name} has other bytes than were written.")
    if len(read) != len(wanted):
        raise DamagedBackup(f"It has {len(read)} parts, and {MANIFEST} names {len(wanted)}.")
