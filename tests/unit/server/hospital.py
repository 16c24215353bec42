"""Doctors, collectors and a chain that reorganises, all at once, on a real store and a real database.

A day is `DAY` seconds here. Doctors do as a client must: they pin within a day before they register, and send
what lacks. What they were told is kept, and what the chain names in the end, must be there in the end.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.errors import ChainError, IncompleteContent
from pmr.index.source import IndexedEvent
from pmr.server.services import Services
from pmr.types import Address, Digest, Grant, RecordId
from server.fakes import FakeChain, FakeClock
from server.people import folder, leaf

DAY = 2
_TRIES = 20


class SharedChain(FakeChain):
    """A chain for threads: answers are of one moment, and who writes waits for a reorganisation to end."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.writing = threading.RLock()
        self._moment = threading.RLock()

    def newest(self) -> int:
        with self._moment:
            return super().newest()

    def block_hash(self, number: int) -> bytes | None:
        with self._moment:
            return super().block_hash(number)

    def events(self, first: int, last: int) -> Sequence[IndexedEvent]:
        with self._moment:
            return super().events(first, last)

    @contextmanager
    def taken_back(self, depth: int) -> Iterator[None]:
        """Take the newest blocks away, and put what happened in them into new ones at the end."""
        with self.writing:
            with self._moment:
                removed = self.reorganise(min(depth, len(self.blocks) - 1))
                self._replay()
            try:
                yield
            finally:
                with self._moment:
                    for event in [event for block in removed for event in block.events]:
                        self._again(event)
                    self._replay()

    def _mine(self, *given: Any, **rest: Any) -> None:
        with self._moment:
            super()._mine(*given, **rest)

    def _again(self, event: IndexedEvent) -> None:
        rest = {"digest": event.digest, "expires_at": event.expires_at, "purpose": event.purpose}
        self._mine(event.kind, event.account, event.number, event.reader, **rest)

    def _replay(self) -> None:
        self.roots.clear()
        self.grants.clear()
        for event in (event for block in list(self.blocks) for event in block.events):
            record = RecordId(event.account, event.number)
            if event.kind in {"created", "revised"} and event.digest:
                self.roots[record] = event.digest
            elif event.reader:
                self.grants[record, event.reader] = Grant(0, 1, event.kind == "granted")


@dataclass
class Kept:
    """What the server said that it keeps, and when it was asked to last."""

    blocks: list[Block]
    at: float


@dataclass
class Hospital:
    """Everybody, until `end` (monotonic seconds)."""

    services: Services
    chain: SharedChain
    end: float
    pinned: dict[tuple[Address, Digest], Kept] = field(default_factory=dict)
    envelopes: dict[Digest, Block] = field(default_factory=dict)
    late: set[Digest] = field(default_factory=set)
    """Roots that this machine was too slow for: they were not registered within a day."""
    failures: list[BaseException] = field(default_factory=list)
    collected: int = 0

    def play(self, accounts: Sequence[Address]) -> None:
        """Have all of them work at once until the end; raise the first thing that went wrong."""
        work = [lambda a=a: Doctoring(self, a, accounts).work() for a in accounts]
        threads = [self._thread(task) for task in (*work, self._collect, self._collect, self._reorganise)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for failure in self.failures:
            raise failure

    def _thread(self, task: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                task()
            except BaseException as failure:  # noqa: BLE001 - told by `play`
                self.failures.append(failure)

        return threading.Thread(target=run)

    def goes_on(self) -> bool:
        return time.monotonic() < self.end and not self.failures

    def _collect(self) -> None:
        while self.goes_on():
            try:
                self.collected += self.services.retention.collect().blocks
            except ChainError:  # the index is being taken back just now
                continue

    def _reorganise(self) -> None:
        dice = random.Random(1)
        while self.goes_on():
            time.sleep(dice.uniform(0.05, 0.3))
            began = time.monotonic()
            with self.chain.taken_back(dice.randint(1, 3)):
                time.sleep(dice.uniform(0, 0.2))
            if time.monotonic() - began > DAY / 2:
                self.late.update(self.chain.roots.values())


class Doctoring:
    """One doctor's work."""

    def __init__(self, hospital: Hospital, account: Address, others: Sequence[Address]) -> None:
        self._hospital, self._services, self._chain = hospital, hospital.services, hospital.chain
        self._account = account
        self._others = [other for other in others if other != account]
        self._dice = random.Random(account)
        self._records: list[RecordId] = []
        self._image = os.urandom(3000)

    def work(self) -> None:
        """Do one thing after another until the end."""
        doings = [self._create, self._create, self._revise, self._abandon, self._share, self._adopt]
        while self._hospital.goes_on():
            self._dice.choice(doings)()

    def _create(self) -> None:
        self._register(folder(self._image), lambda root: self._chain.create(self._account, root))

    def _revise(self) -> None:
        if self._records:
            record = self._dice.choice(self._records)
            self._register(folder(self._image), lambda root: self._revised(record, root))

    def _revised(self, record: RecordId, root: Digest) -> RecordId:
        self._chain.revise(record, root)
        return record

    def _abandon(self) -> None:
        self._keep(folder())

    def _share(self) -> None:
        if not self._records:
            return
        envelope = leaf()
        self._services.uploads.put(self._account, [envelope])
        self._hospital.envelopes[envelope.cid.digest] = envelope
        sent = time.monotonic()
        with self._chain.writing:
            record, reader = self._dice.choice(self._records), self._dice.choice(self._others)
            if time.monotonic() - sent < DAY / 2:
                self._chain.grant(record, reader, envelope.cid.digest)

    def _adopt(self) -> None:
        """Take somebody's sealed files into a directory of the own, without sending them."""
        for (owner, root), kept in list(self._hospital.pinned.items()):
            shared = any(
                self._chain.roots.get(record) == root and reader == self._account
                for record, reader in list(self._chain.grants)
            )
            if owner != self._account and shared:
                mine = folder(*(block.data for block in kept.blocks[:-1]))
                self._register(mine, lambda root: self._chain.create(self._account, root), adopting=True)
                return

    def _register(
        self, blocks: list[Block], write: Callable[[Digest], RecordId], *, adopting: bool = False
    ) -> None:
        if not self._keep(blocks, adopting=adopting):
            return
        root = blocks[-1].cid.digest
        with self._chain.writing:
            if time.monotonic() - self._hospital.pinned[self._account, root].at > DAY / 2:
                return
            record = write(root)
        if record not in self._records:
            self._records.append(record)

    def _keep(self, blocks: list[Block], *, adopting: bool = False) -> bool:
        """Send what lacks and pin, as often as it takes; False when the files cannot be read any more."""
        by_cid = {block.cid: block for block in blocks}
        for _ in range(_TRIES):
            lacking = self._services.uploads.missing(self._account, list(by_cid))
            if adopting and len(lacking) == len(blocks):
                return False
            self._services.uploads.put(self._account, [by_cid[cid] for cid in lacking])
            began = time.monotonic()
            try:
                self._services.uploads.pin(self._account, blocks[-1].cid)
            except IncompleteContent:
                continue
            self._hospital.pinned[self._account, blocks[-1].cid.digest] = Kept(blocks, began)
            return True
        raise AssertionError(f"not kept after {_TRIES} times")


def needed_at_the_end(hospital: Hospital) -> dict[Cid, Block]:
    """The blocks of every current root and every live envelope, by what was sent."""
    found: dict[Cid, Block] = {}
    for record, root in hospital.chain.roots.items():
        if root not in hospital.late:
            found |= {block.cid: block for block in hospital.pinned[record.owner, root].blocks}
    return found | {block.cid: block for _, block in live_envelopes(hospital)}


def live_envelopes(hospital: Hospital) -> list[tuple[Address, Block]]:
    """The owners and envelopes of the newest grants."""
    newest: dict[tuple[Address, int, Address | None], Digest | None] = {}
    for event in (event for block in hospital.chain.blocks for event in block.events):
        if event.kind in {"granted", "revoked"}:
            newest[event.account, event.number, event.reader] = event.digest
    return [(owner, hospital.envelopes[digest]) for (owner, *_), digest in newest.items() if digest]
