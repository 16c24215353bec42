"""Rotations that are killed (SIGKILL) at chosen points and at random, and repeated."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from client_system import System, running_system
from forked_commands import KILLED, ForkedCommands, QuickKdf, forked_commands
from key_home import Home

from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.crypto.keys import Seed
from pmr.types import Purpose, RecordId

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SOURCES = [Source.from_bytes("x", b"plaintext")]
ROUNDS = 4
POINTS = [
    *(
        f"{moment}:{name}:1"
        for moment in ("before", "after")
        for name in ("begin", "vault", "put", "noted", "end")
    ),
    *(f"{moment}:send:1" for moment in ("before", "after")),
    *(f"before:replace:{number}" for number in (1, 2, 3)),
    *(f"before:sync:{number}" for number in (1, 2, 3, 4)),
    *(f"before:request:{number}" for number in (2, 4, 6, 8)),
]
LOST_POINTS = [
    "after:aside:1",
    "before:vault:1",
    "after:vault:1",
    "after:aside:2",
    "after:put:1",
    "after:send:1",
]


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pmr.crypto.vault.Argon2id", QuickKdf)
        yield


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedCommands]:
    with forked_commands(tmp_path_factory.mktemp("commands"), quick=True) as found:
        yield found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running_system(tmp_path_factory.mktemp("system"))


@pytest.fixture(scope="module")
def me(system: System, tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home.make(system, tmp_path_factory.mktemp("me"), 1)
    made.json("key", "new")
    made.json("key", "publish")
    return made


@pytest.fixture(scope="module")
def records(system: System, me: Home, tmp_path_factory: pytest.TempPathFactory) -> list[RecordId]:
    """A record of one's own and one that was shared, both from before any rotation."""
    other = Home.make(system, tmp_path_factory.mktemp("other"), 2)
    other.json("key", "new")
    other.json("key", "publish")
    foreign = other.doctor.create_record(SOURCES, About("Foreign")).id
    other.doctor.share(foreign, Terms(me.wallet.address, Purpose.TREATMENT))
    return [me.doctor.create_record(SOURCES, About("Own")).id, foreign]


def seeds(me: Home) -> dict[int, Seed]:
    return {version: key.seed for version, key in me.keyring.keys.items()}


def demand_one_more(me: Home, before: dict[int, Seed], records: list[RecordId]) -> None:
    """Exactly one new version, every old key still there, everything opens."""
    after = seeds(me)
    assert me.versions == max(before) + 1 == max(after)
    assert {version: after[version] for version in before} == before
    me.demand_whole()
    doctor = me.doctor
    assert [b"".join(doctor.open(record).file(0)) for record in records] == [b"plaintext"] * len(records)


@pytest.mark.parametrize("point", POINTS)
def test_rotate_killed_at_a_point_and_repeated_makes_exactly_one_version(
    commands: ForkedCommands, me: Home, records: list[RecordId], point: str
) -> None:
    before = seeds(me)
    assert commands.run(me.command("key", "rotate", point=point)).code == KILLED
    if point != "after:end:1":  # all was done and told
        me.json("key", "rotate")
    demand_one_more(me, before, records)


def test_rotate_killed_at_random_and_repeated_makes_exactly_one_version(
    commands: ForkedCommands, me: Home, records: list[RecordId]
) -> None:
    draw, duration = random.Random(), _duration(commands, me)
    for _ in range(ROUNDS):
        before, told, seconds = seeds(me), False, duration
        while not told:
            told = _run_for(commands, me, draw.uniform(0.0, 1.0) * seconds)
            seconds *= 1.1
        demand_one_more(me, before, records)


def _duration(commands: ForkedCommands, me: Home) -> float:
    """How long a rotation takes that nobody kills."""
    started = time.monotonic()
    assert commands.run(me.command("key", "rotate")).code == 0
    return time.monotonic() - started


def _run_for(commands: ForkedCommands, me: Home, seconds: float) -> bool:
    """Rotate for so long; say whether the end was told."""
    out = commands.run(me.command("key", "rotate", seconds=seconds)).out
    try:
        return bool(json.loads(out)["version"])
    except ValueError:
        return False


def test_commands_at_once_lose_no_key(commands: ForkedCommands, me: Home, records: list[RecordId]) -> None:
    before = seeds(me)
    ended = commands.run_at_once([me.command("key", "rotate")] * 3)
    assert [command.code for command in ended] == [0, 0, 0], ended
    after = seeds(me)
    assert max(before) < max(after) == me.versions <= max(before) + 3
    assert {version: after[version] for version in before} == before
    me.demand_whole()


@pytest.mark.parametrize("point", LOST_POINTS)
def test_lost_key_killed_at_a_point_and_repeated_makes_exactly_one_version(
    commands: ForkedCommands, system: System, tmp_path: Path, point: str
) -> None:
    me = Home.make(system, tmp_path, 3 + LOST_POINTS.index(point))
    me.json("key", "new")
    me.json("key", "publish")
    first, old = seeds(me), me.profile.read_vault()
    me.json("key", "passphrase", "--new-passphrase-file", str(me.folder / "other"))
    aside = me.profile.read_vault()
    system_copy = me.api
    system_copy.put_vault(old, system_copy.vault())
    assert commands.run(me.command("key", "rotate", "--lost", "--yes", point=point)).code == KILLED
    me.json("key", "rotate", "--lost", "--yes")
    assert me.versions == 2
    assert list(me.keyring.keys) == [2]
    assert {aside, old} <= {path.read_bytes() for path in me.profile.folder.glob("vault-*.json")}
    me.json(
        *("key", "restore", "--vault", str(_file(me, old))),
        *("--vault-passphrase-file", str(me.folder / "passphrase")),
    )
    assert seeds(me)[1] == first[1]


def _file(me: Home, vault: bytes) -> Path:
    return next(path for path in me.profile.folder.glob("vault-*.json") if path.read_bytes() == vault)
