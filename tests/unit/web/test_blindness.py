"""An account cannot learn which blocks others hold: its every answer is the same, whether they do or not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from server.fakes import FakeChain, FakeClock, make_services
from werkzeug.test import TestResponse

from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import Cid
from pmr.server.services import Bounds, Services
from pmr.types import RecordId
from pmr.web.app import create_app
from web.actors import CAR, Actor, Folder, leaf

DAY = 24 * 3600
QUOTA = 3_000_000
Told = tuple[str, int, bytes, list[tuple[str, str]]]


@dataclass
class World:
    """A server, and what Mallory was told by it."""

    folder: Path
    chain: FakeChain
    clock: FakeClock
    services: Services
    victim: Actor
    mallory: Actor
    room: list[int]

    def pass_time(self, seconds: int) -> None:
        for path in (self.folder / "content" / "blocks").glob("*/*"):
            before = path.stat().st_mtime - seconds
            os.utime(path, (before, before))
        self.clock.now += seconds


@pytest.fixture
def worlds(tmp_path: Path, migrated: Path) -> Iterator[list[World]]:
    """Two servers that are alike."""
    made = [_world(tmp_path / name, migrated) for name in ("with", "without")]
    yield made
    for world in made:
        world.services.close()


def _world(folder: Path, migrated: Path) -> World:
    folder.mkdir()
    shutil.copy(migrated, folder)
    clock, room = FakeClock(), [1 << 40]
    chain = FakeChain(clock)
    bounds = Bounds(quota_bytes=QUOTA, min_free_bytes=1 << 30, free=lambda: room[0])
    services = make_services(folder, chain, clock, bounds=bounds)
    app = create_app(services)
    return World(folder, chain, clock, services, Actor(app, 1).signed_in(), Actor(app, 666).signed_in(), room)


def _told(what: str, answer: TestResponse) -> Told:
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "X-Request-ID")
    return what, answer.status_code, answer.data, headers


class Probing:
    """Everything that Mallory can think of, about blocks that somebody may hold."""

    def __init__(self, world: World, folder: Folder, single: Block, own: Folder) -> None:
        self._world, self._mallory = world, world.mallory
        self._folder, self._single, self._own = folder, single, own
        self._found: list[Told] = []

    def all(self) -> list[Told]:
        """Ask as a stranger, with the bytes, a day later, and when there is little room."""
        self._ask("as a stranger")
        self._upload(self._folder.blocks[-1:])  # the directory alone: its bytes follow from public CIDs
        self._ask("with the directory")
        record = self._world.chain.create(self._mallory.address, self._folder.root.digest)
        self._world.chain.grant(record, self._mallory.address, self._single.cid.digest)
        self._world.chain.publish(self._mallory.address, 1, self._single.cid.digest)
        self._ask("with a record", record)
        self._upload([self._folder.blocks[0], self._single])
        self._ask("with some bytes", record)
        for hours in (22, 2, 25):
            self._world.pass_time(hours * 3600)
            self._mallory.signed_in()
            self._ask(f"{hours} hours later", record)
            self._world.services.retention.collect()
            self._ask("collected", record)
        self._world.room[0] = 0
        self._upload(self._folder.blocks)
        self._world.room[0] = 1 << 40
        self._upload(self._own.blocks)
        self._upload(self._folder.blocks)
        self._ask("beyond the quota", record)
        return self._found

    def _upload(self, blocks: list[Block]) -> None:
        for car in pack(blocks):
            self._note("upload", self._mallory.call("POST", "/api/blocks", data=car, content_type=CAR))

    def _ask(self, when: str, record: RecordId | None = None) -> None:
        cids = [*self._folder.cids, self._single.cid, Cid.root(self._single.cid.digest)]
        asked = {"cids": [str(cid) for cid in [*cids, *reversed(cids)]]}
        self._note(f"missing {when}", self._mallory.call("POST", "/api/blocks/missing", json=asked))
        self._note(f"account {when}", self._mallory.call("GET", "/api/account"))
        if record:
            self._note(f"state {when}", self._mallory.call("GET", f"/api/records/{record}"))
        for cid in cids:
            self._note(f"pin {when}", self._mallory.pin(cid))
            self._note(f"key {when}", self._mallory.call("GET", f"/api/keys/{cid}"))
            if record:
                self._note(f"block {when}", self._mallory.block(record, cid))

    def _note(self, what: str, answer: TestResponse) -> None:
        self._found.append(_told(what, answer))


Victim = Callable[[World, Folder, Block], object]


def _registered(world: World, folder: Folder, single: Block) -> None:
    record = world.chain.create(world.victim.address, folder.root.digest)
    world.chain.grant(record, RecordId(world.victim.address, 9).owner, single.cid.digest)


HOLDING: dict[str, Victim] = {"staged": lambda *_: None, "registered": _registered}


@pytest.mark.parametrize(
    "also", [HOLDING["registered"], pytest.param(HOLDING["staged"], marks=pytest.mark.slow)]
)
def test_answers_to_an_account_are_the_same_whatever_others_hold(worlds: list[World], also: Victim) -> None:
    files = {"0": os.urandom(1_200_000), "header": b"h" * 300, "owner": os.urandom(1169)}
    folder, single, own = Folder(files), leaf(), Folder({"0": os.urandom(QUOTA - 1_000_000)})
    holding, other = worlds
    holding.victim.upload([*folder.blocks, single])
    assert holding.victim.pin(folder.root).status_code == 201
    for world in worlds:  # the chain is public: it is the same in both
        also(world, folder, single)
    told = [Probing(world, folder, single, own).all() for world in (holding, other)]
    assert len(told[0]) > 100
    assert {status for _, status, *_ in told[0]} >= {200, 404, 409, 413, 507}
    for one, two in zip(*told, strict=True):
        assert one == two
