"""Making a record: seal, upload, register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pmr.chain.events import RecordCreated
from pmr.chain.transaction import Receipt
from pmr.client.bundles import Directory
from pmr.client.journal import Deed
from pmr.client.notebook import Notebook
from pmr.client.publishing import published_key
from pmr.client.sealing import About, Author, Sealed, seal_record
from pmr.client.settling import Settling, settled
from pmr.client.source import Source
from pmr.client.upload import Upload
from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.crypto.keyring import Keyring
from pmr.errors import RecordNotFound, SourceChanged, WrongPosition
from pmr.types import Address, Digest, RecordId

_ATTEMPTS = 20


class Registering(Directory, Settling, Protocol):
    """What making a record asks of the chain."""

    @property
    def account(self) -> Address:
        """The owner."""

    def count(self, owner: Address) -> int:
        """Give how many records an account has."""

    def root(self, record: RecordId) -> Digest:
        """Give the current root's digest; raise `RecordNotFound`."""

    def create(self, position: int, root: Digest) -> Receipt:
        """Register a root at the next position; raise `WrongPosition` for another."""


@dataclass(frozen=True)
class Registered:
    """A root that is on chain as a record of this account."""

    id: RecordId
    root: Digest
    receipt: Receipt | None
    """None when it was registered before and the node has forgotten the transaction."""


@dataclass(frozen=True)
class Created:
    """A record that is registered."""

    id: RecordId
    sealed: Sealed
    receipt: Receipt | None


def create_record(  # noqa: PLR0913 - what is sealed, by whom, and where it goes
    deed: Deed,
    ledger: Registering,
    upload: Upload,
    author: Author,
    *,
    sources: Sequence[Source],
    about: About,
) -> Created:
    """Seal files as a new record, have it kept and register it; `author` is `published_author`'s.

    A repeat with the same deed ends in the same one record. Raises `SourceChanged` when that one was
    registered already and the files are others now.
    """
    notebook = Notebook(deed, author.bundle, len(sources))
    done = registered(ledger, deed)
    if done is not None:
        return _created_before(done, seal_record(sources, about, author, _discard, notebook), deed)
    sealed = seal_record(sources, about, author, upload.put, notebook)
    upload.finish(sealed.root)
    done = register(ledger, sealed.root, deed)
    return Created(done.id, sealed, done.receipt)


def _created_before(done: Registered, sealed: Sealed, deed: Deed) -> Created:
    deed.finish(record=str(done.id))
    if done.root != sealed.root.digest:
        raise SourceChanged(
            f"{done.id} was registered with the files as they were. To give it these: "
            f"`pmr record revise {done.id} FILES`."
        )
    return Created(done.id, sealed, done.receipt)


def _discard(block: Block) -> None:
    """Keep nothing: only the root is wanted."""


def published_author(ledger: Registering, keyring: Keyring) -> Author:
    """Give the account as an author, with the key that the chain names.

    Raises `KeyNotPublished` unless there is one: readers check the author's signature through the chain.
    """
    key, bundle = published_key(ledger, ledger.account, keyring)
    return Author(ledger.account, key, bundle)


def registered(ledger: Registering, deed: Deed) -> Registered | None:
    """Give the record that a deed has registered before, if it has."""
    receipt = settled(ledger, deed)
    for event in receipt.logs if receipt else ():
        if isinstance(event, RecordCreated):
            return Registered(event.id, event.root, receipt)
    for tried in deed.all("register"):
        record, root = RecordId(ledger.account, tried["position"]), bytes.fromhex(tried["root"])
        if _stands(ledger, record, root):
            return Registered(record, root, None)
    return None


def _stands(ledger: Registering, record: RecordId, root: Digest) -> bool:
    try:
        return ledger.root(record) == root
    except RecordNotFound:
        return False


def register(ledger: Registering, root: Cid, deed: Deed) -> Registered:
    """Register a root at the next position; when another record took it, at the one after."""
    position = ledger.count(ledger.account)
    for _ in range(_ATTEMPTS):
        deed.note(register={"position": position, "root": root.digest.hex()})
        try:
            receipt = ledger.journalled(deed.sign).create(position, root.digest)
        except WrongPosition as error:
            # The contract says it as of the pending block, where another command's record may wait.
            position = error.values.get("expected", ledger.count(ledger.account))
            continue
        record = RecordId(ledger.account, position)
        deed.finish(record=str(record))
        return Registered(record, root.digest, receipt)
    raise WrongPosition(f"{_ATTEMPTS} times another record was first. Try again.")
