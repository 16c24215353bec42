"""Making a record: seal, upload, register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pmr.chain.transaction import Receipt
from pmr.client.bundles import Directory
from pmr.client.publishing import published_key
from pmr.client.sealing import About, Author, Sealed, seal_record
from pmr.client.source import Source
from pmr.client.upload import Upload
from pmr.crypto.keyring import Keyring
from pmr.errors import WrongPosition
from pmr.types import Address, Digest, RecordId

_ATTEMPTS = 5


class Registering(Directory, Protocol):
    """What making a record asks of the chain."""

    @property
    def account(self) -> Address:
        """The owner."""

    def count(self, owner: Address) -> int:
        """Give how many records an account has."""

    def create(self, position: int, root: Digest) -> Receipt:
        """Register a root at the next position; raise `WrongPosition` for another."""


@dataclass(frozen=True)
class Created:
    """A record that is registered."""

    id: RecordId
    sealed: Sealed
    receipt: Receipt


def create_record(
    ledger: Registering, upload: Upload, author: Author, sources: Sequence[Source], about: About
) -> Created:
    """Seal files as a new record, have it kept and register it; `author` is `published_author`'s."""
    sealed = seal_record(sources, about, author, upload.put)
    upload.finish(sealed.root)
    return register(ledger, sealed)


def published_author(ledger: Registering, keyring: Keyring) -> Author:
    """Give the account as an author, with the key that the chain names: readers check it there.

    Raises `KeyNotPublished`, `KeyLost`.
    """
    key, bundle = published_key(ledger, ledger.account, keyring)
    return Author(ledger.account, key, bundle)


def register(ledger: Registering, sealed: Sealed) -> Created:
    """Register a root at the next position; when another record took it, at the one after."""
    for attempt in range(_ATTEMPTS):
        record = RecordId(ledger.account, ledger.count(ledger.account))
        try:
            return Created(record, sealed, ledger.create(record.position, sealed.root.digest))
        except WrongPosition:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")
