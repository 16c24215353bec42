"""Denied and absent: the same answer, by the same questions to the database, the chain and the store."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from server.fakes import NOW, FakeChain, FakeClock
from sqlalchemy import event
from sqlalchemy.engine import Engine

from pmr.content.cid import Cid
from pmr.content.embedded import EmbeddedStore
from pmr.crypto.keys import DoctorKey
from pmr.server.services import Services
from pmr.types import RecordId
from web.actors import Actor, Folder, leaf

ActorMaker = Callable[[int], Actor]
CHAIN_CALLS = ("head", "root_of", "can_read", "grant_of", "newest", "block_hash", "events")


@contextmanager
def counting(chain: FakeChain, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count SQL statements by their text, calls of the chain and reads of the store."""
    found: Counter[str] = Counter()

    def sql(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found[statement] += 1

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            found[name] += 1
            return real(*given)

        return call

    event.listen(Engine, "before_cursor_execute", sql)
    with monkeypatch.context() as patch:
        for name in CHAIN_CALLS:
            patch.setattr(chain, name, counted(name, getattr(chain, name)))
        for name in ("_get", "_size"):
            patch.setattr(EmbeddedStore, name, counted(name, getattr(EmbeddedStore, name)))
        yield found
    event.remove(Engine, "before_cursor_execute", sql)


class Scene:
    """A record that Alice shared with some, who may read it no longer."""

    def __init__(self, chain: FakeChain, actor: ActorMaker, follow: Callable[[], object]) -> None:
        self._chain, self._follow = chain, follow
        self.alice, self.revoked, self.late, self.stranger = (actor(number) for number in (1, 2, 3, 4))
        self.folder, self.envelope = Folder({"0": os.urandom(5000), "header": b"h" * 300}), leaf()
        self.alice.upload([*self.folder.blocks, self.envelope])
        assert self.alice.pin(self.folder.root).status_code == 201
        self.record = chain.create(self.alice.address, self.folder.root.digest)
        chain.grant(self.record, self.revoked.address, self.envelope.cid.digest)
        chain.revoke(self.record, self.revoked.address)
        chain.grant(self.record, self.late.address, self.envelope.cid.digest, expires_at=NOW + 10)

    def new_block(self) -> None:
        """Have nothing remembered of the block before, and the index at this one."""
        self._chain.mine()
        self._follow()

    def denied(self) -> list[tuple[Actor, RecordId]]:
        nobody, none = RecordId(self.stranger.address, 0), RecordId(self.alice.address, 77)
        known = [(who, self.record) for who in (self.stranger, self.revoked, self.late)]
        return [(self.stranger, none), (self.revoked, nobody), *known]

    @property
    def cids(self) -> list[Cid]:
        nothing = os.urandom(32)
        return [*self.folder.cids, self.envelope.cid, Cid.leaf(nothing), Cid.root(nothing)]


@pytest.fixture
def scene(services: Services, chain: FakeChain, clock: FakeClock, actor: ActorMaker) -> Scene:
    made = Scene(chain, actor, services.follower.step)
    clock.now = NOW + 10
    return made


def test_block_denied_asks_the_same_questions_as_block_absent(
    scene: Scene, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for who, record in scene.denied():
        for cid in scene.cids:
            scene.new_block()
            with counting(chain, monkeypatch) as found:
                assert who.block(record, cid).status_code == 404
            asked.append(found)
    assert asked[0]["can_read"] == asked[0]["root_of"] == asked[0]["grant_of"] == 1
    assert [found - asked[0] for found in asked] == [Counter()] * len(asked)
    assert [asked[0] - found for found in asked] == [Counter()] * len(asked)


def test_state_denied_asks_the_same_questions_as_state_absent(
    scene: Scene, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for who, record in scene.denied():
        scene.new_block()
        with counting(chain, monkeypatch) as found:
            assert who.call("GET", f"/api/records/{record}").status_code == 404
        asked.append(found)
    assert [found - asked[0] for found in asked] == [Counter()] * len(asked)
    assert [asked[0] - found for found in asked] == [Counter()] * len(asked)


def test_block_of_another_record_asks_a_reader_the_same_as_one_that_nobody_has(
    scene: Scene, chain: FakeChain, actor: ActorMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, own, sent = actor(5), leaf(), leaf()
    scene.alice.upload([own, sent])
    chain.grant(scene.record, reader.address, own.cid.digest)
    assert reader.block(scene.record, own.cid).status_code == 200
    asked = []
    for cid in (scene.envelope.cid, sent.cid, leaf().cid):
        scene.new_block()
        with counting(chain, monkeypatch) as found:
            assert reader.block(scene.record, cid).status_code == 404
        asked.append(found)
    assert asked[0] == asked[1] == asked[2]


def test_key_that_nobody_published_asks_the_same_whether_its_bytes_are_here(
    scene: Scene, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpublished = leaf(DoctorKey.generate().bundle(scene.alice.address, 1))
    scene.alice.upload([unpublished])
    asked = []
    for cid in (unpublished.cid, scene.envelope.cid, leaf().cid):
        scene.new_block()
        with counting(chain, monkeypatch) as found:
            assert scene.stranger.call("GET", f"/api/keys/{cid}").status_code == 404
        asked.append(found)
    assert asked[0] == asked[1] == asked[2]
    assert asked[0]["_get"] == 0


def test_block_granted_is_found_by_other_questions(
    scene: Scene, app: Flask, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the comparisons above compare something."""
    with counting(chain, monkeypatch) as found:
        assert scene.alice.block(scene.record, scene.folder.root).status_code == 200
    assert found["_get"] == 1
    assert sum(text.startswith("SELECT") for text in found) >= 2
