"""CARv1: blocks in a stream. Source: https://ipld.io/specs/transport/car/carv1/.

The rules here are narrower than the specification's, and what is written keeps them: exactly one
root, whose block comes first; no block twice; every number in its shortest form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from pmr.content.block import MAX_BLOCK, Block
from pmr.content.cid import CID_LENGTH, Cid
from pmr.content.varint import decode_varint, encode_varint, varint_length
from pmr.errors import BadCar, BadCid, TooLarge

CAR_LIMIT = 8 << 20
"""Bytes of the largest CAR that `pack` makes, which is what an upload takes."""
# DAG-CBOR of {"roots": [CID], "version": 1} around the 36 bytes of the CID.
_BEFORE_ROOT = b"\xa2\x65roots\x81\xd8\x2a\x58\x25\x00"
_AFTER_ROOT = b"\x67version\x01"
_HEADER_LENGTH = len(_BEFORE_ROOT) + CID_LENGTH + len(_AFTER_ROOT)


def write_car(root: Cid, blocks: Iterable[Block]) -> Iterator[bytes]:
    """Give a CAR piece by piece. `blocks` begin with the root's and hold none twice."""
    yield _header(root)
    for block in _ordered(root, blocks):
        yield _section_head(block)
        yield block.data


def read_car(stream: BinaryIO, limit: int | None = None) -> tuple[Cid, Iterator[Block]]:
    """Give a CAR's root and its blocks, each hashed as it is read.

    Raises `BadCar` for anything but the form that `write_car` gives, `BadBlock` for a block whose
    bytes do not match, `TooLarge` above `limit` bytes: the header's faults at once, the others
    while the blocks are read. What was given before a fault is good by itself.
    """
    source = _Source(stream, limit)
    root = _read_header(source)
    return root, _ordered(root, _read_blocks(source))


def pack(blocks: Iterable[Block], limit: int = CAR_LIMIT) -> Iterator[bytes]:
    """Give whole CARs of at most `limit` bytes with all the blocks, in order, repeats left out.

    Each has its first block as its root. `limit` has room for one block of `MAX_BLOCK`.
    """
    batch: list[Block] = []
    size = 0
    for block in _distinct(blocks):
        if batch and size + _section_length(block) > limit:
            yield _pack(batch)
            batch = []
        size = _section_length(block) + (size if batch else 1 + _HEADER_LENGTH)
        batch.append(block)
    if batch:
        yield _pack(batch)


def _distinct(blocks: Iterable[Block]) -> Iterator[Block]:
    seen: set[Cid] = set()
    for block in blocks:
        if block.cid not in seen:
            seen.add(block.cid)
            yield block


def _pack(batch: list[Block]) -> bytes:
    return b"".join(write_car(batch[0].cid, batch))


def _header(root: Cid) -> bytes:
    return encode_varint(_HEADER_LENGTH) + _BEFORE_ROOT + root.encode() + _AFTER_ROOT


def _section_head(block: Block) -> bytes:
    return encode_varint(CID_LENGTH + len(block.data)) + block.cid.encode()


def _section_length(block: Block) -> int:
    length = CID_LENGTH + len(block.data)
    return varint_length(length) + length


def _ordered(root: Cid, blocks: Iterable[Block]) -> Iterator[Block]:
    seen: set[Cid] = set()
    for block in blocks:
        if not seen and block.cid != root:
            raise BadCar(f"The first block is {block.cid}, not the root {root}.")
        if block.cid in seen:
            raise BadCar(f"{block.cid} comes twice.")
        seen.add(block.cid)
        yield block
    if not seen:
        raise BadCar(f"The block of the root {root} is missing.")


def _read_header(source: _Source) -> Cid:
    if source.length() != _HEADER_LENGTH:
        raise BadCar("The header is not that of a CARv1 with one root of 36 bytes.")
    header = source.take(_HEADER_LENGTH)
    start, end = len(_BEFORE_ROOT), len(_BEFORE_ROOT) + CID_LENGTH
    if header[:start] != _BEFORE_ROOT or header[end:] != _AFTER_ROOT:
        raise BadCar("The header is not that of a CARv1 with one root of 36 bytes.")
    return _cid(header[start:end])


def _read_blocks(source: _Source) -> Iterator[Block]:
    while (length := source.length()) is not None:
        if not CID_LENGTH <= length <= CID_LENGTH + MAX_BLOCK:
            raise BadCar(f"A section of {length} bytes is not a CID and a block of up to {MAX_BLOCK}.")
        cid = _cid(source.take(CID_LENGTH))
        yield Block.checked(cid, source.take(length - CID_LENGTH))


def _cid(data: bytes) -> Cid:
    try:
        return Cid.decode(data)
    except BadCid as error:
        raise BadCar(error.detail) from None


class _Source:
    """The stream, counted: short reads are made whole, and nothing is read beyond the limit."""

    def __init__(self, stream: BinaryIO, limit: int | None) -> None:
        self._stream = stream
        self._limit = limit
        self._read = 0

    def length(self) -> int | None:
        """The length that stands before a section, or None at the end of the stream."""
        data = self._some(1)
        if not data:
            return None
        # Four bytes hold every length that is allowed; a longer number is refused unread.
        while data[-1] >= 0x80 and len(data) < 4:
            data += self.take(1)
        try:
            return decode_varint(data, 0)[0]
        except ValueError as error:
            raise BadCar(f"The length of a section cannot be read: {error}.") from None

    def take(self, count: int) -> bytes:
        """Read exactly `count` bytes; raise `BadCar` when the stream ends before."""
        pieces = []
        while count:
            piece = self._some(count)
            if not piece:
                raise BadCar("The archive is cut off.")
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def _some(self, count: int) -> bytes:
        piece = self._stream.read(count)
        self._read += len(piece)
        if self._limit is not None and self._read > self._limit:
            raise TooLarge(f"The archive has more than {self._limit} bytes.")
        return piece
