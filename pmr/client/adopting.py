"""Adopting: a reader registers the same sealed files as a record of the own, and shares it as one."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass

from pmr.chain.transaction import Receipt
from pmr.client.copying import OwnCopy, copy_for, copy_with
from pmr.client.creating import Registering, register, registered
from pmr.client.journal import Deed
from pmr.client.opening import OpenRecord
from pmr.client.reading import Reading
from pmr.client.sealing import Author
from pmr.client.upload import Upload
from pmr.content.cid import Cid
from pmr.errors import BadInput
from pmr.types import Address, RecordId


@dataclass(frozen=True)
class Adopted:
    """A record that is this account's now."""

    id: RecordId
    root: Cid
    author: Address
    """Who sealed it, and whose signature it bears."""
    receipt: Receipt | None


def adopt_record(
    deed: Deed, ledger: Registering, reading: Reading, owner: Author, record: RecordId
) -> Adopted:
    """Register a record that is shared with this account as one of its own.

    Nothing is sealed or uploaded again but the directory and an envelope. Raises as `Reading.open`,
    and `BadInput` for a record that is this account's already.
    """
    if record.owner == ledger.account:
        raise BadInput(f"{record} is yours already.")
    done = registered(ledger, deed)
    if done is None:
        get = reading.blocks(record)
        copy = _copy(deed, reading.open(record, get), owner)
        _keep(copy, Upload(reading.api))
        done = register(ledger, copy.root, deed)
    deed.finish(record=str(done.id))
    author = reading.sealed(done.id, reading.blocks(done.id)).header.author
    return Adopted(done.id, Cid.root(done.root), author, done.receipt)


def _copy(deed: Deed, opened: OpenRecord, owner: Author) -> OwnCopy:
    """Make the copy; a repeat of the deed gives the same one while the record has the same version."""
    sealed, public_key = opened.sealed, owner.key.public_key
    made_for = [str(sealed.root), owner.bundle.hex()]
    for noted in deed.all("copy"):
        if noted["for"] == made_for:
            return copy_with(sealed, b64decode(noted["envelope"]))
    copy = copy_for(sealed, opened.content_key, owner.account, public_key)
    deed.note(copy={"for": made_for, "envelope": b64encode(copy.envelope.data).decode()})
    return copy


def _keep(copy: OwnCopy, upload: Upload) -> None:
    upload.put(copy.envelope)
    upload.put(copy.directory)
    upload.finish(copy.root)
