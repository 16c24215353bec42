"""From a record's id to its content key: every step is checked against the chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pmr.client.api import RecordState
from pmr.client.blocks import BlockReader
from pmr.client.bundles import Directory, named_bundle
from pmr.client.keystate import key_lost, key_state
from pmr.client.opening import Get, OpenRecord, SealedRecord, read_sealed
from pmr.client.upload import BlockApi
from pmr.content.cid import Cid
from pmr.crypto.content_key import ContentKey
from pmr.crypto.envelope import GrantContext, OwnerContext, open_with_any
from pmr.crypto.header import Header
from pmr.crypto.keyring import Keyring
from pmr.errors import CannotDecrypt, ContentNotHere, EnvelopeNotHere, NoAccess, NotFound
from pmr.types import Address, Digest, Grant, RecordId


class Readable(Directory, Protocol):
    """What a reader asks the chain."""

    @property
    def account(self) -> Address:
        """Who asks."""

    @property
    def chain_id(self) -> int:
        """The chain's number."""

    @property
    def registry(self) -> Address:
        """Where the registry stands."""

    def root(self, record: RecordId) -> Digest:
        """Give the current root's digest; raise `RecordNotFound`."""

    def grant_of(self, record: RecordId, reader: Address) -> Grant:
        """Give what the registry keeps for a reader."""

    def envelopes(self, record: RecordId, reader: Address) -> list[Digest]:
        """Give the envelopes' digests that were ever granted to a reader, newest first."""


class ReadApi(BlockApi, Protocol):
    """What a reader asks the server."""

    def record_block(self, record: RecordId, cid: Cid) -> bytes:
        """Give a block of a record, its hash checked."""

    def bundle(self, cid: Cid) -> bytes:
        """Give a key bundle, its hash checked."""

    def record_state(self, record: RecordId) -> RecordState:
        """Give what the server has of a record."""


@dataclass(frozen=True)
class Reading:
    """One account reading records."""

    ledger: Readable
    api: ReadApi
    keyring: Keyring
    clock: Callable[[], float]

    def open(self, record: RecordId, get: Get) -> OpenRecord:
        """Check and open a record with the `get` that `blocks` gave.

        Raises `RecordNotFound`, `BadSignature`, `BadKeyBundle`, `CannotDecrypt`, `BadFormat`.
        """
        sealed = self.sealed(record, get)
        return OpenRecord(sealed, self.content_key(record, sealed, get), get)

    def blocks(self, record: RecordId) -> BlockReader:
        """Read a record's blocks, if the chain says that this account may.

        Raises `NoAccess` for what was never granted, taken back, or has ended by this machine's clock.
        """
        self._demand_access(record)
        return BlockReader(lambda cid: self.api.record_block(record, cid))

    def sealed(self, record: RecordId, get: Get) -> SealedRecord:
        """Read the public half of a record under the root that the chain names; check who signed it.

        Raises `ContentNotHere` where the server was not given what the owner registered.
        """
        sealed = self._read_sealed(record, get)
        header = sealed.header
        author = named_bundle(self.ledger, self.api.bundle, header.author, header.author_key)
        sealed.verify(author, get)
        return sealed

    def _read_sealed(self, record: RecordId, get: Get) -> SealedRecord:
        try:
            return read_sealed(Cid.root(self.ledger.root(record)), get)
        except NotFound:
            raise self._why_not(record) from None

    def _why_not(self, record: RecordId) -> NotFound:
        """Say why the server has nothing, where the chain says that this account may read."""
        try:
            state = self.api.record_state(record)
        except NotFound:
            return NotFound("The chain lets you read it: the server may be some blocks behind. Try again.")
        if state.served:
            return NotFound("The server says that it has all of it: try again, or tell those who run it.")
        return ContentNotHere(
            f"{record.owner} must send it: by the command that made the record or its last version, again, "
            f"or with `pmr record revise {record} FILES`."
        )

    def content_key(self, record: RecordId, sealed: SealedRecord, get: Get) -> ContentKey:
        """Give the record's key, from the directory for its owner, from the grant for a reader.

        Raises `CannotDecrypt`, and `KeyLost` when the key may be one of this account's that is not here.
        """
        try:
            return self._content_key(record, sealed, get)
        except CannotDecrypt:
            state = key_state(self.ledger, self.ledger.account, self.keyring)
            if state.missing:
                raise key_lost(state.account, state.published, state.held) from None
            raise

    def _content_key(self, record: RecordId, sealed: SealedRecord, get: Get) -> ContentKey:
        header = sealed.header
        if record.owner == self.ledger.account:
            context = OwnerContext(header.content_id, record.owner, header.key_commit)
            return open_with_any(sealed.owner_envelope(get), context, self.keyring)
        return self._granted_key(record, self.grant_context(record, header, self.ledger.account), get)

    def grant_context(self, record: RecordId, header: Header, reader: Address) -> GrantContext:
        """Give what a reader's envelope is bound to."""
        ledger = self.ledger
        return GrantContext(
            ledger.chain_id, ledger.registry, header.content_id, record.owner, reader, header.key_commit
        )

    def _granted_key(self, record: RecordId, context: GrantContext, get: Get) -> ContentKey:
        """Try the newest envelope first: an older one is of an older version, or of this one too."""
        newest_is_here = True
        for number, digest in enumerate(self.ledger.envelopes(record, context.reader)):
            try:
                return open_with_any(get(Cid.leaf(digest)), context, self.keyring)
            except CannotDecrypt:
                continue
            except NotFound:
                newest_is_here = newest_is_here and number > 0
        if not newest_is_here:
            raise EnvelopeNotHere(f"Ask {record.owner} to share {record} anew.")
        raise CannotDecrypt(
            f"None of the envelopes for {context.reader} opens. Ask {record.owner} to share anew."
        )

    def _demand_access(self, record: RecordId) -> None:
        if record.owner == self.ledger.account:
            return
        grant = self.ledger.grant_of(record, self.ledger.account)
        if not grant.live:
            raise NoAccess(f"{record} is not shared with {self.ledger.account}, or no longer.")
        if not grant.allows(int(self.clock())):
            raise NoAccess(f"The access of {self.ledger.account} to {record} has ended.")
