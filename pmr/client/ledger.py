"""What a doctor reads from the chain and writes to it, with the doctor's wallet: the truth."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from web3 import Web3

from pmr.chain.connection import head
from pmr.chain.events import (
    AccessGranted,
    AccessRevoked,
    fetch_events,
    grants_of,
    history_of,
    record_topic,
    signature,
)
from pmr.chain.key_ages import happened_before, last_grants_of, last_grants_to, last_keys
from pmr.chain.key_directory import KeyDirectory
from pmr.chain.registry import RecordRegistry, SharedRecord
from pmr.chain.transaction import Call, Journal, Receipt, is_known, resume, send
from pmr.chain.wallet import Wallet
from pmr.errors import BadKeystore, TransactionReplaced
from pmr.types import Address, Deployment, Digest, Grant, RecordId

__all__ = ["Ledger", "Outdated", "OwnRecord", "Reader", "Receipt", "Regrant", "SharedRecord", "Standing"]

PAGE = 100


@dataclass(frozen=True)
class OwnRecord:
    """A record of the account that asks."""

    id: RecordId
    root: Digest


@dataclass(frozen=True)
class Reader:
    """Somebody who was granted access once, and what the registry says now."""

    account: Address
    grant: Grant


@dataclass(frozen=True)
class Standing:
    """A record and its readers as of one block."""

    root: Digest
    block: int
    timestamp: int
    """Unix seconds of that block."""
    readers: tuple[Reader, ...]
    """Those whose grant is live, ended ones too, in the order of their first grant."""


@dataclass(frozen=True)
class Regrant:
    """A reader who remains, and the envelope to the new version."""

    reader: Address
    grant: Grant
    envelope: Digest


@dataclass(frozen=True)
class Outdated:
    """A live grant whose envelope was sealed before its reader published a new key."""

    record: RecordId
    reader: Address
    grant: Grant


class Ledger:
    """One account on one deployment. Everything raises `ChainUnavailable`; calls as `send` does."""

    def __init__(
        self, w3: Web3, deployment: Deployment, account: Address, wallet: Wallet | None = None
    ) -> None:
        """Take a connection, contracts that were verified, and the account's wallet, None to look only."""
        self._w3 = w3
        self._deployment = deployment
        self.account = account
        self._wallet = wallet
        self._journal: Journal | None = None
        self._records = RecordRegistry(w3, deployment)
        self._keys = KeyDirectory(w3, deployment)

    def journalled(self, journal: Journal) -> Self:
        """Give the same ledger, which tells `journal` of each signed transaction before it is sent."""
        noting = copy.copy(self)
        noting._journal = journal  # noqa: SLF001 - it is one of our own
        return noting

    def settle(self, raw: bytes) -> Receipt | None:
        """Wait for a transaction that may have been sent; None when it will never be in a block.

        It is not sent again: what it says may not be wanted any more. Raises a `ContractError` when it
        was refused, `TransactionFailed` while nobody can say.
        """
        try:
            return resume(self._w3, raw) if is_known(self._w3, raw) else None
        except TransactionReplaced:
            return None

    @property
    def chain_id(self) -> int:
        """The chain's number."""
        return self._deployment.chain_id

    @property
    def registry(self) -> Address:
        """Where the registry stands."""
        return self._deployment.registry

    def root(self, record: RecordId) -> Digest:
        """Give the digest of a record's current root; raise `RecordNotFound`."""
        return self._records.record(record)[1]

    def grant_of(self, record: RecordId, reader: Address) -> Grant:
        """Give what the registry keeps for a reader."""
        return self._records.grant_of(record, reader)

    def count(self, owner: Address) -> int:
        """Give how many records an account has."""
        return self._records.count(owner)

    def records(self) -> list[OwnRecord]:
        """Give the account's records, oldest first, all as of one block."""
        block, found = head(self._w3).number, list[Digest]()
        total = self._records.count(self.account, block)
        while len(found) < total:
            found += self._records.records_of(self.account, len(found), PAGE, block)[0]
        return [OwnRecord(RecordId(self.account, i), root) for i, root in enumerate(found)]

    def shared(self) -> list[SharedRecord]:
        """Give what the account may read, all pages as of one block."""
        return list(self._records.all_shared_with(self.account, head(self._w3).number))

    def readers(self, record: RecordId) -> list[Reader]:
        """Give everybody who was ever granted access, in the order of their first grant."""
        events = history_of(self._w3, self._deployment, record)
        accounts = dict.fromkeys(event.reader for event in events if isinstance(event, AccessGranted))
        return [Reader(account, self.grant_of(record, account)) for account in accounts]

    def standing(self, record: RecordId) -> Standing:
        """Give a record's root and readers, all as of the newest block; raise `RecordNotFound`."""
        newest = head(self._w3)
        root = self._records.record(record, newest.number)[1]
        events = self._access_events(record, self._deployment.block, newest.number)
        granted = dict.fromkeys(event.reader for event in events)
        found = [Reader(who, self._records.grant_of(record, who, newest.number)) for who in granted]
        live = tuple(reader for reader in found if reader.grant.live)
        return Standing(root, newest.number, newest.timestamp, live)

    def changes(self, record: RecordId, since: int, ours: Receipt) -> list[AccessGranted | AccessRevoked]:
        """Give what changed a record's readers after the block `since` and before a transaction of ours."""
        events = self._access_events(record, since + 1, ours.block)
        own = min((e.place.log_index for e in events if e.place.transaction == ours.hash), default=0)
        return [e for e in events if (e.place.block, e.place.log_index) < (ours.block, own)]

    def _access_events(self, record: RecordId, first: int, last: int) -> list[AccessGranted | AccessRevoked]:
        kinds = [signature(AccessGranted), signature(AccessRevoked)]
        events = fetch_events(self._w3, self._deployment, first, last, [kinds, record_topic(record)])
        return [event for event in events if isinstance(event, AccessGranted | AccessRevoked)]

    def given_to_old_keys(self) -> list[Outdated]:
        """Give the live grants of this account's records that are older than their reader's newest key."""
        block = head(self._w3).number
        grants = last_grants_of(self._w3, self._deployment, [one.id for one in self.records()], block)
        keys = last_keys(self._w3, self._deployment, list({reader for _, reader in grants}), block)
        old = [
            pair
            for pair, event in grants.items()
            if pair[1] in keys and happened_before(event, keys[pair[1]])
        ]
        found = [Outdated(*pair, self._records.grant_of(*pair, block)) for pair in old]
        return [one for one in found if one.grant.live]

    def shared_to_old_keys(self) -> list[SharedRecord]:
        """Give what is shared with this account by a grant that is older than its newest key."""
        block = head(self._w3).number
        key = last_keys(self._w3, self._deployment, [self.account], block).get(self.account)
        grants = last_grants_to(self._w3, self._deployment, self.account, block)
        old = {record for (record, _), event in grants.items() if key and happened_before(event, key)}
        return [one for one in self._records.all_shared_with(self.account, block) if one.id in old]

    def envelopes(self, record: RecordId, reader: Address) -> list[Digest]:
        """Give the digests of a reader's envelopes, newest first."""
        events = grants_of(self._w3, self._deployment, record, reader)
        return list(dict.fromkeys(event.envelope for event in reversed(events)))

    def key_of(self, account: Address) -> tuple[Digest | None, int]:
        """Give an account's newest bundle digest and version; None and 0 for none."""
        return self._keys.key_of(account)

    def bundle_at(self, account: Address, version: int) -> Digest | None:
        """Give the bundle digest of a version."""
        return self._keys.bundle_at(account, version)

    def create(self, position: int, root: Digest) -> Receipt:
        """Register a record."""
        return self._send(self._records.create(position, root))

    def grant(
        self, record: RecordId, reader: Address, expires_at: int, purpose: int, envelope: Digest
    ) -> Receipt:
        """Let a reader read until `expires_at` (Unix seconds, 0 for no end)."""
        return self._send(self._records.grant(record, reader, expires_at, purpose, envelope))

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        """End a reader's access."""
        return self._send(self._records.revoke(record, reader))

    def change(
        self,
        record: RecordId,
        old_root: Digest,
        new_root: Digest,
        regrants: Sequence[Regrant],
        without: Address | None = None,
    ) -> Receipt:
        """Give a record a new root and its readers new envelopes, in one transaction.

        `without` loses access in the same one. Raises `StaleRoot`, `ExpiryInPast`, `TransactionTooLarge`.
        """
        calls = [self._records.revise(record, old_root, new_root)]
        if without is not None:
            calls.append(self._records.revoke(record, without))
        for one in regrants:
            terms = one.grant
            calls.append(
                self._records.grant(record, one.reader, terms.expires_at, terms.purpose, one.envelope)
            )
        batch = self._records.multicall(calls)
        return self._send(Call(batch.to, batch.data, f"revise {record} for {len(regrants)} readers"))

    def publish(self, version: int, bundle: Digest) -> Receipt:
        """Name a key bundle as the account's next version."""
        return self._send(self._keys.publish(version, bundle))

    def _send(self, call: Call) -> Receipt:
        if self._wallet is None:
            raise BadKeystore(f"To {call.description}, the wallet of {self.account} must be unlocked.")
        return send(self._w3, self._wallet, call, journal=self._journal)
