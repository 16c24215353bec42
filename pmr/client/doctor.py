"""The door to the client: what one doctor does, one method for each deed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pmr.client.creating import Created, Registering, create_record, published_author
from pmr.client.extract import extract
from pmr.client.ledger import OwnRecord, Reader, Receipt, SharedRecord
from pmr.client.opening import OpenRecord
from pmr.client.publishing import Published, Publishing, VaultApi, publish_key
from pmr.client.reading import ReadApi, Reading
from pmr.client.sealing import About, sealed_total
from pmr.client.sharing import Granting, Shared, Terms, share_record
from pmr.client.source import Source
from pmr.client.upload import Upload
from pmr.crypto.keyring import Keyring
from pmr.errors import NoKey
from pmr.types import Address, Progress, RecordId, no_progress

Clock = Callable[[], float]


class DoctorsLedger(Registering, Publishing, Granting, Protocol):
    """What a doctor asks of the chain; `Ledger` is it."""

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        """End a reader's access."""

    def readers(self, record: RecordId) -> list[Reader]:
        """Give everybody who was ever granted access."""

    def records(self) -> list[OwnRecord]:
        """Give the account's records."""

    def shared(self) -> list[SharedRecord]:
        """Give what the account may read."""


class DoctorsApi(ReadApi, VaultApi, Protocol):
    """What a doctor asks of the server; `Api` is it."""

    def vault(self) -> bytes:
        """Give the account's vault."""


@dataclass(frozen=True)
class Doctor:
    """A doctor at work: a wallet's chain, a session with a server, and the keys of the vault."""

    ledger: DoctorsLedger
    api: DoctorsApi
    keyring: Keyring | None = field(default=None, repr=False)
    """None for what needs no key: lists, and taking access back."""
    clock: Clock = time.time
    """Unix seconds: grants end by this clock too, since an idle chain's stands still."""
    progress: Progress = no_progress

    @property
    def account(self) -> Address:
        """The doctor's account."""
        return self.ledger.account

    def publish_key(self, vault: bytes) -> Published:
        """Publish the newest key, and leave the vault with the server; raise `NoKey`, `ContractError`."""
        return publish_key(self.ledger, self.api, self._keys(), vault)

    def create_record(self, sources: Sequence[Source], about: About) -> Created:
        """Seal, upload and register files; raise `KeyNotPublished`, `BadFormat`, `SourceChanged`."""
        author = published_author(self.ledger, self._keys())
        upload = Upload(self.api, self.progress, "seal and upload", sealed_total(sources))
        return create_record(self.ledger, upload, author, sources, about)

    def share(self, record: RecordId, terms: Terms) -> Shared:
        """Let a colleague read; raise `KeyNotPublished`, and a `ContractError` as the registry does."""
        return share_record(self.ledger, self.reading(), record, terms)

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        """Take a reader's access back; what was copied cannot be called back. Raises `NotGranted`."""
        return self.ledger.revoke(record, reader)

    def open(self, record: RecordId) -> OpenRecord:
        """Read and check a record and open its manifest; raise `NoAccess`, `CannotDecrypt`, `BadFormat`."""
        reading = self.reading()
        get = reading.blocks(record)
        opened = reading.open(record, get)
        get.report(self.progress, "download and open", opened.sealed_bytes)
        return opened

    def open_into(self, record: RecordId, folder: Path) -> tuple[OpenRecord, list[Path]]:
        """Open a record and write its files into a new or empty folder: all of them, or none."""
        opened = self.open(record)
        files = ((entry.name, opened.file(number)) for number, entry in enumerate(opened.manifest.files))
        return opened, extract(folder, files)

    def readers(self, record: RecordId) -> list[Reader]:
        """Give everybody who was ever granted access, and what holds now; from the chain alone."""
        return self.ledger.readers(record)

    def records(self) -> list[OwnRecord]:
        """Give this account's records, oldest first."""
        return self.ledger.records()

    def shared(self) -> list[SharedRecord]:
        """Give the records that are shared with this account, newest first; ended grants too."""
        return self.ledger.shared()

    def reading(self) -> Reading:
        """Give the steps of opening one by one; raise `NoKey`."""
        return Reading(self.ledger, self.api, self._keys(), self.clock)

    def _keys(self) -> Keyring:
        if self.keyring is None:
            raise NoKey("This needs the vault to be unlocked.")
        return self.keyring
