"""The door to the client: what one doctor does, one method for each deed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pmr.client.adopting import Adopted, adopt_record
from pmr.client.api import RecordState
from pmr.client.creating import Created, Registering, create_record, published_author
from pmr.client.exporting import Exported, export_record
from pmr.client.extract import extract
from pmr.client.importing import Imported, import_record, open_car, opened_car
from pmr.client.journal import Deed, Journal
from pmr.client.ledger import Outdated, OwnRecord, Reader, Receipt, SharedRecord
from pmr.client.notebook import Notebook
from pmr.client.opening import OpenRecord
from pmr.client.publishing import Left, Published, Publishing, VaultApi, never_left, publish_key
from pmr.client.reading import ReadApi, Reading
from pmr.client.regranting import Regranted, Regranting, outdated_grants, regrant
from pmr.client.rekeying import same_about, same_files
from pmr.client.revising import Revised, Revising, Revision
from pmr.client.sealing import About, Author, Changes, Sealed, seal_record, sealed_total
from pmr.client.settling import settled
from pmr.client.sharing import Shared, Terms, share_record
from pmr.client.source import Source
from pmr.client.upload import Upload
from pmr.crypto.keyring import Keyring
from pmr.errors import NoKey
from pmr.types import Address, Progress, RecordId, no_progress

Clock = Callable[[], float]


class DoctorsLedger(Registering, Publishing, Revising, Regranting, Protocol):
    """What a doctor asks of the chain; `Ledger` is it."""

    def readers(self, record: RecordId) -> list[Reader]:
        """Give everybody who was ever granted access."""

    def records(self) -> list[OwnRecord]:
        """Give the account's records."""

    def shared(self) -> list[SharedRecord]:
        """Give what the account may read."""


class DoctorsApi(ReadApi, VaultApi, Protocol):
    """What a doctor asks of the server; `Api` is it."""


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
    journal: Journal = field(default_factory=Journal)
    """What makes every deed repeatable; the default keeps nothing."""

    @property
    def account(self) -> Address:
        """The doctor's account."""
        return self.ledger.account

    def publish_key(self, vault: bytes, left: Left = never_left) -> Published:
        """Publish what is not yet on chain, and leave the vault with the server, as `publish_key` says."""
        return publish_key(self.ledger, self.api, self._keys(), vault, left)

    def create_record(self, sources: Sequence[Source], about: About) -> Created:
        """Seal, upload and register files; raise `KeyNotPublished`, `BadFormat`, `SourceChanged`.

        Repeated after it was interrupted, it ends in the same one record.
        """
        author = published_author(self.ledger, self._keys())
        upload = self._upload(sources)
        with self._deed("create", {"about": asdict(about), "files": _places(sources)}) as deed:
            return create_record(deed, self.ledger, upload, author, sources=sources, about=about)

    def revise(self, record: RecordId, sources: Sequence[Source], changes: Changes) -> Revised:
        """Give a record other files, under a new content key, for the readers who remain.

        Raises as `Revision.run`.
        """
        arguments = {"record": str(record), "changes": asdict(changes), "files": _places(sources)}
        with self._deed("revise", arguments) as deed:
            revision, author = self._revision(record, deed)
            if done := revision.done_before():
                return done
            about = changes.applied(same_about(self.open(record)))
            return revision.run(lambda notebook: self._seal(sources, about, author, notebook), len(sources))

    def rekey(self, record: RecordId, without: Address) -> Revised:
        """Take a reader's access back and seal the same files under a new content key for the others.

        Raises as `Revision.run`.
        """
        with self._deed("rekey", {"record": str(record), "reader": without}) as deed:
            revision, author = self._revision(record, deed, without)
            if done := revision.done_before():
                return done
            opened = self.open(record)
            sources, about = same_files(opened), same_about(opened)
            return revision.run(lambda _: self._seal(sources, about, author), len(sources))

    def share(self, record: RecordId, terms: Terms) -> Shared:
        """Let a colleague read; raise `KeyNotPublished`, and a `ContractError` as the registry does."""
        arguments = {"record": str(record), "reader": terms.reader}
        with self._deed("share", arguments, secret=False) as deed, self.journal.alone("access"):
            deed.note(terms=asdict(terms))
            return share_record(self.ledger, self.reading(), record, terms, deed)

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        """Take a reader's access back; what was copied cannot be called back. Raises `NotGranted`."""
        arguments = {"record": str(record), "reader": reader}
        with self._deed("revoke", arguments, secret=False) as deed, self.journal.alone("access"):
            receipt = settled(self.ledger, deed)
            if receipt is None or self.ledger.grant_of(record, reader).live:
                receipt = self.ledger.journalled(deed.sign).revoke(record, reader)
            deed.finish()
            return receipt

    def adopt(self, record: RecordId) -> Adopted:
        """Register a record that is shared with this account as one of its own; as `adopt_record`."""
        owner = published_author(self.ledger, self._keys())
        with self._deed("adopt", {"record": str(record)}, secret=False) as deed:
            return adopt_record(deed, self.ledger, self.reading(), owner, record)

    def export(self, record: RecordId, path: Path) -> Exported:
        """Write a record as a CAR that opens with the recovery kit alone; as `export_record`."""
        return export_record(self.reading(), record, self._keys().newest.public_key, path, self.progress)

    def import_car(self, path: Path) -> Imported:
        """Check a CAR and register what is in it as a record of this account; as `import_record`."""
        with opened_car(path) as car:
            opened = open_car(car, self.account, self._keys(), self.progress)
            upload = Upload(self.api, self.progress, "upload", opened.sealed_bytes)
            with self._deed("import", {"file": str(path.absolute()), "root": str(car.root)}) as deed:
                return import_record(deed, self.ledger, self.api, car, opened, upload=upload)

    def outdated(self) -> list[Outdated]:
        """Give the grants of own records whose reader has published a new key since."""
        return outdated_grants(self.ledger, self.clock())

    def regrant(self, grants: Iterable[Outdated]) -> list[Regranted]:
        """Share records anew with readers who have a new key; give what came of each."""
        with self.journal.alone("access"):
            return list(regrant(self.ledger, self.reading(), grants))

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

    def state(self, record: RecordId) -> RecordState:
        """Give what the server has of a record; raise `NotFound` for absent and denied alike."""
        return self.api.record_state(record)

    def records(self) -> list[OwnRecord]:
        """Give this account's records, oldest first."""
        return self.ledger.records()

    def shared(self) -> list[SharedRecord]:
        """Give the records that are shared with this account, newest first; ended grants too."""
        return self.ledger.shared()

    def reading(self) -> Reading:
        """Give the steps of opening one by one; raise `NoKey`."""
        return Reading(self.ledger, self.api, self._keys(), self.clock)

    def _revision(
        self, record: RecordId, deed: Deed, without: Address | None = None
    ) -> tuple[Revision, Author]:
        author = published_author(self.ledger, self._keys())
        reading = self.reading()
        return Revision(self.ledger, reading, self.journal, deed, record, author.bundle, without), author

    def _seal(
        self, sources: Sequence[Source], about: About, author: Author, notebook: Notebook | None = None
    ) -> Sealed:
        upload = self._upload(sources)
        sealed = seal_record(sources, about, author, upload.put, notebook)
        upload.finish(sealed.root)
        return sealed

    def _upload(self, sources: Sequence[Source]) -> Upload:
        return Upload(self.api, self.progress, "seal and upload", sealed_total(sources))

    def _deed(
        self, kind: str, arguments: dict[str, Any], *, secret: bool = True
    ) -> AbstractContextManager[Deed]:
        where = {"account": self.account, "chain": self.ledger.chain_id, "registry": self.ledger.registry}
        return self.journal.begin(kind, where | arguments, secret=secret)

    def _keys(self) -> Keyring:
        if self.keyring is None:
            raise NoKey("This needs the vault to be unlocked.")
        return self.keyring


def _places(sources: Sequence[Source]) -> list[list[str]]:
    return [[source.name, source.place] for source in sources]
