"""Sharing: the content key in an envelope to the reader, the grant on chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pmr.chain.transaction import Receipt
from pmr.client.bundles import newest_bundle
from pmr.client.reading import Readable, Reading
from pmr.client.upload import upload_leaf
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.crypto.envelope import seal_envelope
from pmr.errors import ExpiryInPast, NotOwner, SelfGrant
from pmr.types import Address, Digest, Purpose, RecordId


class Granting(Readable, Protocol):
    """What sharing asks of the chain."""

    def grant(
        self, record: RecordId, reader: Address, expires_at: int, purpose: int, envelope: Digest
    ) -> Receipt:
        """Say on chain that a reader may read; raise a `ContractError`."""


@dataclass(frozen=True)
class Terms:
    """Who may read, what for and how long."""

    reader: Address
    purpose: Purpose
    expires_at: int = 0
    """Unix seconds; 0 for no end."""


@dataclass(frozen=True)
class Shared:
    """A grant that is on chain, and where its envelope is."""

    envelope: Cid
    receipt: Receipt


def share_record(ledger: Granting, reading: Reading, record: RecordId, terms: Terms) -> Shared:
    """Seal a record's key to the reader's published key and grant access.

    Raises `NotOwner`, `SelfGrant`, `ExpiryInPast` before anything is sent, `KeyNotPublished`, and a
    `ContractError` as the registry does.
    """
    reader = terms.reader
    _check(ledger.account, record, terms, reading.clock())
    bundle = newest_bundle(ledger, reading.api.bundle, reader)
    get = reading.blocks(record)
    sealed = reading.sealed(record, get)
    content_key = reading.content_key(record, sealed, get)
    context = reading.grant_context(record, sealed, reader)
    envelope = Block.of(RAW, seal_envelope(content_key, context, bundle.xwing))
    upload_leaf(reading.api, envelope)
    receipt = ledger.grant(record, reader, terms.expires_at, terms.purpose, envelope.cid.digest)
    return Shared(envelope.cid, receipt)


def _check(account: Address, record: RecordId, terms: Terms, now: float) -> None:
    if record.owner != account:
        raise NotOwner(f"{record} belongs to {record.owner}, and the wallet is of {account}.")
    if terms.reader == account:
        raise SelfGrant("Name another account.")
    if terms.expires_at and terms.expires_at <= now:
        raise ExpiryInPast("Name a later end.")
