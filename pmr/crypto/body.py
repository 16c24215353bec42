"""Sealed bodies: padded plaintext in Tink's stream, leaf by leaf (section 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from pmr.crypto.content_key import BodyKey
from pmr.crypto.labels import label
from pmr.crypto.padding import padded_size, strip
from pmr.crypto.stream import HEADER, SEGMENT, Layout, Segments, new_header
from pmr.errors import BadFormat, SourceChanged, TooLarge

MANIFEST_NUMBER = 2**32 - 1
MANIFEST_PAGE = 4096
MAX_MANIFEST = 8 << 20

__all__ = ["MANIFEST_NUMBER", "SEGMENT", "Body", "body_aad", "plain_size", "sealed_size"]


def body_aad(header: bytes, number: int) -> bytes:
    """Give what a body is bound to: the record's header and the file's number."""
    return label("body") + hashlib.sha256(header).digest() + number.to_bytes(4, "big")


def sealed_size(plain_size: int) -> int:
    """Give the ciphertext length of a (padded) plaintext of `plain_size` bytes."""
    return Layout(plain_size).sealed_size


def plain_size(sealed_size: int) -> int:
    """Give the padded plaintext length of a ciphertext; raise `BadFormat` for an impossible one."""
    return Layout.of_sealed(sealed_size).plain_size


class Body:
    """One file, or the manifest, of one version of a record."""

    def __init__(self, key: BodyKey, aad: bytes) -> None:
        """Take the version's body key and `body_aad` of the file."""
        self._key = key
        self._aad = aad

    def seal(self, source: BinaryIO, size: int, header: bytes | None = None) -> Iterator[bytes]:
        """Seal `size` bytes of `source`, padded, as leaves of 1 MiB (the last one shorter).

        `header` repeats an earlier sealing of the very same bytes: see `pmr.crypto.resume`, which is
        the only safe way to state one. Raises `SourceChanged` when the source has another size.
        """
        layout = Layout(padded_size(size))
        segments = self.segments(header or new_header(), layout)
        for index, part in enumerate(read_parts(source, size, layout)):
            yield segments.seal(index, part)

    def open(self, pieces: Iterable[bytes], sealed_size: int) -> Iterator[bytes]:
        """Give the padded plaintext, segment by segment, each authenticated.

        `pieces` may be cut anywhere. Raises `CannotDecrypt` or `BadFormat`; nothing is complete before
        the last segment was given.
        """
        layout = Layout.of_sealed(sealed_size)
        leaves = _leaves(pieces, layout)
        first = next(leaves)
        segments = self.segments(first[:HEADER], layout)
        yield segments.open(0, first)
        for index, leaf in enumerate(leaves, start=1):
            yield segments.open(index, leaf)

    def open_file(self, pieces: Iterable[bytes], sealed_size: int, size: int) -> Iterator[bytes]:
        """Give the `size` bytes of a file; raise `BadFormat` too when its padding is not as it must be."""
        if plain_size(sealed_size) != padded_size(size):
            raise BadFormat(f"A file of {size} bytes does not make a body of {sealed_size}.")
        return strip(self.open(pieces, sealed_size), size)

    def open_range(
        self, read: Callable[[int, int], bytes], sealed_size: int, offset: int, length: int
    ) -> bytes:
        """Give `length` bytes of the padded plaintext from `offset`.

        `read(offset, length)` gives ciphertext. The last segment is opened first: it authenticates
        the length. Raises `BadFormat` for a range outside the body.
        """
        layout = Layout.of_sealed(sealed_size)
        if not 0 <= offset <= offset + length <= layout.plain_size:
            raise BadFormat(f"Bytes {offset} to {offset + length} are outside a body of {layout.plain_size}.")
        reader = _RangeReader(read, layout)
        segments = self.segments(reader.exactly(range(HEADER)), layout)
        last = layout.segments - 1
        opened = {last: segments.open(last, reader.leaf(last))}
        return b"".join(_slices(segments, reader, opened, range(offset, offset + length)))

    def seal_manifest(self, plain: bytes) -> bytes:
        """Seal a manifest's JSON, padded to 4 KiB; raise `TooLarge` above 8 MiB."""
        padded = plain + bytes(-len(plain) % MANIFEST_PAGE)
        if len(padded) > MAX_MANIFEST:
            raise TooLarge(f"The manifest has {len(padded)} bytes, more than {MAX_MANIFEST}.")
        layout = Layout(len(padded))
        segments = self.segments(new_header(), layout)
        parts = (padded[p.start : p.stop] for p in map(layout.part, range(layout.segments)))
        return b"".join(segments.seal(index, part) for index, part in enumerate(parts))

    def open_manifest(self, sealed: bytes) -> bytes:
        """Give a manifest's JSON without its padding; raise `BadFormat` or `CannotDecrypt`."""
        size = plain_size(len(sealed))
        if not 0 < size <= MAX_MANIFEST or size % MANIFEST_PAGE:
            raise BadFormat(f"A manifest's plaintext does not have {size} bytes.")
        padded = b"".join(self.open([sealed], len(sealed)))
        plain = padded.rstrip(b"\0")
        if size - len(plain) >= MANIFEST_PAGE:
            raise BadFormat("A manifest is padded by more than it needs.")
        return plain

    def segments(self, header: bytes, layout: Layout) -> Segments:
        """Give the cipher of each segment, for a stated header."""
        return Segments(self._key, self._aad, header, layout)

    def __repr__(self) -> str:
        return "<Body>"


def read_parts(source: BinaryIO, size: int, layout: Layout) -> Iterator[bytes]:
    """Read `size` bytes and pad them, in the plaintext parts of a layout; raise `SourceChanged`."""
    left = size
    for index in range(layout.segments):
        wanted = len(layout.part(index))
        data = _read(source, min(left, wanted))
        left -= len(data)
        if index == layout.segments - 1 and source.read(1):
            raise SourceChanged(f"There are more than the {size} bytes that were stated.")
        yield data if len(data) == wanted else data + bytes(wanted - len(data))


def _read(source: BinaryIO, length: int) -> bytes:
    data = source.read(length)
    while len(data) < length:  # raw and piped sources give less than they are asked for
        more = source.read(length - len(data))
        if not more:
            raise SourceChanged("There are fewer bytes than were stated.")
        data += more
    return data


def _leaves(pieces: Iterable[bytes], layout: Layout) -> Iterator[bytes]:
    """Cut any pieces into the leaves of a layout; raise `BadFormat` when there are more or fewer bytes."""
    waiting = bytearray()
    index = 0
    for piece in pieces:
        if not waiting and index < layout.segments and len(piece) == len(layout.piece(index)):
            yield piece
            index += 1
            continue
        waiting += piece
        while index < layout.segments and len(waiting) >= (length := len(layout.piece(index))):
            yield bytes(memoryview(waiting)[:length])
            del waiting[:length]
            index += 1
        if waiting and index == layout.segments:
            break
    if waiting or index < layout.segments:
        raise BadFormat(f"The body does not have the stated {layout.sealed_size} bytes.")


class _RangeReader:
    def __init__(self, read: Callable[[int, int], bytes], layout: Layout) -> None:
        self._read = read
        self.layout = layout

    def exactly(self, where: range) -> bytes:
        data = self._read(where.start, len(where))
        if len(data) != len(where):
            raise BadFormat(f"{len(data)} bytes came where {len(where)} of a body were asked for.")
        return data

    def leaf(self, index: int) -> bytes:
        return self.exactly(self.layout.piece(index))


def _slices(
    segments: Segments, reader: _RangeReader, opened: dict[int, bytes], wanted: range
) -> Iterator[bytes]:
    layout = reader.layout
    if not wanted:
        return
    for index in range(layout.segment_at(wanted.start), layout.segment_at(wanted.stop - 1) + 1):
        plain = opened.get(index) or segments.open(index, reader.leaf(index))
        start = layout.part(index).start
        yield plain[max(0, wanted.start - start) : wanted.stop - start]
