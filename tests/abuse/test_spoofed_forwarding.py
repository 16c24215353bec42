"""Attacker: a stranger who says to be somebody else in X-Forwarded-For and its kin.

They hope to be counted as many clients, to have others counted in their place, and to put other people's
addresses in the log. Only a proxy that was named is believed, and of it only what it saw itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from abuse.logged import logged
from abuse.town import Town
from pmr.web.app import create_app
from pmr.web.limits import SIGN_INS
from pmr.web.proxies import parse_proxies

PROXY, ATTACKER, VICTIM = "10.0.0.1", "192.0.2.66", "192.0.2.7"
ALLOWED = int(SIGN_INS.partition("/")[0])
LIES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")


def _ask(app: Flask, peer: str, headers: Mapping[str, str]) -> TestResponse:
    """Try to sign in from an address, as cheaply as a stranger can."""
    over: dict[str, Any] = {"REMOTE_ADDR": peer}
    return Client(app).post("/api/session", json={}, headers=headers, environ_overrides=over)


def _lies(address: str) -> dict[str, str]:
    return {name: f"for={address}" if name == "Forwarded" else address for name in LIES}


def _clients(text: str) -> Iterator[str]:
    return (json.loads(line)["client"] for line in text.splitlines())


@pytest.fixture
def app(town: Town) -> Flask:
    """An application with counters of its own, behind one proxy that is named."""
    return create_app(town.services, parse_proxies(PROXY))


def test_stranger_under_many_names_is_counted_as_one_and_nobody_in_its_place(app: Flask) -> None:
    names = [VICTIM if n % 2 else f"10.1.{n // 256}.{n % 256}" for n in range(ALLOWED + 1)]
    statuses = [_ask(app, ATTACKER, _lies(name)).status_code for name in names]
    assert statuses == [400] * ALLOWED + [429]
    assert _ask(app, VICTIM, {}).status_code == 400


def test_stranger_behind_the_proxy_is_the_one_whom_the_proxy_saw(app: Flask) -> None:
    """A proxy appends who asked it; what the stranger wrote stands left of that."""
    with logged() as log:
        for hearsay in (VICTIM, f"{VICTIM}, {PROXY}", "unknown", "", f"{VICTIM},,"):
            _ask(app, PROXY, {"X-Forwarded-For": f"{hearsay}, {ATTACKER}"})
    assert set(_clients(log.getvalue())) == {ATTACKER}


def test_stranger_who_skips_the_proxy_is_logged_under_the_own_address(app: Flask) -> None:
    with logged() as log:
        _ask(app, ATTACKER, _lies(VICTIM) | {"X-Request-ID": "chosen-by-me"})
    assert list(_clients(log.getvalue())) == [ATTACKER]
    assert VICTIM not in log.getvalue()
    assert "chosen-by-me" not in log.getvalue()
