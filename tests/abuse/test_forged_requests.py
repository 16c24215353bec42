"""Attacker: a web page elsewhere, open in a browser in which a doctor is signed in (CSRF).

It has the browser send whatever a form, an image or a script may send to another site, cookie included, and
reads what comes back. Nothing is changed, nothing can be read.
"""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from abuse.routes import every_request
from abuse.town import ORIGIN, Resident, Town

EVIL = "https://evil.test"
SAFE = {"GET", "HEAD", "OPTIONS"}
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
"""What a page may send to another site without asking first."""


@pytest.fixture
def victim(town: Town) -> Resident:
    return town.resident(published=False)


@pytest.fixture
def browser(town: Town, victim: Resident) -> Client:
    """The victim's browser, signed in."""
    made = town.http(cookies=True)
    asked = {"address": victim.wallet.address}
    challenge = _own(made, "/api/session/challenge", asked).get_json()
    signature = "0x" + victim.wallet.sign_text(challenge["message"]).hex()
    assert _own(made, "/api/session", {"id": challenge["id"], "signature": signature}).status_code == 200
    return made


def _own(browser: Client, path: str, body: dict[str, Any]) -> TestResponse:
    return browser.post(path, json=body, headers={"Origin": ORIGIN}, base_url=ORIGIN)


def _session(browser: Client) -> int:
    return browser.get("/api/session", base_url=ORIGIN).status_code


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {}, {"Referer": ORIGIN + "/"}])
def test_request_that_changes_something_is_refused_on_every_route(
    town: Town, browser: Client, headers: dict[str, str]
) -> None:
    tried = 0
    for one in every_request(town.app):
        if one.method in SAFE:
            continue
        for kind in [*FORMS, "application/json"]:
            named = headers | {"Content-Type": kind}
            answer = browser.open(one.path, method=one.method, headers=named, base_url=ORIGIN, data=b"{}")
            assert (answer.status_code, answer.get_json()["type"]) == (
                403,
                "urn:pmr:problem:foreign-origin",
            ), one
            tried += 1
    assert tried >= 24
    assert _session(browser) == 200


def test_request_that_the_browser_calls_cross_site_is_refused_whatever_else_it_says(browser: Client) -> None:
    for site in ("cross-site", "same-site", "none"):
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": site}
        assert browser.delete("/api/session", headers=headers, base_url=ORIGIN).status_code == 403
    assert _session(browser) == 200


def test_request_from_our_own_page_under_a_type_that_forms_send_is_refused(browser: Client) -> None:
    for kind in FORMS:
        headers = {"Origin": ORIGIN, "Content-Type": kind}
        answer = browser.post("/api/pins", data=b'{"cid": "b"}', headers=headers, base_url=ORIGIN)
        assert answer.status_code == 415


def test_answer_cannot_be_read_by_a_page_of_another_site(town: Town, browser: Client) -> None:
    for one in every_request(town.app):
        for method in (one.method, "OPTIONS"):
            asked = {"Origin": EVIL, "Access-Control-Request-Method": "PUT"}
            answer = browser.open(one.path, method=method, headers=asked, base_url=ORIGIN)
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert answer.headers["X-Frame-Options"] == "DENY"
    assert _session(browser) == 200


def test_cookie_is_not_sent_from_another_site_nor_read_by_a_script(browser: Client) -> None:
    cookie = browser.get_cookie("__Host-pmr", "records.example")
    assert cookie is not None
    assert (cookie.same_site, cookie.http_only, cookie.secure, cookie.path) == ("Strict", True, True, "/")
    assert cookie.origin_only
