"""A chain and a server in memory, and doctors who work with them. No socket, no Solidity."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from itertools import chain
from typing import Any

from eth_account import Account

from pmr.chain.events import (
    AccessGranted,
    AccessRevoked,
    Event,
    KeyPublished,
    Place,
    RecordCreated,
    RecordRevised,
)
from pmr.chain.registry import SharedRecord
from pmr.chain.transaction import Receipt
from pmr.chain.wallet import Wallet
from pmr.client.api import RecordState
from pmr.client.doctor import Doctor
from pmr.client.ledger import Outdated, OwnRecord, Reader, Regrant, Standing
from pmr.content.block import Block
from pmr.content.car import read_car
from pmr.content.cid import Cid
from pmr.content.unixfs import reachable
from pmr.crypto.keyring import Keyring
from pmr.errors import (
    ExpiryInPast,
    NotFound,
    NotGranted,
    PmrError,
    RecordNotFound,
    StaleRoot,
    VaultChanged,
    WrongPosition,
    WrongVersion,
)
from pmr.types import Address, Digest, Grant, RecordId, no_progress, parse_address

NOW = 1_800_000_000
REGISTRY = parse_address("0x" + "a1" * 20)
NO_GRANT = Grant(0, 0, False)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeChain:
    """What the contracts would keep."""

    roots: dict[Address, list[Digest]] = field(default_factory=dict)
    grants: dict[tuple[RecordId, Address], Grant] = field(default_factory=dict)
    envelopes: dict[tuple[RecordId, Address], list[Digest]] = field(default_factory=dict)
    bundles: dict[Address, list[Digest]] = field(default_factory=dict)
    overtaken: int = 0
    """How many creations come too late."""
    mined: dict[bytes, Receipt] = field(default_factory=dict)
    """Signed transactions that are in a block, each in one of its own."""
    now: int = NOW
    before: Callable[[], None] = lambda: None
    """Called before each transaction, as others get in between."""

    def root(self, record: RecordId) -> Digest:
        roots = self.roots.get(record.owner, [])
        if record.position >= len(roots):
            raise RecordNotFound(str(record))
        return roots[record.position]

    def mine(self, raw: bytes) -> Receipt:
        """Do all that a signed transaction says, or nothing."""
        before, self.before = self.before, lambda: None
        before()
        _, account, calls = pickle.loads(raw)
        if self.overtaken and calls[0][0] == "create":
            self.overtaken -= 1
            self.roots.setdefault(account, []).append(b"o" * 32)
        saved = copy.deepcopy((self.roots, self.grants, self.envelopes, self.bundles))
        place = Place(len(self.mined) + 1, b"b" * 32, 0, sha256(raw).digest())
        try:
            done = [getattr(self, f"_{name}")(place, account, *rest) for name, *rest in calls]
        except PmrError:
            self.roots, self.grants, self.envelopes, self.bundles = saved
            raise
        receipt = Receipt(place.transaction, place.block, 50_000, 0.1, tuple(chain.from_iterable(done)), None)
        self.mined[raw] = receipt
        return receipt

    def events(self) -> list[Event]:
        return [event for receipt in self.mined.values() for event in receipt.logs]

    def _create(self, place: Place, account: Address, position: int, root: Digest) -> list[Event]:
        roots = self.roots.setdefault(account, [])
        if position != len(roots):
            raise WrongPosition(str(position))
        roots.append(root)
        return [RecordCreated(place, RecordId(account, position), account, root)]

    def _revise(
        self, place: Place, account: Address, record: RecordId, old: Digest, new: Digest
    ) -> list[Event]:
        if self.root(record) != old:
            raise StaleRoot(str(record))
        self.roots[account][record.position] = new
        return [RecordRevised(place, record, new)]

    def _grant(  # noqa: PLR0913, PLR0917 - as the contract has it
        self,
        place: Place,
        account: Address,
        record: RecordId,
        reader: Address,
        grant: Grant,
        envelope: Digest,
    ) -> list[Event]:
        if 0 < grant.expires_at <= self.now:
            error = ExpiryInPast(str(grant.expires_at))
            error.values = {"expiresAt": grant.expires_at}
            raise error
        self.grants[record, reader] = grant
        self.envelopes.setdefault((record, reader), []).append(envelope)
        return [AccessGranted(place, record, reader, grant.expires_at, grant.purpose, envelope)]

    def _revoke(self, place: Place, account: Address, record: RecordId, reader: Address) -> list[Event]:
        if not self.grants.get((record, reader), NO_GRANT).live:
            raise NotGranted(str(record))
        self.grants[record, reader] = NO_GRANT
        return [AccessRevoked(place, record, reader)]

    def _publish(self, place: Place, account: Address, version: int, bundle: Digest) -> list[Event]:
        bundles = self.bundles.setdefault(account, [])
        if version != len(bundles) + 1:
            raise WrongVersion(str(version))
        bundles.append(bundle)
        return [KeyPublished(place, account, version, bundle)]


@dataclass
class FakeLedger:
    """One account on a `FakeChain`."""

    chain: FakeChain
    account: Address
    chain_id: int = 31337
    registry: Address = REGISTRY
    sent: list[str] = field(default_factory=list)
    note: Callable[[bytes], None] = lambda _raw: None

    def journalled(self, journal: Callable[[bytes], None]) -> FakeLedger:
        return replace(self, note=journal)

    def settle(self, raw: bytes) -> Receipt | None:
        return self.chain.mined.get(raw)

    def root(self, record: RecordId) -> Digest:
        return self.chain.root(record)

    def grant_of(self, record: RecordId, reader: Address) -> Grant:
        return self.chain.grants.get((record, reader), NO_GRANT)

    def envelopes(self, record: RecordId, reader: Address) -> list[Digest]:
        return self.chain.envelopes.get((record, reader), [])[::-1]

    def count(self, owner: Address) -> int:
        return len(self.chain.roots.get(owner, []))

    def key_of(self, account: Address) -> tuple[Digest | None, int]:
        bundles = self.chain.bundles.get(account, [])
        return (bundles[-1], len(bundles)) if bundles else (None, 0)

    def bundle_at(self, account: Address, version: int) -> Digest | None:
        bundles = self.chain.bundles.get(account, [])
        return bundles[version - 1] if 0 < version <= len(bundles) else None

    def create(self, position: int, root: Digest) -> Receipt:
        return self._send("create", ("create", position, root))

    def grant(
        self, record: RecordId, reader: Address, expires_at: int, purpose: int, envelope: Digest
    ) -> Receipt:
        return self._send("grant", ("grant", record, reader, Grant(expires_at, purpose, True), envelope))

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        return self._send("revoke", ("revoke", record, reader))

    def publish(self, version: int, bundle: Digest) -> Receipt:
        return self._send("publish", ("publish", version, bundle))

    def change(
        self,
        record: RecordId,
        old_root: Digest,
        new_root: Digest,
        regrants: Sequence[Regrant],
        without: Address | None = None,
    ) -> Receipt:
        calls: list[tuple[Any, ...]] = [("revise", record, old_root, new_root)]
        calls += [("revoke", record, without)] if without else []
        calls += [("grant", record, one.reader, one.grant, one.envelope) for one in regrants]
        return self._send("change", *calls)

    def standing(self, record: RecordId) -> Standing:
        live = tuple(one for one in self.readers(record) if one.grant.live)
        return Standing(self.root(record), len(self.chain.mined), self.chain.now, live)

    def changes(self, record: RecordId, since: int, ours: Receipt) -> list[AccessGranted | AccessRevoked]:
        found = [e for e in self.chain.events() if isinstance(e, AccessGranted | AccessRevoked)]
        return [e for e in found if e.id == record and since < e.place.block < ours.block]

    def given_to_old_keys(self) -> list[Outdated]:
        mine = [pair for pair in self._granted_before_the_key() if pair[0].owner == self.account]
        found = [Outdated(*pair, self.grant_of(*pair)) for pair in mine]
        return [one for one in found if one.grant.live]

    def shared_to_old_keys(self) -> list[SharedRecord]:
        old = {record for record, reader in self._granted_before_the_key() if reader == self.account}
        return [one for one in self.shared() if one.id in old]

    def _granted_before_the_key(self) -> list[tuple[RecordId, Address]]:
        events = self.chain.events()
        keys = {e.account: e.place.block for e in events if isinstance(e, KeyPublished)}
        grants = {(e.id, e.reader): e.place.block for e in events if isinstance(e, AccessGranted)}
        return [pair for pair, block in grants.items() if block < keys.get(pair[1], 0)]

    def records(self) -> list[OwnRecord]:
        roots = self.chain.roots.get(self.account, [])
        return [OwnRecord(RecordId(self.account, index), root) for index, root in enumerate(roots)]

    def shared(self) -> list[SharedRecord]:
        mine = [(r, g) for (r, reader), g in self.chain.grants.items() if reader == self.account and g.live]
        return [SharedRecord(r, self.root(r), g.expires_at, g.purpose) for r, g in mine]

    def readers(self, record: RecordId) -> list[Reader]:
        return [Reader(who, grant) for (r, who), grant in self.chain.grants.items() if r == record]

    def _send(self, what: str, *calls: tuple[Any, ...]) -> Receipt:
        raw = pickle.dumps((os.urandom(8), self.account, calls))
        self.note(raw)
        receipt = self.chain.mine(raw)
        self.sent.append(what)
        return receipt


@dataclass
class FakeStore:
    """What a server would keep."""

    blocks: dict[Cid, bytes] = field(default_factory=dict)
    pins: set[Cid] = field(default_factory=set)
    vaults: dict[Address, bytes] = field(default_factory=dict)
    tamper: Callable[[Cid, bytes], bytes] = lambda _cid, data: data


@dataclass
class FakeApi:
    """One account's session with a server that serves everybody: clients must not depend on its no."""

    store: FakeStore
    account: Address
    uploads: list[int] = field(default_factory=list)
    fetched: list[Cid] = field(default_factory=list)
    state: RecordState = field(default_factory=lambda: RecordState(served=True, envelope=None))

    def missing(self, cids: Sequence[Cid]) -> list[Cid]:
        return [cid for cid in cids if cid not in self.store.blocks]

    def upload(self, car: bytes) -> None:
        self.uploads.append(len(car))
        self.store.blocks.update({block.cid: block.data for block in read_car(BytesIO(car))[1]})

    def pin(self, root: Cid) -> None:
        assert set(reachable(root, self.store.blocks.__getitem__)) <= self.store.blocks.keys()
        self.store.pins.add(root)

    def record_block(self, record: RecordId, cid: Cid) -> bytes:
        self.fetched.append(cid)
        return self.bundle(cid)

    def record_state(self, record: RecordId) -> RecordState:
        return self.state

    def bundle(self, cid: Cid) -> bytes:
        if cid not in self.store.blocks:
            raise NotFound("")
        return Block.checked(cid, self.store.tamper(cid, self.store.blocks[cid])).data

    def vault(self) -> bytes:
        if self.account not in self.store.vaults:
            raise NotFound("")
        return self.store.vaults[self.account]

    def put_vault(self, vault: bytes, replaces: bytes | None = None) -> None:
        if self.store.vaults.get(self.account) not in (replaces, vault):
            raise VaultChanged("")
        self.store.vaults[self.account] = vault


@dataclass
class World:
    """A chain, a server, a clock."""

    chain: FakeChain = field(default_factory=FakeChain)
    store: FakeStore = field(default_factory=FakeStore)
    clock: Clock = field(default_factory=Clock)

    def doctor(self, number: int, *, published: bool = True) -> Doctor:
        """A doctor with a new key."""
        account = wallet(number).address
        ledger, api = FakeLedger(self.chain, account), FakeApi(self.store, account)
        made = Doctor(ledger, api, Keyring.new(), self.clock, no_progress)
        if published:
            made.publish_key(b"vault")
        return made


def wallet(number: int) -> Wallet:
    """A wallet of a known key."""
    return Wallet.from_key(number.to_bytes(32, "big"))


class FickleWallet:
    """A wallet whose signatures of one message differ, as hardware and contract wallets' do."""

    def __init__(self) -> None:
        self._signers = [Account.create() for _ in range(2)]
        self.address = parse_address(self._signers[0].address)

    def sign_typed(self, message: Mapping[str, Any]) -> bytes:
        self._signers.reverse()
        return Wallet(self._signers[0]).sign_typed(message)
