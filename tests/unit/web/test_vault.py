"""The vault: one an account, and no machine overwrites what another saved."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from web.actors import Actor

ActorMaker = Callable[[int], Actor]


@pytest.fixture
def alice(actor: ActorMaker) -> Actor:
    return actor(1)


def put(who: Actor, data: bytes, tag: str | None = None) -> TestResponse:
    headers = {} if tag is None else {"If-Match": tag}
    return who.call("PUT", "/api/vault", data=data, headers=headers)


def get(who: Actor) -> TestResponse:
    return who.call("GET", "/api/vault")


def test_vault_is_given_back_as_it_was_saved(alice: Actor) -> None:
    data = os.urandom(64 << 10)
    assert get(alice).status_code == 404
    saved = put(alice, data)
    assert saved.status_code == 204
    assert (get(alice).data, get(alice).headers["ETag"]) == (data, saved.headers["ETag"])


def test_vault_of_one_account_is_not_seen_by_another(alice: Actor, actor: ActorMaker) -> None:
    put(alice, b"alice")
    mallory = actor(666)
    assert get(mallory).status_code == 404
    assert put(mallory, b"mallory").status_code == 204
    assert get(alice).data == b"alice"


def test_vault_saved_from_two_machines_keeps_the_first(alice: Actor) -> None:
    tag = put(alice, b"one").headers["ETag"]
    here, there = put(alice, b"two", tag), put(alice, b"three", tag)
    assert (here.status_code, there.status_code) == (204, 412)
    assert there.get_json()["type"] == "urn:pmr:problem:vault-changed"
    assert get(alice).data == b"two"
    assert put(alice, b"three", get(alice).headers["ETag"]).status_code == 204


@pytest.mark.parametrize("tag", [None, '"made-up"', "*", "nonsense", 'W/"weak"', ""])
def test_vault_is_not_overwritten_without_its_tag(alice: Actor, tag: str | None) -> None:
    put(alice, b"one")
    assert put(alice, b"two", tag).status_code == 412
    assert get(alice).data == b"one"


def test_vault_saved_again_as_it_is_needs_no_tag(alice: Actor) -> None:
    first = put(alice, b"one")
    again = put(alice, b"one")
    assert (again.status_code, again.headers["ETag"]) == (204, first.headers["ETag"])


def test_vault_that_should_replace_one_that_is_gone_is_refused(alice: Actor) -> None:
    assert put(alice, b"one", '"of-a-lost-database"').status_code == 412
