"""Sharing: the content key in an envelope to the reader, the grant on chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from pmr.chain.events import AccessGranted
from pmr.chain.transaction import Receipt
from pmr.client.bundles import newest_bundle
from pmr.client.journal import Deed
from pmr.client.reading import Readable, Reading
from pmr.client.settling import Settling, settled
from pmr.client.upload import upload_leaf
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.crypto.envelope import seal_envelope
from pmr.errors import ExpiryInPast, NotOwner, SelfGrant
from pmr.types import Address, Digest, Grant, RecordId


class Granting(Readable, Settling, Protocol):
    """What sharing asks of the chain."""

    def grant(
        self, record: RecordId, reader: Address, expires_at: int, purpose: int, envelope: Digest
    ) -> Receipt:
        """Say on chain that a reader may read; raise a `ContractError`."""


@dataclass(frozen=True)
class Terms:
    """Who may read, what for and how long."""

    reader: Address
    purpose: int
    """1 to 127; the known ones are in `Purpose`."""
    expires_at: int = 0
    """Unix seconds; 0 for no end."""


@dataclass(frozen=True)
class Shared:
    """A grant that is on chain, and where its envelope is."""

    envelope: Cid
    receipt: Receipt
    can_be_opened: bool = True
    """Whether the server has what the reader needs."""


def share_record(
    ledger: Granting, reading: Reading, record: RecordId, terms: Terms, deed: Deed | None = None
) -> Shared:
    """Seal a record's key to the reader's published key and grant access.

    Raises `NotOwner`, `SelfGrant`, `ExpiryInPast`, `KeyNotPublished` before anything is sent, and
    `BundleNotHere`, `ContentNotHere` where the reader could not open it; a `ContractError` as the registry.
    """
    deed = deed or Deed()
    _check(ledger.account, record, terms, reading.clock())
    done = _shared_before(ledger, record, terms, deed)
    while done is None:
        root = ledger.root(record)
        envelope = _envelope(ledger, reading, record, terms.reader)
        done = _grant(ledger, record, terms, envelope, deed)
        if ledger.root(record) != root:  # revised meanwhile: the envelope is of the version before
            done = None
    deed.finish(envelope=str(done.envelope))
    state = reading.api.record_state(record)
    return replace(done, can_be_opened=state.served and terms.reader not in state.without_envelope)


def _envelope(ledger: Granting, reading: Reading, record: RecordId, reader: Address) -> Cid:
    """Make the reader's envelope to the current version and have it kept."""
    bundle = newest_bundle(ledger, reading.api.bundle, reader)
    get = reading.blocks(record)
    sealed = reading.sealed(record, get)
    content_key = reading.content_key(record, sealed, get)
    context = reading.grant_context(record, sealed.header, reader)
    envelope = Block.of(RAW, seal_envelope(content_key, context, bundle.xwing))
    upload_leaf(reading.api, envelope)
    return envelope.cid


def _grant(ledger: Granting, record: RecordId, terms: Terms, envelope: Cid, deed: Deed) -> Shared:
    ledger = ledger.journalled(deed.sign)
    receipt = ledger.grant(record, terms.reader, terms.expires_at, terms.purpose, envelope.digest)
    return Shared(envelope, receipt)


def _shared_before(ledger: Granting, record: RecordId, terms: Terms, deed: Deed) -> Shared | None:
    """Give the grant that this deed has made already, if it still is what holds."""
    receipt = settled(ledger, deed)
    if receipt is None or ledger.grant_of(record, terms.reader) != Grant(
        terms.expires_at, terms.purpose, True
    ):
        return None
    newest = ledger.envelopes(record, terms.reader)[0]
    granted = [event.envelope for event in receipt.logs if isinstance(event, AccessGranted)]
    return Shared(Cid.leaf(newest), receipt) if newest in granted else None


def _check(account: Address, record: RecordId, terms: Terms, now: float) -> None:
    if record.owner != account:
        raise NotOwner(f"{record} belongs to {record.owner}, and the wallet is of {account}.")
    if terms.reader == account:
        raise SelfGrant("Name another account.")
    if terms.expires_at and terms.expires_at <= now:
        raise ExpiryInPast("Name a later end.")
