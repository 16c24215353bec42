"""A chain, a clock and a server in memory, for tests that open no socket."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pmr.chain.connection import Head
from pmr.chain.network import Network
from pmr.content.embedded import EmbeddedStore
from pmr.errors import ChainUnavailable, NotDeployed, TransactionFailed
from pmr.index.source import IndexedEvent, Origin
from pmr.server.clock import Clock
from pmr.server.database import open_database
from pmr.server.services import Bounds, Parts, Services
from pmr.server.sessions import Site
from pmr.types import Address, Deployment, Digest, Grant, RecordId, parse_address

CHAIN_ID = 31337
ORIGIN = "https://records.example"
NOW = 1_800_000_000
DEPLOYMENT = Deployment(
    CHAIN_ID,
    parse_address("0x" + "a1" * 20),
    parse_address("0x" + "b2" * 20),
    parse_address("0x" + "c3" * 20),
    0,
)
NO_GRANT = Grant(0, 0, False)


@dataclass
class FakeClock:
    """A clock that stands until it is moved."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class FakeBlock:
    hash: bytes
    events: list[IndexedEvent] = field(default_factory=list)


class FakeChain:
    """The contracts' rules over a list of blocks; every change is a block of its own."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.origin = Origin(CHAIN_ID, DEPLOYMENT.registry, DEPLOYMENT.key_directory, 0)
        self.blocks: list[FakeBlock] = [FakeBlock(_hash("genesis"))]
        self.roots: dict[RecordId, Digest] = {}
        self.grants: dict[tuple[RecordId, Address], Grant] = {}
        self.head_timestamp = clock.now
        self.away = False
        self.deployed = True
        self.contracts: dict[Address, bytes] = {}
        self.answer_of_contract: bytes | None = None
        self.called_gas = 0
        self.salt = ""

    # --- what people do

    def create(self, owner: Address, root: Digest) -> RecordId:
        record = RecordId(owner, sum(known.owner == owner for known in self.roots))
        self.roots[record] = root
        self._mine("created", owner, record.position, digest=root)
        return record

    def revise(self, record: RecordId, root: Digest) -> None:
        self.roots[record] = root
        self._mine("revised", record.owner, record.position, digest=root)

    def grant(self, record: RecordId, reader: Address, envelope: Digest, expires_at: int = 0) -> None:
        self.grants[record, reader] = Grant(expires_at, 1, True)
        self._mine(
            "granted",
            record.owner,
            record.position,
            reader,
            digest=envelope,
            expires_at=expires_at,
            purpose=1,
        )

    def revoke(self, record: RecordId, reader: Address) -> None:
        self.grants[record, reader] = Grant(0, 1, False)
        self._mine("revoked", record.owner, record.position, reader)

    def publish(self, account: Address, version: int, bundle: Digest) -> None:
        self._mine("key", account, version, digest=bundle)

    def mine(self, blocks: int = 1) -> None:
        self.blocks += [FakeBlock(_hash(f"{self.salt}{len(self.blocks) + n}")) for n in range(blocks)]

    def reorganise(self, depth: int) -> list[FakeBlock]:
        """Take the newest blocks away; later ones get other hashes."""
        first = len(self.blocks) - depth
        removed = self.blocks[first:]
        del self.blocks[first:]
        self.salt += "fork "
        return removed

    def _mine(
        self, kind: str, account: Address, number: int, reader: Address | None = None, **rest: Any
    ) -> None:
        self.mine()
        place, block = len(self.blocks) - 1, self.blocks[-1]
        where = (place, block.hash, len(block.events), _hash(f"tx {place}"))
        block.events.append(IndexedEvent(*where, kind, account, number, reader, **rest))

    # --- what the server asks: Chain

    def head(self) -> Head:
        self._answer()
        return Head(len(self.blocks) - 1, self.blocks[-1].hash, self.head_timestamp)

    def root_of(self, record: RecordId) -> Digest | None:
        self._answer()
        return self.roots.get(record)

    def can_read(self, record: RecordId, account: Address) -> bool:
        self._answer()
        if record not in self.roots:
            return False
        grant = self.grants.get((record, account), NO_GRANT)
        return record.owner == account or grant.allows(self.head_timestamp)

    def grant_of(self, record: RecordId, account: Address) -> Grant:
        self._answer()
        return self.grants.get((record, account), NO_GRANT)

    def code_at(self, account: Address) -> bytes:
        self._answer()
        return self.contracts.get(account, b"")

    def call(self, to: Address, data: bytes, gas: int) -> bytes:
        self._answer()
        self.called_gas = gas
        if self.answer_of_contract is None:
            raise TransactionFailed("reverted")
        return self.answer_of_contract

    def check(self) -> None:
        self._answer()
        if not self.deployed:
            raise NotDeployed("There is no contract at 0xa1.")

    # --- what the index asks: EventSource

    def newest(self) -> int:
        self._answer()
        return len(self.blocks) - 1

    def block_hash(self, number: int) -> bytes | None:
        self._answer()
        return self.blocks[number].hash if number < len(self.blocks) else None

    def events(self, first: int, last: int) -> Sequence[IndexedEvent]:
        self._answer()
        return [event for block in self.blocks[first : last + 1] for event in block.events]

    def _answer(self) -> None:
        if self.away:
            raise ChainUnavailable("No endpoint answered (https://rpc.example/secret-key: ConnectionError).")


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def make_services(  # noqa: PLR0913 - the last four are named and have defaults
    folder: Path,
    chain: FakeChain,
    clock: Clock,
    *,
    max_head_age: int | None = None,
    origin: str = ORIGIN,
    bounds: Bounds | None = None,
    confirmations: int = 0,
) -> Services:
    """Services over a real database and a real store in `folder`."""
    rpc = ("https://rpc.example:8545/secret-key",)
    network = Network("test", CHAIN_ID, rpc, confirmations, max_head_age)
    engine = open_database(f"sqlite:///{folder / 'server.sqlite'}")
    parts = Parts(
        engine,
        EmbeddedStore(folder / "content"),
        chain,
        chain,
        network,
        DEPLOYMENT,
        Site.parse(origin),
        clock,
        bounds or Bounds(),
    )
    return Services(parts)
