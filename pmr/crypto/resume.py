"""Taking an interrupted sealing up again without ever using a nonce for other bytes (section 5).

Before a segment leaves, the digest of its plaintext is noted. A later run uses the noted header again
only when every noted segment still has its digest; at the first difference it starts over with a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, Self

from pmr.crypto.body import Body, read_parts
from pmr.crypto.padding import padded_size
from pmr.crypto.stream import HEADER, Layout, new_header
from pmr.errors import BadFormat, SourceChanged

_DIGEST = 32


@dataclass(frozen=True)
class SealingNotes:
    """What is known of a body that was begun: its header, and its first segments' plaintext digests.

    They tell something of the plaintext: keep them in a sealed journal.
    """

    header: bytes = field(default_factory=new_header)
    digests: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """Give the header (40 bytes) and the digests (32 bytes each)."""
        return self.header + b"".join(self.digests)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` gave; raise `BadFormat`."""
        header, digests = data[:HEADER], data[HEADER:]
        if len(header) != HEADER or header[0] != HEADER or len(digests) % _DIGEST:
            raise BadFormat("The notes are not a header and digests.")
        return cls(header, tuple(digests[i : i + _DIGEST] for i in range(0, len(digests), _DIGEST)))

    def __repr__(self) -> str:
        return f"<SealingNotes of {len(self.digests)} segments>"


@dataclass(frozen=True)
class ResumableSealing:
    """One file's sealing that may be interrupted at any point and run again."""

    body: Body
    source: BinaryIO
    """Seekable; read from its start."""
    size: int
    save: Callable[[SealingNotes], None]
    """Must have made the notes durable when it returns: only then are their segments given out."""
    window: int = 8
    """Segments that one call of `save` is for; as many MiB are held in memory."""

    def run(self, notes: SealingNotes | None = None, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Give the leaves with their numbers, from `start` where the notes still hold, else from 0.

        Raises `SourceChanged` when the file changes while it is sealed; run again with the notes saved.
        """
        if notes is None or not self._hold(notes):
            notes, start = SealingNotes(), 0
        start = min(start, len(notes.digests))
        segments = self.body.segments(notes.header, self._layout)
        for index, part in self._noted(notes):
            if index >= start:
                yield index, segments.seal(index, part)

    @property
    def _layout(self) -> Layout:
        return Layout(padded_size(self.size))

    def _parts(self) -> Iterator[bytes]:
        self.source.seek(0)
        return read_parts(self.source, self.size, self._layout)

    def _hold(self, notes: SealingNotes) -> bool:
        if len(notes.digests) > self._layout.segments:
            return False
        parts = islice(self._parts(), len(notes.digests))
        return all(_digest(part) == noted for part, noted in zip(parts, notes.digests, strict=True))

    def _noted(self, notes: SealingNotes) -> Iterator[tuple[int, bytes]]:
        """Give the numbered parts, each only after its digest was compared or saved."""
        parts, done = self._parts(), 0
        while window := list(islice(parts, self.window)):
            digests = notes.digests[:done] + tuple(map(_digest, window))
            if digests[: len(notes.digests)] != notes.digests[: len(digests)]:
                raise SourceChanged("It was changed by another program; try again.")
            if len(digests) > len(notes.digests):
                notes = SealingNotes(notes.header, digests)
                self.save(notes)
            yield from enumerate(window, done)
            done += len(window)


def _digest(part: bytes) -> bytes:
    return hashlib.sha256(part).digest()
