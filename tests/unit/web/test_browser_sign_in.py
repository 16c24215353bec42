"""A browser's sign-in: bound to that browser, safe from pages of other sites, with a token no script sees."""

from __future__ import annotations

import pytest
from flask import Flask
from server.fakes import NOW, ORIGIN, FakeClock
from werkzeug.test import TestResponse

from web.actors import Actor
from web.browsers import Browser

COOKIE, LOGIN = "__Host-pmr", "__Host-pmr-login"
UNSAFE = [
    ("POST", "/api/session/challenge"),
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/blocks"),
    ("POST", "/api/blocks/missing"),
    ("POST", "/api/pins"),
    ("PUT", "/api/vault"),
]
FOREIGN = [
    "https://evil.example",
    "null",
    "http://records.example",
    "https://records.example:8443",
    "https://Records.example",
    f"{ORIGIN}.evil.example",
    f"{ORIGIN}/",
    f"{ORIGIN}, https://evil.example",
    "",
]


def refused(answer: TestResponse, slug: str, status: int) -> bool:
    return answer.status_code == status and answer.get_json()["type"] == f"urn:pmr:problem:{slug}"


@pytest.fixture
def alice(app: Flask) -> Actor:
    return Actor(app, 1)


@pytest.fixture
def mallory(app: Flask) -> Actor:
    return Actor(app, 666)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def _cookies(answer: TestResponse) -> dict[str, tuple[str, set[str]]]:
    found = {}
    for header in answer.headers.getlist("Set-Cookie"):
        first, *attributes = header.split("; ")
        name, _, value = first.partition("=")
        found[name] = (value, set(attributes))
    return found


def test_sign_in_of_a_browser_gives_the_token_in_a_cookie_alone(browser: Browser, alice: Actor) -> None:
    answer = browser.sign_in(alice)
    assert answer.get_json() == {"address": alice.address, "expires": NOW + 12 * 3600}
    token, attributes = _cookies(answer)[COOKIE]
    assert len(token) >= 43
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= attributes
    assert not any(attribute.startswith("Domain") for attribute in attributes)
    assert browser.who() == alice.address


def test_sign_in_of_a_program_sets_no_cookie(alice: Actor) -> None:
    challenge = alice.http.post("/api/session/challenge", json={"address": alice.address})
    assert "Set-Cookie" not in challenge.headers
    assert "Set-Cookie" not in alice.sign_in(challenge.get_json()).headers


def test_challenge_of_a_browser_is_bound_by_a_cookie_of_its_life(browser: Browser, alice: Actor) -> None:
    answer = browser.call("POST", "/api/session/challenge", json={"address": alice.address})
    secret, attributes = _cookies(answer)[LOGIN]
    assert len(secret) >= 43
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=300"} <= attributes
    assert secret not in answer.text
    browser.sign_in(alice, answer.get_json())
    assert browser.cookie(LOGIN) is None


def test_sign_in_with_a_challenge_of_another_browser_is_refused(app: Flask, mallory: Actor) -> None:
    victim = Browser(app)
    planted = Browser(app).challenge(mallory)
    assert refused(victim.sign_in(mallory, planted), "sign-in-failed", 401)
    assert victim.who() is None


def test_sign_in_with_a_challenge_of_another_browser_is_refused_while_one_signs_in(
    app: Flask, alice: Actor, mallory: Actor
) -> None:
    victim, planted = Browser(app), Browser(app).challenge(mallory)
    own = victim.challenge(alice)
    assert refused(victim.sign_in(mallory, planted), "sign-in-failed", 401)
    assert victim.sign_in(alice, own).status_code == 200


def test_sign_in_of_a_browser_with_the_challenge_of_a_program_is_refused(
    browser: Browser, mallory: Actor
) -> None:
    assert refused(browser.sign_in(mallory, mallory.challenge()), "sign-in-failed", 401)


def test_sign_in_of_a_program_with_the_challenge_of_a_browser_is_refused(
    browser: Browser, alice: Actor
) -> None:
    assert refused(alice.sign_in(browser.challenge(alice)), "sign-in-failed", 401)


def test_sign_in_with_a_challenge_of_another_browser_uses_it_up(app: Flask, alice: Actor) -> None:
    own, other = Browser(app), Browser(app)
    challenge = own.challenge(alice)
    other.sign_in(alice, challenge)
    assert refused(own.sign_in(alice, challenge), "sign-in-failed", 401)


def test_sign_in_again_ends_the_session_that_the_browser_had(
    app: Flask, browser: Browser, alice: Actor, mallory: Actor
) -> None:
    browser.sign_in(alice)
    first = browser.cookie(COOKIE)
    assert browser.sign_in(mallory).status_code == 200
    assert browser.cookie(COOKIE) != first
    alice.token = str(first)
    assert alice.call("GET", "/api/session").status_code == 401


def test_sign_in_that_fails_leaves_the_session_that_the_browser_had(browser: Browser, alice: Actor) -> None:
    browser.sign_in(alice)
    challenge = browser.challenge(alice)
    browser.call("POST", "/api/session", json={"id": challenge["id"], "signature": "0x" + "11" * 65})
    assert browser.who() == alice.address


def test_sign_in_with_a_token_of_ones_own_choice_gives_another(browser: Browser, alice: Actor) -> None:
    browser.http.set_cookie(COOKIE, "chosen", domain="records.example", secure=True)
    browser.sign_in(alice)
    assert browser.cookie(COOKIE) not in {None, "chosen"}


def test_sign_out_of_a_browser_ends_the_session_and_takes_the_cookie(browser: Browser, alice: Actor) -> None:
    browser.sign_in(alice)
    alice.token = str(browser.cookie(COOKIE))
    assert browser.call("DELETE", "/api/session").status_code == 204
    assert browser.cookie(COOKIE) is None
    assert alice.call("GET", "/api/session").status_code == 401


@pytest.mark.parametrize("origin", FOREIGN)
def test_request_of_a_page_of_another_site_is_refused(browser: Browser, alice: Actor, origin: str) -> None:
    browser.sign_in(alice)
    for method, path in UNSAFE:
        answer = browser.call(method, path, json={}, headers={"Origin": origin})
        assert refused(answer, "foreign-origin", 403), (method, path)
    assert browser.who() == alice.address


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_request_that_the_browser_says_came_from_elsewhere_is_refused(
    browser: Browser, alice: Actor, site: str
) -> None:
    browser.sign_in(alice)
    answer = browser.call("PUT", "/api/vault", data=b"x", headers={"Sec-Fetch-Site": site})
    assert refused(answer, "foreign-origin", 403)


@pytest.mark.parametrize("name", [COOKIE, LOGIN])
def test_cookie_without_an_origin_changes_nothing(app: Flask, name: str) -> None:
    http = app.test_client()
    http.set_cookie(name, "x", domain="records.example", secure=True)
    for method, path in UNSAFE:
        answer = http.open(path, method=method, json={}, base_url=ORIGIN, headers={"Referer": ORIGIN})
        assert refused(answer, "foreign-origin", 403), (method, path)


def test_cookie_reads_without_an_origin_and_writes_with_ours(browser: Browser, alice: Actor) -> None:
    browser.sign_in(alice)
    assert browser.http.get("/api/vault", base_url=ORIGIN).status_code == 404
    kind = "application/octet-stream"
    assert browser.call("PUT", "/api/vault", data=b"x", content_type=kind).status_code == 204
    assert browser.http.get("/api/vault", base_url=ORIGIN).get_data() == b"x"


def test_cookie_and_bearer_token_at_once_are_refused(browser: Browser, alice: Actor, mallory: Actor) -> None:
    browser.sign_in(alice)
    for token in (mallory.signed_in().token, str(browser.cookie(COOKIE)), "made up"):
        headers = {"Authorization": f"Bearer {token}"}
        assert refused(browser.call("GET", "/api/session", headers=headers), "bad-input", 400)
        assert refused(browser.call("DELETE", "/api/session", headers=headers), "bad-input", 400)
    assert browser.who() == alice.address


def test_cookie_beside_the_password_of_a_proxy_counts(browser: Browser, alice: Actor) -> None:
    browser.sign_in(alice)
    headers = {"Authorization": "Basic cHJveHk6cGFzc3dvcmQ="}
    assert browser.call("GET", "/api/session", headers=headers).get_json()["address"] == alice.address


def test_cookie_of_an_ended_session_is_refused(browser: Browser, alice: Actor, clock: FakeClock) -> None:
    browser.sign_in(alice)
    clock.now += 15 * 60
    assert browser.who() is None
