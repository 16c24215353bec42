"""Lists of public chain data: for everybody, page by page, as of a block that is named."""

from __future__ import annotations

import os

import pytest
from flask import Flask
from server.fakes import FakeChain
from werkzeug.test import TestResponse

from pmr.content.cid import Cid
from pmr.server.services import Services
from pmr.types import RecordId, parse_address
from pmr.web import limits
from pmr.web.app import create_app

ALICE, BOB = (parse_address("0x" + digit * 40) for digit in "12")
ROOT, NEXT_ROOT, ENVELOPE, BUNDLE = (os.urandom(32) for _ in range(4))


@pytest.fixture
def record(chain: FakeChain, services: Services) -> RecordId:
    """A record of Alice that Bob may read."""
    made = chain.create(ALICE, ROOT)
    chain.publish(BOB, 0, BUNDLE)
    chain.grant(made, BOB, ENVELOPE, expires_at=2_000_000_000)
    chain.revise(made, NEXT_ROOT)
    services.follower.step()
    return made


def get(app: Flask, path: str, tag: str | None = None) -> TestResponse:
    return app.test_client().get(path, headers={"If-None-Match": tag} if tag else {})


def test_records_of_an_owner_and_of_a_reader_name_the_root_now(app: Flask, record: RecordId) -> None:
    owned = get(app, f"/api/records?owner={ALICE}").get_json()["items"]
    shared = get(app, f"/api/records?reader={BOB.lower()}").get_json()["items"]
    assert [one["id"] for one in owned] == [one["id"] for one in shared] == [str(record)]
    assert owned[0]["root"] == shared[0]["root"] == str(Cid.root(NEXT_ROOT))
    assert (owned[0]["event"]["kind"], shared[0]["event"]["kind"]) == ("created", "granted")
    assert get(app, f"/api/records?owner={BOB}").get_json()["items"] == []


def test_history_tells_what_happened_in_order(app: Flask, record: RecordId, chain: FakeChain) -> None:
    told = get(app, f"/api/records/{record}/history").get_json()
    assert [one["kind"] for one in told["items"]] == ["created", "granted", "revised"]
    assert told["items"][1] == {
        "kind": "granted",
        "block": 3,
        "log": 0,
        "transaction": "0x" + chain.blocks[3].events[0].transaction.hex(),
        "record": str(record),
        "reader": BOB,
        "envelope": str(Cid.leaf(ENVELOPE)),
        "expiresAt": 2_000_000_000,
        "purpose": 1,
    }
    assert told["block"] == {"number": 4, "hash": "0x" + chain.blocks[4].hash.hex()}
    assert (told["next"], told["final"]) == (None, 4)


def test_events_are_paged_by_the_cursor_and_filtered(app: Flask, record: RecordId) -> None:
    first = get(app, "/api/events?limit=3").get_json()
    rest = get(app, f"/api/events?limit=3&cursor={first['next']}").get_json()
    assert [one["block"] for one in first["items"] + rest["items"]] == [1, 2, 3, 4]
    assert rest["next"] is None
    asked = {
        f"record={record}": [1, 3, 4],
        f"account={BOB}": [2, 3],
        "kind=key": [2],
        f"account={ALICE}&kind=revised": [4],
        "from=2&to=3": [2, 3],
    }
    told = {query: get(app, f"/api/events?{query}").get_json()["items"] for query in asked}
    assert {query: [one["block"] for one in items] for query, items in told.items()} == asked


def test_final_is_as_many_blocks_back_as_the_network_wants(
    app: Flask, record: RecordId, services: Services
) -> None:
    object.__setattr__(services.network, "confirmations", 3)
    assert get(app, "/api/events").get_json()["final"] == 1
    object.__setattr__(services.network, "confirmations", 5)
    assert get(app, "/api/events").get_json()["final"] is None


def test_list_is_sent_again_only_when_the_chain_went_on(
    app: Flask, record: RecordId, chain: FakeChain, services: Services
) -> None:
    answer = get(app, "/api/events?limit=2")
    tag = answer.headers["ETag"]
    assert answer.headers["Cache-Control"] == "no-cache"
    again = get(app, "/api/events?limit=2", tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert get(app, "/api/events?limit=1", tag).status_code == 200
    chain.mine()
    services.follower.step()
    assert get(app, "/api/events?limit=2", tag).status_code == 200


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/api/records", "bad-input"),
        (f"/api/records?owner={ALICE}&reader={BOB}", "bad-input"),
        ("/api/records?owner=", "bad-address"),
        ("/api/records?owner=0x1", "bad-address"),
        (f"/api/records/{ALICE}/x/history", "bad-record-id"),
        (f"/api/records/{ALICE}/0/history?kind=key", "bad-input"),
        ("/api/events?cursor=", "bad-cursor"),
        ("/api/events?cursor=AAAAAAAAAAcAAAACMTIzNDU2Nzg", "bad-cursor"),
        ("/api/events?cursor=f_________8AAAACMTIzNDU2Nzg", "bad-cursor"),
        ("/api/events?limit=0", "bad-input"),
        ("/api/events?limit=201", "bad-input"),
        ("/api/events?from=-1", "bad-input"),
        (f"/api/events?to={2**63}", "bad-input"),
        ("/api/events?kind=shared", "bad-input"),
        ("/api/events?acount=0x1", "bad-input"),
        ("/api/events?limit=1&limit=2", "bad-input"),
        (f"/api/events?account={ALICE}&record={ALICE}/0", "bad-input"),
    ],
)
def test_list_that_is_asked_for_wrongly_says_so(app: Flask, record: RecordId, path: str, slug: str) -> None:
    answer = get(app, path)
    assert (answer.status_code, answer.get_json()["type"]) == (400, f"urn:pmr:problem:{slug}")
    assert answer.headers["Cache-Control"] == "no-store"


def test_list_before_the_first_block_was_read_is_not_empty_but_refused(app: Flask) -> None:
    assert get(app, "/api/events").status_code == 503


def test_lists_are_limited_for_each_address(
    services: Services, record: RecordId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LISTS", "3/minute")
    client = create_app(services).test_client()
    assert [client.get("/api/events").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert client.get("/api/config").status_code == 200


def test_config_is_sent_again_only_when_it_changed(app: Flask) -> None:
    answer = get(app, "/api/config")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert get(app, "/api/config", answer.headers["ETag"]).status_code == 304
    assert get(app, "/api/config", '"other"').status_code == 200
