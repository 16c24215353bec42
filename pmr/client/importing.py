"""A record out of a CAR: believed only when every byte is as docs/format.md, section 9, says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from pmr.chain.transaction import Receipt
from pmr.client.bundles import named_bundle
from pmr.client.creating import Registered, Registering, register, registered
from pmr.client.journal import Deed
from pmr.client.ledger import OwnRecord
from pmr.client.opening import OpenRecord, SealedRecord, read_sealed
from pmr.client.reading import ReadApi
from pmr.client.upload import Upload
from pmr.content.block import Block
from pmr.content.car import read_car
from pmr.content.cid import Cid
from pmr.content.unixfs import walk
from pmr.crypto.content_key import ContentKey
from pmr.crypto.envelope import OwnerContext, open_with_any
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import read_bundle
from pmr.errors import BadCar, BadInput, CannotDecrypt, KeyNotPublished, NotFound
from pmr.types import Address, Progress, RecordId, no_progress


class Importing(Registering, Protocol):
    """What importing asks of the chain."""

    def records(self) -> list[OwnRecord]:
        """Give the account's records."""


@dataclass(frozen=True)
class Imported:
    """A record that was in a file and is on chain."""

    id: RecordId
    opened: OpenRecord
    receipt: Receipt | None
    """None when it was this account's record already."""


class CarFile:
    """A CAR on disk: each block is found again by its CID and hashed each time."""

    def __init__(self, file: BinaryIO) -> None:
        """Read it once; raise `BadCar` or `BadBlock`."""
        self._file = file
        self._places: dict[Cid, tuple[int, int]] = {}
        self.root, blocks = read_car(file)
        for block in blocks:
            self._places[block.cid] = (file.tell() - len(block.data), len(block.data))

    def __call__(self, cid: Cid) -> bytes:
        """Give a block; raise `BadCar` when it is not there."""
        if cid not in self._places:
            raise BadCar(f"The block {cid} is missing.")
        offset, length = self._places[cid]
        self._file.seek(offset)
        return Block.checked(cid, self._file.read(length)).data

    @property
    def cids(self) -> list[Cid]:
        """The blocks in the order of the file."""
        return list(self._places)

    def blocks(self) -> Iterator[Block]:
        """Give the blocks of the record: all but the last, which is the author's bundle."""
        return (Block.checked(cid, self(cid)) for cid in self.cids[:-1])


@contextmanager
def opened_car(path: Path) -> Iterator[CarFile]:
    """Give a CAR for as long as it is open; raise `BadInput` when there is no such file."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        yield CarFile(file)


def open_car(
    car: CarFile, account: Address, keyring: Keyring, progress: Progress = no_progress
) -> OpenRecord:
    """Check and open the record in a CAR: its order, its author's signature, and every byte of its files.

    Only the chain knows whether the bundle in the file is the author's. Raises `BadCar`, `BadFormat`,
    `BadSignature`, `BadKeyBundle`, and `CannotDecrypt` when it was exported for somebody else.
    """
    sealed = read_sealed(car.root, car)
    header = sealed.header
    bundle = Cid.leaf(header.author_key)
    if car.cids != [*(cid for cid, _ in walk(car.root, car)), bundle]:
        raise BadCar("Its blocks are not those of one record in their order, and the author's key last.")
    sealed.verify(read_bundle(car(bundle), header.author, header.author_key), car)
    opened = OpenRecord(sealed, _content_key(car, sealed, account, keyring), car)
    _read_all(opened, progress)
    return opened


def _content_key(car: CarFile, sealed: SealedRecord, account: Address, keyring: Keyring) -> ContentKey:
    header = sealed.header
    context = OwnerContext(header.content_id, account, header.key_commit)
    try:
        return open_with_any(sealed.owner_envelope(car), context, keyring)
    except CannotDecrypt:
        raise CannotDecrypt(
            f"This file was not exported for {account}: its `owner` entry opens with none of your keys. "
            "Ask for the record to be shared with you, then use `pmr record export` or `pmr record adopt`."
        ) from None


def _read_all(opened: OpenRecord, progress: Progress) -> None:
    done = 0
    for number in range(len(opened.manifest.files)):
        for piece in opened.file(number):
            done += len(piece)
            progress("check", done, max(done, opened.sealed_bytes))


def import_record(  # noqa: PLR0913 - what is imported, by whom, and where it goes
    deed: Deed, ledger: Importing, api: ReadApi, car: CarFile, opened: OpenRecord, *, upload: Upload
) -> Imported:
    """Upload and register what `open_car` gave, unless it is a record of this account already.

    Raises `BadKeyBundle` when the chain does not know the author's key, `KeyNotPublished` when the server
    does not have it: the record could never be opened there.
    """
    _check_author(ledger, api, car, opened)
    done = registered(ledger, deed) or _own_already(ledger, car.root)
    if done is None:
        for block in car.blocks():
            upload.put(block)
        upload.finish(car.root)
        done = register(ledger, car.root, deed)
    deed.finish(record=str(done.id))
    return Imported(done.id, opened, done.receipt)


def _check_author(ledger: Importing, api: ReadApi, car: CarFile, opened: OpenRecord) -> None:
    header = opened.sealed.header
    named_bundle(ledger, car, header.author, header.author_key)
    try:
        api.bundle(Cid.leaf(header.author_key))
    except NotFound:
        raise KeyNotPublished(
            f"The server does not have the key of the author {header.author}, without which nobody could "
            "open the record there. Ask the author to run `pmr key publish` with that server."
        ) from None


def _own_already(ledger: Importing, root: Cid) -> Registered | None:
    found = (Registered(one.id, one.root, None) for one in ledger.records() if one.root == root.digest)
    return next(found, None)
