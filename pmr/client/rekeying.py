"""The same files under a new content key: read from the record as it is, sealed as they are read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from pmr.client.opening import OpenRecord
from pmr.client.sealing import About
from pmr.client.source import Source


def same_files(opened: OpenRecord) -> list[Source]:
    """Give the files of an open record as sources, which read them block by block."""
    return [
        Source(entry.name, entry.type, entry.size, partial(_open, opened, number))
        for number, entry in enumerate(opened.manifest.files)
    ]


def same_about(opened: OpenRecord) -> About:
    """Give what a record says of itself."""
    manifest = opened.manifest
    return About(manifest.title, manifest.patient, manifest.date, manifest.notes)


def _open(opened: OpenRecord, number: int) -> BinaryIO:
    return cast(BinaryIO, Pieces(opened.file(number)))


class Pieces(io.RawIOBase):
    """Pieces as a file that is read once, from its start."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Read `pieces` when they are asked for."""
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give up to `size` bytes, those of one piece; none at the end."""
        while not self._rest and (piece := next(self._pieces, None)) is not None:
            self._rest = memoryview(piece)
        found = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(found) :]
        return bytes(found)
