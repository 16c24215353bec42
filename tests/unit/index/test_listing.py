"""Pages of public chain data: together they are the whole list, once and in order, found by SQL indexes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from server.fakes import FakeChain, FakeClock
from sqlalchemy import Engine, event

from pmr.errors import BadCursor, IndexBehind
from pmr.index.cursor import Cursor
from pmr.index.database import open_engine
from pmr.index.follower import Follower
from pmr.index.pages import KINDS, ChainEvent, Page, Pages, Window
from pmr.types import RecordId, parse_address

ALICE, BOB, CAROL, NOBODY = (parse_address("0x" + digit * 40) for digit in "1234")


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def chain() -> FakeChain:
    return FakeChain(FakeClock())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path / 'index.sqlite'}")
    yield made
    made.dispose()


@pytest.fixture
def follower(engine: Engine, chain: FakeChain) -> Follower:
    return Follower(engine, chain)


@pytest.fixture
def pages(engine: Engine, follower: Follower) -> Pages:
    return Pages(engine)


def live(chain: FakeChain, deeds: int = 120) -> None:
    """A chain on which three accounts do all that they can; several events share a block."""
    dice = random.Random(7)
    records = [chain.create(owner, digest(f"{owner}{n}")) for owner in (ALICE, BOB) for n in range(4)]
    for number in range(deeds):
        record, reader = dice.choice(records), dice.choice([ALICE, BOB, CAROL])
        deed = dice.choice(["revise", "grant", "grant", "revoke", "publish"])
        if deed == "revise":
            chain.revise(record, digest(f"root {number}"))
        elif deed == "publish":
            chain.publish(reader, number, digest(f"bundle {number}"))
        elif reader != record.owner and deed == "grant":
            chain.grant(record, reader, digest(f"envelope {number}"))
        elif reader != record.owner:
            chain.revoke(record, reader)
    _crowd(chain)


def _crowd(chain: FakeChain) -> None:
    # The last deeds in one block, as a multicall would have them.
    last, rest = len(chain.blocks) - 10, chain.blocks[-9:]
    for log, block in enumerate(rest, 1):
        for one in block.events:
            moved = dict(vars(one)) | {"block": last, "block_hash": chain.blocks[last].hash, "log": log}
            chain.blocks[last].events.append(type(one)(**moved))
        block.events.clear()


def all_events(chain: FakeChain) -> list[ChainEvent]:
    rows = [dict(vars(one)) for block in chain.blocks for one in block.events]
    return [ChainEvent(**{name: row[name] for name in row if name != "block_hash"}) for row in rows]


def walked(ask: Callable[[Window], Page[Any]], limit: int, **window: Any) -> list[Any]:
    """All items of a list, page after page."""
    items, after = [], None
    for _ in range(1000):
        page = ask(Window(limit, after, **window))
        assert len(page.items) <= limit
        items += page.items
        if page.after is None:
            return items
        after = Cursor.parse(str(page.after))
    raise AssertionError("The list has no end.")


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_events_of_all_pages_are_the_chain(
    pages: Pages, follower: Follower, chain: FakeChain, limit: int
) -> None:
    live(chain)
    follower.step()
    everything = all_events(chain)
    last = len(chain.blocks) - 12
    assert walked(pages.events, limit) == everything
    for kind in KINDS:
        ask = [one for one in everything if one.kind == kind]
        assert walked(lambda w, kind=kind: pages.events(w, kind), limit) == ask  # type: ignore[misc]
    assert walked(pages.events, limit, first=20, last=last) == [
        e for e in everything if 20 <= e.block <= last
    ]


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_events_of_an_account_and_of_a_record_are_theirs_alone(
    pages: Pages, follower: Follower, chain: FakeChain, limit: int
) -> None:
    live(chain)
    follower.step()
    everything = all_events(chain)
    for account in (ALICE, CAROL, NOBODY):
        theirs = [e for e in everything if account in {e.account, e.reader}]
        assert walked(lambda w, a=account: pages.events_of_account(a, w), limit) == theirs  # type: ignore[misc]
    record = RecordId(ALICE, 2)
    of = [e for e in everything if (e.account, e.number) == (ALICE, 2) and e.kind != "key"]
    assert walked(lambda w: pages.events_of_record(record, w), limit) == of
    grants = [e for e in of if e.kind == "granted"]
    assert walked(lambda w: pages.events_of_record(record, w, ["granted"]), limit) == grants
    assert walked(lambda w: pages.events_of_record(record, w, ["key"]), limit) == []


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_records_of_an_account_are_what_the_chain_says(
    pages: Pages, follower: Follower, chain: FakeChain, limit: int
) -> None:
    live(chain)
    follower.step()
    owned = walked(lambda w: pages.records_of_owner(ALICE, w), limit)
    assert [one.id for one in owned] == [RecordId(ALICE, n) for n in range(4)]
    assert all(one.root == chain.roots[one.id] for one in owned)
    shared = walked(lambda w: pages.records_of_reader(CAROL, w), limit)
    granted = {record for (record, reader), grant in chain.grants.items() if reader == CAROL and grant.live}
    assert {one.id for one in shared} == granted
    assert len(shared) == len(granted)
    assert all(one.root == chain.roots[one.id] for one in shared)


def test_page_says_as_of_which_block_it_is(pages: Pages, follower: Follower, chain: FakeChain) -> None:
    with pytest.raises(IndexBehind):
        pages.events(Window())
    chain.mine(3)
    follower.step()
    tip = pages.events(Window()).tip
    assert (tip.number, tip.hash) == (3, chain.blocks[3].hash)


def test_cursor_is_stable_while_the_chain_grows(pages: Pages, follower: Follower, chain: FakeChain) -> None:
    live(chain, 20)
    follower.step()
    before = all_events(chain)
    page = pages.events(Window(5))
    chain.create(CAROL, digest("later"))
    follower.step()
    rest = pages.events(Window(200, page.after)).items
    assert [*page.items, *rest] == all_events(chain)
    assert len(page.items) + len(rest) == len(before) + 1


def test_cursor_into_a_block_that_was_taken_back_is_refused(
    pages: Pages, follower: Follower, chain: FakeChain
) -> None:
    for number in range(4):
        chain.create(ALICE, digest(str(number)))
    follower.step()
    early, late = pages.events(Window(1)).after, pages.events(Window(3)).after
    chain.reorganise(3)
    for number in range(5):
        chain.create(BOB, digest(str(number)))
    follower.step()
    assert len(pages.events(Window(200, early)).items) == 5
    with pytest.raises(BadCursor):
        pages.events(Window(200, late))


@pytest.mark.parametrize("change", ["", "A", "=", " ", "é", "\n"])
def test_cursor_in_another_spelling_is_refused(change: str) -> None:
    good = str(Cursor(7, 2, b"12345678"))
    assert Cursor.parse(good) == Cursor(7, 2, b"12345678")
    for bad in (change, good + change if change else good[:-1], good[:5] + change + good[6 + len(change) :]):
        with pytest.raises(BadCursor):
            Cursor.parse(bad)


def test_cursor_of_a_negative_place_is_refused() -> None:
    for bad in (Cursor(-1, 0, bytes(8)), Cursor(0, -1, bytes(8))):
        with pytest.raises(BadCursor):
            Cursor.parse(str(bad))


@contextmanager
def _plans(engine: Engine) -> Iterator[list[str]]:
    """Collect how SQLite finds what is asked."""
    found: list[str] = []

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found.extend(row[3] for row in asked.fetchall())

    event.listen(engine, "before_cursor_execute", explain)
    yield found
    event.remove(engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("deeds", [20, 200])
def test_pages_are_found_by_indexes_and_never_by_a_scan(
    engine: Engine, pages: Pages, follower: Follower, chain: FakeChain, deeds: int
) -> None:
    live(chain, deeds)
    follower.step()
    after = pages.events(Window(3)).after
    record = RecordId(ALICE, 1)
    asks: list[tuple[set[str], Callable[[Window], object]]] = [
        ({"sqlite_autoindex_index_events_1"}, pages.events),
        ({"index_events_kind"}, lambda w: pages.events(w, "key")),
        ({"index_events_by", "index_events_to"}, lambda w: pages.events_of_account(ALICE, w)),
        ({"index_events_by", "index_events_to"}, lambda w: pages.events_of_account(ALICE, w, ["granted"])),
        ({"index_events_of"}, lambda w: pages.events_of_record(record, w)),
        ({"index_events_of"}, lambda w: pages.events_of_record(record, w, ["revoked"])),
        ({"index_events_by", "index_events_of"}, lambda w: pages.records_of_owner(ALICE, w)),
        ({"index_events_to", "index_events_of"}, lambda w: pages.records_of_reader(CAROL, w)),
    ]
    for wanted, ask in asks:
        with _plans(engine) as plans:
            ask(Window(7, after, 1, 100))
        assert not [plan for plan in plans if plan.startswith("SCAN index_events")], plans
        searched = [plan for plan in plans if plan.startswith("SEARCH index_events")]
        used = {plan.split("USING ")[1].split("INDEX ")[1].split(" ")[0] for plan in searched}
        assert wanted <= used <= wanted | {"index_events_grant"}, plans
        # Down to the place in the list, not just to the account: what stands before it costs nothing.
        assert all("block" in plan or "kind=?" in plan for plan in searched), plans
