"""A chain and a server in memory, and doctors who work with them. No socket, no Solidity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from eth_account import Account

from pmr.chain.registry import SharedRecord
from pmr.chain.transaction import Receipt
from pmr.chain.wallet import Wallet
from pmr.client.doctor import Doctor
from pmr.client.ledger import OwnRecord, Reader
from pmr.content.block import Block
from pmr.content.car import read_car
from pmr.content.cid import Cid
from pmr.content.unixfs import reachable
from pmr.crypto.keyring import Keyring
from pmr.errors import NotFound, NotGranted, RecordNotFound, VaultChanged, WrongPosition, WrongVersion
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

    def root(self, record: RecordId) -> Digest:
        roots = self.roots.get(record.owner, [])
        if record.position >= len(roots):
            raise RecordNotFound(str(record))
        return roots[record.position]


@dataclass
class FakeLedger:
    """One account on a `FakeChain`."""

    chain: FakeChain
    account: Address
    chain_id: int = 31337
    registry: Address = REGISTRY
    sent: list[str] = field(default_factory=list)

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
        roots = self.chain.roots.setdefault(self.account, [])
        if self.chain.overtaken:
            self.chain.overtaken -= 1
            roots.append(b"o" * 32)
        if position != len(roots):
            raise WrongPosition(str(position))
        roots.append(root)
        return self._receipt("create")

    def grant(
        self, record: RecordId, reader: Address, expires_at: int, purpose: int, envelope: Digest
    ) -> Receipt:
        self.chain.grants[record, reader] = Grant(expires_at, purpose, True)
        self.chain.envelopes.setdefault((record, reader), []).append(envelope)
        return self._receipt("grant")

    def revoke(self, record: RecordId, reader: Address) -> Receipt:
        if not self.grant_of(record, reader).live:
            raise NotGranted(str(record))
        self.chain.grants[record, reader] = NO_GRANT
        return self._receipt("revoke")

    def publish(self, version: int, bundle: Digest) -> Receipt:
        bundles = self.chain.bundles.setdefault(self.account, [])
        if version != len(bundles) + 1:
            raise WrongVersion(str(version))
        bundles.append(bundle)
        return self._receipt("publish")

    def records(self) -> list[OwnRecord]:
        roots = self.chain.roots.get(self.account, [])
        return [OwnRecord(RecordId(self.account, index), root) for index, root in enumerate(roots)]

    def shared(self) -> list[SharedRecord]:
        mine = [(r, g) for (r, reader), g in self.chain.grants.items() if reader == self.account and g.live]
        return [SharedRecord(r, self.root(r), g.expires_at, g.purpose) for r, g in mine]

    def readers(self, record: RecordId) -> list[Reader]:
        return [Reader(who, grant) for (r, who), grant in self.chain.grants.items() if r == record]

    def _receipt(self, what: str) -> Receipt:
        self.sent.append(what)
        return Receipt(b"h" * 32, len(self.sent), 50_000, 0.1, (), None)


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
