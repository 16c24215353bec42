"""Challenges and sessions under threads, and how many are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from pmr.errors import NotSignedIn, SignInFailed
from pmr.server import sessions as module
from pmr.server.database import open_database
from pmr.server.sessions import Challenge, Session, Sessions, Site
from pmr.server.tables import challenges, sessions
from pmr.types import Address, parse_address
from server.fakes import CHAIN_ID, ORIGIN, FakeClock

ALICE, BOB = (parse_address("0x" + digits * 20) for digits in ("a1", "b2"))
GOOD = b"good"


def _check(account: Address, text: str, signature: bytes) -> None:
    assert account in text
    if signature != GOOD:
        raise SignInFailed("")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'server.sqlite'}")
    yield opened
    opened.dispose()


@pytest.fixture
def desk(engine: Engine, clock: FakeClock) -> Sessions:
    return Sessions(engine, Site.parse(ORIGIN), CHAIN_ID, _check, clock)


def _count(engine: Engine, table: object = challenges) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]  # a Table


def test_sign_in_of_many_threads_with_one_challenge_succeeds_once(desk: Sessions, engine: Engine) -> None:
    threads = 8
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(5):
            made, barrier = desk.challenge(ALICE), Barrier(threads)

            def attempt(made: Challenge = made, barrier: Barrier = barrier) -> bool:
                barrier.wait()
                try:
                    return bool(desk.sign_in(made.id, GOOD))
                except SignInFailed:
                    return False

            outcomes = [pool.submit(attempt) for _ in range(threads)]
            assert Counter(outcome.result() for outcome in outcomes) == {True: 1, False: threads - 1}
    assert _count(engine, sessions) == 5


def test_challenge_for_one_account_beyond_the_limit_drops_the_oldest(
    desk: Sessions, engine: Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHALLENGES_EACH", 3)
    bobs, made = desk.challenge(BOB), []
    for _ in range(5):
        clock.now += 1
        made.append(desk.challenge(ALICE))
    assert _count(engine) == 4
    with pytest.raises(SignInFailed):
        desk.sign_in(made[1].id, GOOD)
    for kept, account in ((made[2], ALICE), (made[4], ALICE), (bobs, BOB)):
        assert desk.sign_in(kept.id, GOOD).address == account


def test_challenge_beyond_the_limit_for_all_drops_the_oldest(
    desk: Sessions, engine: Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHALLENGES", 10)
    made = []
    for number in range(1, 31):
        clock.now += 1
        made.append(desk.challenge(parse_address(f"0x{number:040x}")))
    assert _count(engine) == 10
    assert desk.sign_in(made[-10].id, GOOD)
    with pytest.raises(SignInFailed):
        desk.sign_in(made[-11].id, GOOD)


def test_challenge_prunes_those_that_are_too_old(desk: Sessions, engine: Engine, clock: FakeClock) -> None:
    for _ in range(5):
        desk.challenge(ALICE)
    clock.now += 300
    desk.challenge(BOB)
    assert _count(engine) == 1


def test_sign_in_beyond_the_accounts_limit_ends_the_session_used_least_recently(
    desk: Sessions, engine: Engine, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SESSIONS_EACH", 2)
    bobs = _signed_in(desk, BOB)
    old, used = _signed_in(desk, ALICE), _signed_in(desk, ALICE)
    clock.now += 90
    desk.authenticate(used.token)
    clock.now += 1
    newest = _signed_in(desk, ALICE)
    assert _count(engine, sessions) == 3
    for kept in (bobs, used, newest):
        desk.authenticate(kept.token)
    with pytest.raises(NotSignedIn):
        desk.authenticate(old.token)


def test_sign_in_prunes_sessions_that_are_over(desk: Sessions, engine: Engine, clock: FakeClock) -> None:
    for _ in range(3):
        _signed_in(desk, ALICE)
    clock.now += 15 * 60
    _signed_in(desk, BOB)
    assert _count(engine, sessions) == 1


def test_representation_of_challenge_and_session_shows_no_secret(desk: Sessions) -> None:
    made = desk.challenge(ALICE, browser="browser-secret")
    opened = desk.sign_in(made.id, GOOD, browser="browser-secret")
    for secret in (made.id, made.message, opened.token):
        assert secret not in f"{made!r} {made} {opened!r} {opened}"


def test_database_holds_neither_token_nor_browser_secret(desk: Sessions, tmp_path: Path) -> None:
    desk.challenge(BOB, browser="browser-secret")
    opened = _signed_in(desk, ALICE)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("server.sqlite*"))
    assert ALICE.encode() in kept
    assert opened.token.encode() not in kept
    assert b"browser-secret" not in kept


def _signed_in(desk: Sessions, account: Address) -> Session:
    return desk.sign_in(desk.challenge(account).id, GOOD)
