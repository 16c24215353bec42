"""An answer of the registry holds until the next block, and not longer."""

from __future__ import annotations

import hashlib

import pytest

from pmr.chain.connection import Head
from pmr.errors import ChainUnavailable
from pmr.server.permission import Permission
from pmr.types import parse_address
from server.fakes import NOW, FakeChain, FakeClock

ALICE, BOB = (parse_address("0x" + digit * 40) for digit in "12")
ROOT, OTHER = (hashlib.sha256(name).digest() for name in (b"root", b"other"))


class CountingChain(FakeChain):
    """Counts what is asked beside the head."""

    asked = 0

    def _answer(self) -> None:
        super()._answer()
        self.asked += 1

    def head(self) -> Head:
        self.asked -= 1
        return super().head()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chain(clock: FakeClock) -> CountingChain:
    return CountingChain(clock)


@pytest.fixture
def permission(chain: FakeChain, clock: FakeClock) -> Permission:
    return Permission(chain, clock, None)


def test_root_for_a_reader_is_asked_once_a_block(chain: CountingChain, permission: Permission) -> None:
    record = chain.create(ALICE, ROOT)
    chain.grant(record, BOB, OTHER)
    for account in (ALICE, BOB):
        assert permission.root_for(account, record) == ROOT
        before = chain.asked
        assert [permission.root_for(account, record) for _ in range(5)] == [ROOT] * 5
        assert chain.asked == before
    chain.mine()
    assert permission.root_for(BOB, record) == ROOT
    assert chain.asked > before


def test_root_for_a_reader_changes_with_the_next_block(chain: FakeChain, permission: Permission) -> None:
    record = chain.create(ALICE, ROOT)
    assert permission.root_for(BOB, record) is None
    chain.grant(record, BOB, OTHER)
    assert permission.root_for(BOB, record) == ROOT
    chain.revise(record, OTHER)
    assert permission.root_for(BOB, record) == OTHER
    chain.revoke(record, BOB)
    assert permission.root_for(BOB, record) is None


def test_root_for_a_reader_ends_within_a_block_by_the_clock(
    chain: FakeChain, clock: FakeClock, permission: Permission
) -> None:
    record = chain.create(ALICE, ROOT)
    chain.grant(record, BOB, OTHER, NOW + 10)
    assert permission.root_for(BOB, record) == ROOT
    clock.now += 10
    assert permission.root_for(BOB, record) is None


def test_root_for_a_reader_whose_grant_a_reorganisation_removed_is_none(
    chain: FakeChain, permission: Permission
) -> None:
    record = chain.create(ALICE, ROOT)
    chain.grant(record, BOB, OTHER)
    assert permission.root_for(BOB, record) == ROOT
    chain.reorganise(1)
    chain.grants.clear()
    chain.mine()
    assert permission.root_for(BOB, record) is None


def test_root_for_a_reader_is_not_remembered_when_a_block_came_in_between(
    chain: FakeChain, permission: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is of the newer block; should that be undone, it must not stand for the older one."""
    record = chain.create(ALICE, ROOT)
    real = chain.can_read

    def grant_first(*about: object) -> bool:
        monkeypatch.setattr(chain, "can_read", real)
        chain.grant(record, BOB, OTHER)
        return chain.can_read(record, BOB)

    monkeypatch.setattr(chain, "can_read", grant_first)
    assert permission.root_for(BOB, record) == ROOT
    chain.reorganise(1)
    chain.grants.clear()
    assert permission.root_for(BOB, record) is None


def test_root_for_anybody_without_a_chain_is_not_taken_from_memory(
    chain: FakeChain, permission: Permission
) -> None:
    record = chain.create(ALICE, ROOT)
    assert permission.root_for(ALICE, record) == ROOT
    chain.away = True
    with pytest.raises(ChainUnavailable):
        permission.root_for(ALICE, record)


def test_root_for_more_questions_than_are_remembered_stays_right(
    chain: FakeChain, permission: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmr.server.permission.REMEMBERED", 3)
    records = [chain.create(ALICE, bytes([n]) * 32) for n in range(1, 9)]
    for _ in range(2):
        assert [permission.root_for(ALICE, r) for r in records] == [bytes([n]) * 32 for n in range(1, 9)]
