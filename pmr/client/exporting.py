"""A record as one file that opens without server or chain: docs/format.md, section 9."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pmr.client.blocks import BlockReader
from pmr.client.copying import copy_for
from pmr.client.opening import Get, OpenRecord
from pmr.client.reading import Reading
from pmr.content.block import Block
from pmr.content.car import write_car
from pmr.content.cid import Cid
from pmr.content.files import write_whole
from pmr.content.unixfs import walk
from pmr.errors import BadInput
from pmr.types import Progress, RecordId


@dataclass(frozen=True)
class Exported:
    """A record in a file."""

    opened: OpenRecord
    root: Cid
    """The file's root: for a reader another one than the record's, with an `owner` entry of the own."""
    size: int
    """Bytes of the file."""


def export_record(
    reading: Reading, record: RecordId, public_key: bytes, path: Path, progress: Progress
) -> Exported:
    """Write a record as a CAR, whole or not at all; `public_key` is the one to export for.

    Raises `BadInput` when the file exists, and as `Reading.open`.
    """
    if path.exists():
        raise BadInput(f"{path} exists; it was not touched. Name another file.")
    get = reading.blocks(record)
    opened = reading.open(record, get)
    get.report(progress, "download", opened.sealed_bytes)
    root, blocks = _own(reading, record, opened, get, public_key)
    cid = Cid.leaf(opened.sealed.header.author_key)
    bundle = Block.checked(cid, reading.api.bundle(cid))
    size = write_whole(path, write_car(root, _blocks(root, blocks, bundle)))
    return Exported(opened, root, size)


def _own(
    reading: Reading, record: RecordId, opened: OpenRecord, get: BlockReader, public_key: bytes
) -> tuple[Cid, Get]:
    """Give the root to export and its blocks: the record's own for its owner, a copy for a reader."""
    account = reading.ledger.account
    if record.owner == account:
        return opened.sealed.root, get
    copy = copy_for(opened.sealed, opened.content_key, account, public_key)
    return copy.root, copy.over(get)


def _blocks(root: Cid, get: Get, bundle: Block) -> Iterator[Block]:
    for cid, _ in walk(root, get):
        yield Block.checked(cid, get(cid))
    yield bundle
