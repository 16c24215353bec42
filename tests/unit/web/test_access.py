"""Who is given a record's blocks, and when."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from server.fakes import NOW, FakeChain, FakeClock, make_services
from werkzeug.test import TestResponse

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.types import RecordId
from pmr.web.app import create_app
from web.actors import Actor, Folder, leaf

ActorMaker = Callable[[int], Actor]


@pytest.fixture
def owner(actor: ActorMaker) -> Actor:
    return actor(1)


@pytest.fixture
def reader(actor: ActorMaker) -> Actor:
    return actor(2)


@pytest.fixture
def envelope(owner: Actor) -> Block:
    made = leaf()
    owner.upload([made])
    return made


@pytest.fixture
def folder(owner: Actor) -> Folder:
    return _pinned(owner)


@pytest.fixture
def record(chain: FakeChain, owner: Actor, folder: Folder) -> RecordId:
    return chain.create(owner.address, folder.root.digest)


def _pinned(owner: Actor) -> Folder:
    made = Folder({"0": os.urandom(5000), "header": os.urandom(300)})
    owner.upload(made.blocks)
    assert owner.pin(made.root).status_code == 201
    return made


def _same(answers: list[TestResponse]) -> bool:
    """Whether nothing but the request's own id tells the answers apart."""
    told = [
        (a.status_code, a.data, sorted((k, v) for k, v in a.headers.items() if k != "X-Request-ID"))
        for a in answers
    ]
    return all(one == told[0] for one in told)


def test_block_that_is_denied_looks_like_one_that_does_not_exist(
    chain: FakeChain, actor: ActorMaker, reader: Actor, record: RecordId, folder: Folder
) -> None:
    stranger = actor(3)
    chain.grant(record, reader.address, os.urandom(32))
    nothing = Cid.root(os.urandom(32))
    answers = [
        stranger.block(record, folder.root),
        stranger.block(record, nothing),
        stranger.block(RecordId(record.owner, 77), folder.root),
        stranger.block(RecordId(reader.address, 0), folder.root),
        reader.block(record, nothing),
        reader.block(RecordId(record.owner, 2**48 - 1), folder.root),
        stranger.call("GET", f"/api/keys/{folder.root}"),
        stranger.call("GET", f"/api/keys/{nothing}"),
        stranger.call("GET", "/api/vault"),
    ]
    assert answers[0].status_code == 404
    assert _same(answers)


@pytest.mark.parametrize(
    "path",
    [
        "0x11/0/blocks/{cid}",
        "{owner}/-1/blocks/{cid}",
        "{owner}/007/blocks/{cid}",
        "{owner}/281474976710656/blocks/{cid}",
        "{owner}/0/blocks/x",
        "{owner}/0/blocks/Qm",
        "{owner}/٣/blocks/{cid}",
    ],
)
def test_block_of_a_malformed_path_is_refused(owner: Actor, folder: Folder, path: str) -> None:
    answer = owner.call("GET", "/api/records/" + path.format(owner=owner.address, cid=folder.root))
    assert answer.status_code == 400


def test_block_is_served_until_the_grant_ends_by_the_servers_clock(
    chain: FakeChain, clock: FakeClock, reader: Actor, record: RecordId, folder: Folder
) -> None:
    chain.grant(record, reader.address, os.urandom(32), expires_at=NOW + 60)
    clock.now = NOW + 59
    assert reader.block(record, folder.root).status_code == 200
    clock.now = NOW + 60
    assert chain.can_read(record, reader.address), "the chain's own time stands still"
    assert reader.block(record, folder.root).status_code == 404


def test_block_is_denied_when_the_chain_says_no_although_the_clock_is_behind(
    chain: FakeChain, reader: Actor, record: RecordId, folder: Folder
) -> None:
    chain.grant(record, reader.address, os.urandom(32), expires_at=NOW + 60)
    chain.head_timestamp = NOW + 60
    assert reader.block(record, folder.root).status_code == 404


def test_block_of_an_earlier_root_is_the_owners_alone(
    chain: FakeChain, owner: Actor, reader: Actor, record: RecordId, folder: Folder
) -> None:
    chain.grant(record, reader.address, os.urandom(32))
    assert reader.block(record, folder.root).status_code == 200
    newer = _pinned(owner)
    chain.revise(record, newer.root.digest)
    assert [reader.block(record, cid).status_code for cid in folder.cids] == [404] * 3
    assert [reader.block(record, cid).status_code for cid in newer.cids] == [200] * 3
    for cid in folder.cids + newer.cids:
        assert owner.block(record, cid).status_code == 200


def test_block_of_another_record_of_the_owner_is_not_served_under_this_one(
    chain: FakeChain, owner: Actor, reader: Actor, record: RecordId
) -> None:
    other = _pinned(owner)
    chain.create(owner.address, other.root.digest)
    chain.grant(record, reader.address, os.urandom(32))
    for who in (reader, owner):
        assert [who.block(record, cid).status_code for cid in other.cids] == [404] * 3


def test_envelope_is_served_to_its_reader_alone(
    chain: FakeChain, actor: ActorMaker, reader: Actor, record: RecordId, envelope: Block
) -> None:
    other = actor(3)
    chain.grant(record, other.address, os.urandom(32))
    assert reader.block(record, envelope.cid).status_code == 404
    chain.grant(record, reader.address, envelope.cid.digest)
    assert reader.block(record, envelope.cid).data == envelope.data
    assert other.block(record, envelope.cid).status_code == 404
    chain.revoke(record, reader.address)
    assert reader.block(record, envelope.cid).status_code == 404


def test_envelope_that_a_later_grant_replaced_is_not_served(
    chain: FakeChain, owner: Actor, reader: Actor, record: RecordId, envelope: Block
) -> None:
    newer = leaf()
    owner.upload([newer])
    chain.grant(record, reader.address, envelope.cid.digest)
    assert reader.block(record, envelope.cid).status_code == 200
    chain.grant(record, reader.address, newer.cid.digest)
    assert reader.block(record, newer.cid).status_code == 200
    assert reader.block(record, envelope.cid).status_code == 404


def test_envelope_under_another_record_is_not_served(
    chain: FakeChain, owner: Actor, reader: Actor, record: RecordId, envelope: Block
) -> None:
    other = chain.create(owner.address, _pinned(owner).root.digest)
    chain.grant(record, reader.address, envelope.cid.digest)
    chain.grant(other, reader.address, os.urandom(32))
    assert reader.block(other, envelope.cid).status_code == 404


def test_block_without_a_chain_is_refused_without_naming_the_endpoint(
    chain: FakeChain, owner: Actor, record: RecordId, folder: Folder
) -> None:
    chain.away = True
    answer = owner.block(record, folder.root)
    assert (answer.status_code, answer.get_json()["type"]) == (503, "urn:pmr:problem:chain-unavailable")
    assert "secret-key" not in answer.text


# --- a chain that must not stand still


@pytest.fixture
def strict_app(tmp_path: Path, chain: FakeChain, clock: FakeClock) -> Iterator[Flask]:
    services = make_services(tmp_path, chain, clock, max_head_age=60)
    yield create_app(services)
    services.close()


def test_block_on_a_stale_head_is_refused_to_everybody(
    strict_app: Flask, chain: FakeChain, clock: FakeClock
) -> None:
    owner, reader = (Actor(strict_app, number).signed_in() for number in (1, 2))
    folder = _pinned(owner)
    record = chain.create(owner.address, folder.root.digest)
    chain.grant(record, reader.address, os.urandom(32))
    clock.now += 60
    assert [who.block(record, folder.root).status_code for who in (owner, reader)] == [200, 200]
    clock.now += 1
    for who in (owner, reader):
        answer = who.block(record, folder.root)
        assert (answer.status_code, answer.get_json()["type"]) == (503, "urn:pmr:problem:stale-head")
    chain.head_timestamp = clock.now
    assert owner.block(record, folder.root).status_code == 200
