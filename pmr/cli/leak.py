"""What would happen if a reader, a server or a node gave a record's ciphertext away."""

from __future__ import annotations

from dataclasses import dataclass, field

from pmr.client.doctor import Doctor
from pmr.client.opening import OpenRecord, SealedRecord
from pmr.content.cid import Cid
from pmr.content.unixfs import reachable
from pmr.crypto.content_key import ContentKey
from pmr.crypto.envelope import GrantContext, open_with_any
from pmr.errors import CannotDecrypt
from pmr.types import RecordId


@dataclass(frozen=True)
class Leak:
    """All blocks of a record, and the envelope to one of its readers."""

    record: RecordId
    sealed: SealedRecord
    envelope: bytes = field(repr=False)
    blocks: dict[Cid, bytes] = field(repr=False)
    context: GrantContext
    """What the envelope is bound to; all of it is public."""


def leak(reader: Doctor, record: RecordId) -> Leak:
    """Give everything that a reader gets of a record, but not the reader's key."""
    reading = reader.reading()
    get = reading.blocks(record)
    sealed = reading.sealed(record, get)
    blocks = {cid: get(cid) for cid in reachable(sealed.root, get)}
    envelope = get(Cid.leaf(reader.ledger.envelopes(record, reader.account)[0]))
    context = reading.grant_context(record, sealed.header, reader.account)
    return Leak(record, sealed, envelope, blocks, context)


def decrypt(found: Leak, doctor: Doctor) -> OpenRecord:
    """Try a leak with a doctor's keys, as the reader that it was for and as oneself.

    Raises `CannotDecrypt` for everybody whom the envelope is not for.
    """
    return OpenRecord(found.sealed, _content_key(found, doctor), found.blocks.__getitem__)


def _content_key(found: Leak, doctor: Doctor) -> ContentKey:
    reading = doctor.reading()
    for context in (found.context, reading.grant_context(found.record, found.sealed.header, doctor.account)):
        try:
            return open_with_any(found.envelope, context, reading.keyring)
        except CannotDecrypt:
            continue
    raise CannotDecrypt("The envelope is for another reader.")
