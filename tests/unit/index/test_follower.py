"""The index equals the chain, whatever the chain does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from server.fakes import FakeChain, FakeClock
from sqlalchemy import Engine, func, select

from pmr.errors import ChainUnavailable
from pmr.index import follower as follower_module
from pmr.index import tables
from pmr.index.database import open_engine
from pmr.index.follower import Follower
from pmr.index.queries import Index
from pmr.index.source import IndexedEvent, Origin
from pmr.types import RecordId, parse_address

ALICE, BOB, CAROL = (parse_address("0x" + digit * 40) for digit in "123")


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def chain() -> FakeChain:
    return FakeChain(FakeClock())


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'index.sqlite'}")


@pytest.fixture
def follower(engine: Engine, chain: FakeChain) -> Follower:
    return Follower(engine, chain)


@pytest.fixture
def index(engine: Engine, follower: Follower) -> Index:
    return Index(engine)


def applied(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(select(tables.events).order_by(tables.events.c.block, tables.events.c.log))
        return [tuple(row) for row in rows]


def expected(chain: FakeChain) -> list[tuple[object, ...]]:
    return [
        (
            e.block,
            e.log,
            e.transaction,
            e.kind,
            e.account,
            e.number,
            e.reader,
            e.digest,
            e.expires_at,
            e.purpose,
        )
        for block in chain.blocks
        for e in block.events
    ]


def test_step_applies_every_event_once(engine: Engine, chain: FakeChain, follower: Follower) -> None:
    record = chain.create(ALICE, digest("root"))
    chain.grant(record, BOB, digest("envelope"), 77)
    assert follower.step() == 2
    assert applied(engine) == expected(chain)
    chain.revoke(record, BOB)
    assert (follower.step(), follower.step()) == (1, 0)
    assert applied(engine) == expected(chain)


@pytest.mark.parametrize("depth", [1, 2, 5, 9])
def test_step_after_a_reorganisation_goes_back_to_the_common_ancestor(
    engine: Engine, chain: FakeChain, follower: Follower, depth: int
) -> None:
    for number in range(10):
        chain.create(ALICE, digest(f"old {number}"))
        follower.step()
    chain.reorganise(depth)
    for number in range(depth):
        chain.create(BOB, digest(f"new {number}"))
    assert follower.step() == depth
    assert applied(engine) == expected(chain)
    assert len(applied(engine)) == 10


def test_step_after_a_reorganisation_to_a_shorter_chain_forgets_the_rest(
    engine: Engine, chain: FakeChain, follower: Follower
) -> None:
    for number in range(10):
        chain.create(ALICE, digest(str(number)))
    follower.step()
    chain.reorganise(6)
    chain.mine()
    follower.step()
    assert applied(engine) == expected(chain)
    assert len(applied(engine)) == 4


def test_step_on_a_chain_that_began_anew_begins_anew(
    engine: Engine, chain: FakeChain, follower: Follower
) -> None:
    chain.create(ALICE, digest("old"))
    follower.step()
    chain.reorganise(len(chain.blocks))
    chain.mine()
    chain.create(BOB, digest("new"))
    follower.step()
    assert applied(engine) == expected(chain)
    assert [row[4] for row in applied(engine)] == [BOB]


def test_step_during_a_reorganisation_applies_nothing_of_the_lost_fork(
    engine: Engine, chain: FakeChain, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.create(ALICE, digest("old"))
    real = chain.events

    def events(first: int, last: int) -> Sequence[IndexedEvent]:
        monkeypatch.setattr(chain, "events", real)
        found = real(first, last)
        chain.reorganise(1)
        chain.create(BOB, digest("new"))
        return found

    monkeypatch.setattr(chain, "events", events)
    follower.step()
    follower.step()
    assert applied(engine) == expected(chain)
    assert [row[4] for row in applied(engine)] == [BOB]


def test_step_during_a_reorganisation_takes_nothing_from_two_forks(
    engine: Engine, chain: FakeChain, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node gives the first block's events of one fork and the second's of the other."""
    chain.create(ALICE, digest("old 1"))
    chain.create(ALICE, digest("old 2"))
    chain.mine()
    real = chain.events

    def events(first: int, last: int) -> Sequence[IndexedEvent]:
        monkeypatch.setattr(chain, "events", real)
        found = list(real(first, 1))
        chain.reorganise(3)
        chain.create(BOB, digest("new 1"))
        chain.create(BOB, digest("new 2"))
        chain.mine()
        return found + list(real(2, last))

    monkeypatch.setattr(chain, "events", events)
    follower.step()
    follower.step()
    assert applied(engine) == expected(chain)


def test_step_applies_long_chains_in_ranges(
    engine: Engine, chain: FakeChain, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "RANGE", 7)
    for number in range(50):
        chain.create(ALICE, digest(str(number)))
        chain.mine(number % 3)
    assert follower.step() == 50
    assert applied(engine) == expected(chain)


def test_step_without_a_chain_says_so_and_goes_on_later(
    engine: Engine, chain: FakeChain, follower: Follower
) -> None:
    chain.create(ALICE, digest("root"))
    chain.away = True
    with pytest.raises(ChainUnavailable):
        follower.step()
    follower.refresh()
    chain.away = False
    follower.refresh()
    assert applied(engine) == expected(chain)


def test_step_begins_at_the_deployment(engine: Engine, chain: FakeChain) -> None:
    chain.create(ALICE, digest("of another deployment"))
    chain.origin = Origin(1, ALICE, BOB, 2)
    chain.create(ALICE, digest("ours"))
    Follower(engine, chain).step()
    assert [row[7] for row in applied(engine)] == [digest("ours")]


def test_lag_counts_the_blocks_that_were_not_applied(chain: FakeChain, follower: Follower) -> None:
    chain.mine(5)
    assert follower.lag() == 6
    follower.step()
    assert follower.lag() == 0
    chain.mine(3)
    assert follower.lag() == 3
    chain.reorganise(4)
    assert follower.lag() == 0


def test_rebuild_gives_what_was_there(engine: Engine, chain: FakeChain, follower: Follower) -> None:
    record = chain.create(ALICE, digest("root"))
    chain.grant(record, BOB, digest("envelope"))
    follower.step()
    before = applied(engine)
    assert follower.rebuild() == 2
    assert applied(engine) == before


def test_index_is_kept_between_runs_and_dropped_for_another_deployment(
    engine: Engine, chain: FakeChain, follower: Follower
) -> None:
    chain.create(ALICE, digest("root"))
    follower.step()
    assert Follower(engine, chain).step() == 0
    assert applied(engine) == expected(chain)
    chain.origin = Origin(chain.origin.chain_id, CAROL, CAROL, 0)
    again = Follower(engine, chain)
    assert applied(engine) == []
    assert again.step() == 1


def test_index_whose_tables_were_dropped_is_rebuilt(
    engine: Engine, chain: FakeChain, follower: Follower
) -> None:
    chain.create(ALICE, digest("root"))
    follower.step()
    tables.metadata.drop_all(engine)
    Follower(engine, chain).step()
    assert applied(engine) == expected(chain)


def test_step_from_many_threads_applies_every_event_once(
    engine: Engine, chain: FakeChain, follower: Follower
) -> None:
    record, failures = chain.create(ALICE, digest("root")), list[BaseException]()

    def work() -> None:
        try:
            for _ in range(10):
                follower.step()
                Index(engine).envelope_of(record, BOB)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(40):
        chain.grant(record, BOB, digest(str(number)))
    for thread in threads:
        thread.join()
    follower.step()
    assert failures == []
    assert applied(engine) == expected(chain)


# --- questions


def test_envelope_of_a_reader_is_that_of_the_newest_grant(
    chain: FakeChain, follower: Follower, index: Index
) -> None:
    record, other = chain.create(ALICE, digest("root")), chain.create(ALICE, digest("other"))
    assert index.envelope_of(record, BOB) is None
    chain.grant(record, BOB, digest("one"))
    chain.grant(record, BOB, digest("two"))
    chain.grant(record, CAROL, digest("three"))
    chain.grant(other, BOB, digest("four"))
    follower.step()
    assert index.envelope_of(record, BOB) == digest("two")
    chain.revoke(record, BOB)
    follower.step()
    assert index.envelope_of(record, BOB) is None
    assert index.envelope_of(record, CAROL) == digest("three")
    assert index.envelope_of(other, BOB) == digest("four")
    chain.grant(record, BOB, digest("five"))
    follower.step()
    assert index.envelope_of(record, BOB) == digest("five")


def test_roots_of_a_record_are_given_oldest_first(chain: FakeChain, follower: Follower, index: Index) -> None:
    record = chain.create(ALICE, digest("one"))
    chain.create(ALICE, digest("other"))
    chain.revise(record, digest("two"))
    chain.revise(record, digest("three"))
    follower.step()
    assert index.roots_of(record) == [digest("one"), digest("two"), digest("three")]
    assert index.records_of_root(ALICE, digest("one"), BOB) == []
    chain.grant(record, BOB, digest("envelope"))
    follower.step()
    assert index.records_of_root(ALICE, digest("one"), BOB) == [record]
    assert index.records_of_root(ALICE, digest("other"), BOB) == []
    assert index.records_of_root(BOB, digest("one"), BOB) == []
    assert index.roots_of(RecordId(BOB, 0)) == []


def test_needed_leaves_are_live_envelopes_and_all_bundles(
    chain: FakeChain, follower: Follower, index: Index
) -> None:
    record = chain.create(ALICE, digest("root"))
    chain.grant(record, BOB, digest("replaced"))
    chain.grant(record, BOB, digest("live"))
    chain.grant(record, CAROL, digest("revoked"))
    chain.revoke(record, CAROL)
    chain.publish(BOB, 1, digest("bundle 1"))
    chain.publish(BOB, 2, digest("bundle 2"))
    chain.publish(ALICE, 0, digest("bundle of the record's owner, at its position"))
    follower.step()
    assert index.needed(0, 0).leaves == {
        (ALICE, digest("live")),
        (BOB, digest("bundle 1")),
        (BOB, digest("bundle 2")),
        (ALICE, digest("bundle of the record's owner, at its position")),
    }
    assert index.publishers_of(digest("bundle 1")) == [BOB]
    assert index.publishers_of(digest("live")) == []


def test_history_of_a_record_tells_everything_in_order(
    chain: FakeChain, follower: Follower, index: Index
) -> None:
    record = chain.create(ALICE, digest("one"))
    chain.grant(record, BOB, digest("envelope"), 99)
    chain.revise(record, digest("two"))
    chain.revoke(record, BOB)
    chain.publish(ALICE, 0, digest("no part of it"))
    follower.step()
    told = [(e.kind, e.root, e.reader, e.envelope, e.expires_at, e.purpose) for e in index.history(record)]
    assert told == [
        ("created", digest("one"), None, None, None, None),
        ("granted", None, BOB, digest("envelope"), 99, 1),
        ("revised", digest("two"), None, None, None, None),
        ("revoked", None, BOB, None, None, None),
    ]


# --- whatever happens


class AnyChain(RuleBasedStateMachine):
    """Random changes, reorganisations and steps; after each step the index equals the chain."""

    records = Bundle("records")

    @initialize()
    def begin(self) -> None:
        self.chain = FakeChain(FakeClock())
        self.engine = open_engine(f"sqlite:///{self.folder / 'index.sqlite'}")
        tables.metadata.drop_all(self.engine)
        self.follower = Follower(self.engine, self.chain)
        self.count = 0
        self.stepped = False

    @rule(target=records, owner=st.sampled_from([ALICE, BOB]))
    def create(self, owner: str) -> RecordId:
        self._change()
        return self.chain.create(parse_address(owner), digest(str(self.count)))

    @rule(record=records, reader=st.sampled_from([BOB, CAROL]))
    def grant(self, record: RecordId, reader: str) -> None:
        self._change()
        self.chain.grant(record, parse_address(reader), digest(str(self.count)))

    @rule(target=records, blocks=st.integers(1, 3))
    def mine(self, blocks: int) -> object:
        self.stepped = False
        self.chain.mine(blocks)
        return multiple()

    @rule(target=records, depth=st.integers(1, 6))
    def reorganise(self, depth: int) -> object:
        self.stepped = False
        self.chain.reorganise(min(depth, len(self.chain.blocks) - 1))
        return multiple()

    @rule()
    def step(self) -> None:
        self.follower.step()
        self.stepped = True

    @rule()
    def restart(self) -> None:
        self.follower = Follower(self.engine, self.chain)

    @invariant()
    def index_equals_the_chain(self) -> None:
        if getattr(self, "stepped", False):
            assert applied(self.engine) == expected(self.chain)
            with self.engine.connect() as connection:
                newest = connection.scalar(select(func.max(tables.blocks.c.number)))
            assert newest == len(self.chain.blocks) - 1

    def teardown(self) -> None:
        self.engine.dispose()

    def _change(self) -> None:
        self.count += 1
        self.stepped = False

    folder: Path


def test_follower_of_any_chain_equals_it(tmp_path: Path) -> None:
    AnyChain.folder = tmp_path
    run_state_machine_as_test(
        AnyChain, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )
