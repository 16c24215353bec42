"""How often somebody may ask: by account when signed in, else by the client's address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from pmr.server.services import Services
from pmr.web import limits
from pmr.web.app import create_app
from pmr.web.proxies import parse_proxies
from web.actors import Actor

ActorMaker = Callable[[int], Actor]
PROXY = "10.0.0.1"


@dataclass
class Asker:
    """Asks for something that anybody may have."""

    app: Flask

    def ask(
        self, peer: str, *, forwarded: str = "", path: str = "/api/config", token: str = ""
    ) -> TestResponse:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        over = {"REMOTE_ADDR": peer}
        return self.app.test_client(use_cookies=False).get(path, headers=headers, environ_overrides=over)

    def statuses(self, count: int, peer: str, **rest: str) -> list[int]:
        return [self.ask(peer, **rest).status_code for _ in range(count)]


@pytest.fixture
def limited(app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Beside `app`, which has the true limits and in which actors sign in."""
    monkeypatch.setattr(limits, "REQUESTS", "3/minute")
    monkeypatch.setattr(limits, "SIGN_INS", "4/minute")
    monkeypatch.setattr(limits, "PROBES", "2/minute")
    return create_app(services, parse_proxies(PROXY))


@pytest.fixture
def asker(limited: Flask) -> Asker:
    return Asker(limited)


def test_requests_beyond_the_limit_are_a_problem_with_the_time_to_wait(asker: Asker) -> None:
    assert asker.statuses(3, "1.1.1.1") == [200, 200, 200]
    answer = asker.ask("1.1.1.1")
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert answer.get_json()["type"] == "urn:pmr:problem:too-many-requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.headers["Content-Security-Policy"]


def test_requests_of_another_address_have_a_limit_of_their_own(asker: Asker) -> None:
    assert asker.statuses(4, "1.1.1.1")[-1] == 429
    assert asker.statuses(3, "1.1.1.2") == [200] * 3


def test_requests_from_one_ipv6_network_have_one_limit(asker: Asker) -> None:
    assert [asker.ask(f"2001:db8::{n}").status_code for n in range(1, 5)] == [200, 200, 200, 429]


def test_requests_with_a_claimed_address_count_for_the_peer(asker: Asker) -> None:
    answers = [asker.ask("1.1.1.1", forwarded=f"6.6.6.{n}").status_code for n in range(4)]
    assert answers == [200, 200, 200, 429]


def test_requests_behind_a_proxy_count_for_the_client_that_it_names(asker: Asker) -> None:
    assert asker.statuses(4, PROXY, forwarded="1.1.1.1") == [200, 200, 200, 429]
    assert asker.statuses(3, PROXY, forwarded="9.9.9.9, 1.1.1.2") == [200] * 3
    answers = [asker.ask(PROXY, forwarded=f"6.6.6.{n}, 1.1.1.3").status_code for n in range(4)]
    assert answers == [200, 200, 200, 429]


def test_requests_with_a_session_count_for_the_account_from_wherever_they_come(
    asker: Asker, actor: ActorMaker
) -> None:
    alice, bob = actor(1), actor(2)
    again = actor(1)
    assert asker.statuses(2, "1.1.1.1", token=alice.token) == [200] * 2
    assert asker.statuses(2, "1.1.1.2", token=again.token) == [200, 429]
    assert asker.statuses(3, "1.1.1.1", token=bob.token) == [200] * 3
    assert asker.statuses(3, "1.1.1.1") == [200] * 3


def test_requests_with_made_up_tokens_count_for_the_address(asker: Asker) -> None:
    answers = [asker.ask("1.1.1.1", token=f"made-up-{n}").status_code for n in range(4)]
    assert answers == [200, 200, 200, 429]


@pytest.mark.parametrize("path", ["/api/session", "/api/session/challenge"])
def test_sign_ins_count_for_the_address_whoever_is_signed_in(
    limited: Flask, actor: ActorMaker, path: str
) -> None:
    body, statuses = {"id": "x", "signature": "0x11"}, []
    alice, bob = actor(1), actor(2)
    for each in (alice, bob, alice, bob, alice):
        headers = {"Authorization": f"Bearer {each.token}"}
        statuses.append(limited.test_client().post(path, json=body, headers=headers).status_code)
    assert 429 not in statuses[:4]
    assert statuses[-1] == 429


def test_probes_have_a_limit_of_their_own(asker: Asker) -> None:
    assert asker.statuses(3, "1.1.1.1", path="/healthz") == [200, 200, 429]
    assert asker.statuses(1, "1.1.1.1") == [200]


def test_limits_leave_room_for_fast_uploads_and_busy_mornings(app: Flask) -> None:
    assert (limits.REQUESTS, limits.SIGN_INS, limits.PROBES) == ("12000/minute", "600/minute", "600/minute")
