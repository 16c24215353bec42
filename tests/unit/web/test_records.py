"""What the server says that it has: of records to those who may read them, of room to its accounts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from server.fakes import NOW, FakeChain, FakeClock, make_services

from pmr.server.accounts import AccountList
from pmr.server.services import Bounds
from pmr.types import RecordId
from pmr.web.app import create_app
from web.actors import Actor, Folder, leaf

ActorMaker = Callable[[int], Actor]


def state(who: Actor, record: RecordId) -> tuple[int, dict[str, object]]:
    answer = who.call("GET", f"/api/records/{record}")
    return answer.status_code, dict(answer.get_json())


def test_state_says_whether_the_record_and_the_envelopes_are_here(
    chain: FakeChain, actor: ActorMaker
) -> None:
    owner, reader, other = actor(1), actor(2), actor(3)
    folder, envelope = Folder({"0": b"x" * 5000}), leaf()
    record = chain.create(owner.address, folder.root.digest)
    chain.grant(record, reader.address, envelope.cid.digest)
    chain.grant(record, other.address, leaf().cid.digest)
    chain.grant(record, actor(4).address, leaf().cid.digest, expires_at=NOW)
    head = {"id": str(record), "root": str(folder.root)}

    lacking = sorted([reader.address, other.address])
    nothing = {"served": False, "envelope": None, "withoutEnvelope": lacking}
    assert state(owner, record) == (200, head | nothing)
    assert state(reader, record) == (200, head | {"served": False, "envelope": False, "withoutEnvelope": []})

    owner.upload([*folder.blocks, envelope])
    assert state(owner, record)[1]["served"] is False, "uploaded is not pinned"
    owner.pin(folder.root)
    assert state(owner, record)[1] == head | nothing | {"served": True, "withoutEnvelope": [other.address]}
    assert state(reader, record) == (200, head | {"served": True, "envelope": True, "withoutEnvelope": []})

    chain.revoke(record, other.address)
    assert state(owner, record)[1]["withoutEnvelope"] == []
    chain.revise(record, leaf().cid.digest)
    assert state(reader, record)[1]["served"] is False


def test_state_is_told_to_those_alone_who_may_read(chain: FakeChain, actor: ActorMaker) -> None:
    owner, reader, stranger = actor(1), actor(2), actor(3)
    record = chain.create(owner.address, leaf().cid.digest)
    chain.grant(record, reader.address, leaf().cid.digest, expires_at=NOW + 5)
    chain.clock.now = NOW + 5
    for who in (reader, stranger):
        assert state(who, record)[0] == 404
    assert state(owner, RecordId(owner.address, 1))[0] == 404
    assert owner.call("GET", "/api/records/0x1/0").status_code == 400


def test_account_says_what_is_used_and_what_may_be(actor: ActorMaker) -> None:
    owner = actor(1)
    owner.upload([leaf(b"x" * 10_000), leaf()])
    used = {"address": owner.address, "used": 10_000 + 4096, "quota": 0}
    assert owner.call("GET", "/api/account").get_json() == used
    assert actor(2).call("GET", "/api/account").get_json()["used"] == 0


# --- a hospital with a list of accounts


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    return tmp_path / "accounts.txt"


@pytest.fixture
def listed(
    tmp_path: Path, migrated: Path, chain: FakeChain, clock: FakeClock, accounts: Path
) -> Iterator[Flask]:
    accounts.write_text("")
    shutil.copy(migrated, tmp_path)
    services = make_services(tmp_path, chain, clock, bounds=Bounds(accounts=AccountList(accounts)))
    yield create_app(services)
    services.close()


def test_sign_in_of_an_account_that_is_not_listed_is_refused(listed: Flask, accounts: Path) -> None:
    known, other = Actor(listed, 1), Actor(listed, 2)
    accounts.write_text(known.address)
    assert known.signed_in().call("GET", "/api/session").status_code == 200
    answer = other.sign_in()
    assert (answer.status_code, answer.get_json()["type"]) == (403, "urn:pmr:problem:not-admitted")


def test_sign_in_does_not_tell_strangers_who_is_listed(listed: Flask, accounts: Path) -> None:
    known, other, stranger = Actor(listed, 1), Actor(listed, 2), Actor(listed, 3)
    accounts.write_text(known.address)
    told = []
    for somebody in (known, other):
        challenge = somebody.challenge()
        answer = stranger.sign_in(challenge, stranger.sign(challenge["message"]))
        told.append(answer.text.replace(somebody.address, "SOMEBODY"))
    assert told[0] == told[1]


def test_session_of_an_account_that_is_struck_off_ends_and_stays_ended(listed: Flask, accounts: Path) -> None:
    known, other = Actor(listed, 1), Actor(listed, 2)
    accounts.write_text(f"{known.address}\n{other.address}\n")
    known.signed_in()
    other.signed_in()
    accounts.write_text(f"{other.address}\n")
    assert known.call("GET", "/api/account").status_code in {401, 403}
    assert other.call("GET", "/api/account").status_code == 200
    accounts.write_text(f"{known.address}\n{other.address}\n")
    assert known.call("GET", "/api/account").status_code == 401
