"""A new version of a record: sealed under a new content key, for exactly the readers who remain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pmr.chain.events import AccessGranted, AccessRevoked, RecordRevised
from pmr.chain.transaction import Receipt
from pmr.client.bundles import newest_bundle
from pmr.client.journal import Deed, Journal
from pmr.client.ledger import Reader, Regrant, Standing
from pmr.client.notebook import Notebook
from pmr.client.reading import Reading
from pmr.client.sealing import Sealed
from pmr.client.settling import settled
from pmr.client.sharing import Granting, Terms, share_record
from pmr.client.upload import Upload
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.crypto.envelope import seal_envelope
from pmr.crypto.keys import KeyBundle
from pmr.errors import BadInput, ExpiryInPast, KeyNotPublished, NotFound, NotGranted, NotOwner, StaleRoot
from pmr.types import Address, Digest, RecordId

MOST_READERS = 1000
"""As many re-grants fit the 16,777,216 gas of one transaction with some to spare: see the test."""

Seal = Callable[[Notebook], Sealed]
"""Seals the new version with what is noted, has it kept, and gives it."""


class Revising(Granting, Protocol):
    """What a new version asks of the chain."""

    def standing(self, record: RecordId) -> Standing:
        """Give a record's root and readers as of the newest block; raise `RecordNotFound`."""

    def changes(self, record: RecordId, since: int, ours: Receipt) -> list[AccessGranted | AccessRevoked]:
        """Give what changed a record's readers after a block and before a transaction of ours."""

    def change(
        self,
        record: RecordId,
        old_root: Digest,
        new_root: Digest,
        regrants: Sequence[Regrant],
        without: Address | None = None,
    ) -> Receipt:
        """Give a record a new root and its readers new envelopes, in one transaction."""

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        """End a reader's access."""


@dataclass(frozen=True)
class Revised:
    """A record that has a new version."""

    id: RecordId
    root: Cid
    readers: tuple[Address, ...]
    """Who can open it beside the owner."""
    receipt: Receipt | None
    """None when it was revised before and the node has forgotten the transaction."""


@dataclass(frozen=True)
class Revision:
    """One new version on its way."""

    ledger: Revising
    reading: Reading
    journal: Journal
    deed: Deed
    record: RecordId
    author_key: Digest
    """Digest of the owner's published bundle."""
    without: Address | None = None
    """Who loses access."""

    def done_before(self) -> Revised | None:
        """Give what this deed has done already, if it has."""
        receipt = settled(self.ledger, self.deed)
        if receipt is not None:
            return self._after(receipt, self.deed.all("block")[-1])
        root = self.ledger.root(self.record)
        return self._revised(root, (), None) if root.hex() in self.deed.all("root") else None

    def run(self, seal: Seal, files: int) -> Revised:
        """Seal a new version of so many files and register it for the readers who remain.

        Nothing is sealed or sent before everybody's key was found. Raises `NotOwner`, `NotGranted` for
        a reader to leave out who has no access, `KeyNotPublished` naming the reader, `StaleRoot` when
        somebody else revised the record meanwhile.
        """
        before = self._standing()
        self._bundles(self._remaining(before))
        notebook = Notebook(self.deed, self.author_key, files)
        while True:
            if not notebook.serves(self._accounts(before)):
                notebook.renew()
            sealed = seal(notebook)
            with self.journal.alone("access"):
                now = self._standing()
                if now.root != before.root:
                    raise StaleRoot("Look at the new version, then decide.")
                if notebook.serves(self._accounts(now)):
                    return self._register(now, sealed, notebook)
            before = now

    def _standing(self) -> Standing:
        if self.record.owner != self.ledger.account:
            raise NotOwner(f"{self.record} belongs to {self.record.owner}.")
        standing = self.ledger.standing(self.record)
        if self.without and self.without not in {one.account for one in standing.readers}:
            raise NotGranted(f"{self.without} has no access to {self.record}.")
        return standing

    def _remaining(self, standing: Standing, ended: int = 0) -> list[Reader]:
        """Leave out who is to lose access, and grants that have ended by the chain's clock or this one's."""
        now = max(standing.timestamp, int(self.reading.clock()), ended)
        readers = [one for one in standing.readers if one.grant.allows(now) and one.account != self.without]
        if len(readers) > MOST_READERS:
            raise BadInput(
                f"{self.record} has {len(readers)} readers; one transaction can keep {MOST_READERS}. "
                "Revoke some first and share with them again afterwards."
            )
        return readers

    def _accounts(self, standing: Standing) -> set[Address]:
        return {one.account for one in self._remaining(standing)}

    def _bundles(self, readers: Iterable[Reader]) -> Mapping[Address, KeyBundle]:
        return {one.account: self._bundle(one.account) for one in readers}

    def _bundle(self, account: Address) -> KeyBundle:
        try:
            return newest_bundle(self.ledger, self.reading.api.bundle, account)
        except (NotFound, KeyNotPublished):
            raise KeyNotPublished(
                f"The key of the reader {account} cannot be found. Ask them to run `pmr key publish`, "
                f"or take their access back: `pmr record revoke {self.record} {account}`."
            ) from None

    def _register(self, standing: Standing, sealed: Sealed, notebook: Notebook) -> Revised:
        ended = 0
        while True:
            regrants = self._regrants(self._remaining(standing, ended), sealed, notebook)
            self.deed.note(root=sealed.root.digest.hex(), block=standing.block)
            ledger = self.ledger.journalled(self.deed.sign)
            try:
                receipt = ledger.change(
                    self.record, standing.root, sealed.root.digest, regrants, self.without
                )
            except ExpiryInPast as error:  # a grant ended between the look and the transaction
                if "expiresAt" not in error.values:
                    raise
                ended = max(ended, error.values["expiresAt"])
                continue
            return self._after(receipt, standing.block)

    def _regrants(self, readers: Sequence[Reader], sealed: Sealed, notebook: Notebook) -> list[Regrant]:
        """Make and keep the envelopes of everybody who remains."""
        bundles = self._bundles(readers)
        notebook.share(bundles)
        envelopes = {account: self._envelope(sealed, bundle) for account, bundle in bundles.items()}
        upload = Upload(self.reading.api)
        for envelope in envelopes.values():
            upload.put(envelope)
        for envelope in envelopes.values():
            upload.finish(envelope.cid)
        return [Regrant(one.account, one.grant, envelopes[one.account].cid.digest) for one in readers]

    def _envelope(self, sealed: Sealed, bundle: KeyBundle) -> Block:
        context = self.reading.grant_context(self.record, sealed.header, bundle.account)
        return Block.of(RAW, seal_envelope(sealed.content_key, context, bundle.xwing))

    def _after(self, receipt: Receipt, since: int) -> Revised:
        """Give others' changes, which came between the look and the transaction, the last word."""
        granted = [event.reader for event in receipt.logs if isinstance(event, AccessGranted)]
        roots = [event.root for event in receipt.logs if isinstance(event, RecordRevised)]
        changes = self.ledger.changes(self.record, since, receipt)
        for change in {change.reader: change for change in changes}.values():
            self._repeat(change, granted)
        return self._revised(roots[-1], tuple(granted), receipt)

    def _repeat(self, change: AccessGranted | AccessRevoked, granted: list[Address]) -> None:
        if isinstance(change, AccessGranted):
            terms = Terms(change.reader, change.purpose, change.expires_at)
            share_record(self.ledger, self.reading, self.record, terms)
        elif change.reader in granted and self.ledger.grant_of(self.record, change.reader).live:
            self.ledger.revoke(self.record, change.reader)

    def _revised(self, root: Digest, readers: tuple[Address, ...], receipt: Receipt | None) -> Revised:
        self.deed.finish(root=root.hex())
        return Revised(self.record, Cid.root(root), readers, receipt)
