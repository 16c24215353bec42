"""Attacker: anybody who writes requests by hand and puts line ends, escapes and others' names in them.

They try to add headers to answers, lines to the log, colours to the operator's terminal, lines to the text
that a doctor signs, and to have the server call itself by their name. Each value stays one value, or is
refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from abuse.logged import logged
from abuse.town import ORIGIN, Resident, Town

EVIL = "\r\nSet-Cookie: __Host-pmr=evil\r\n\r\n<script>"
PATHS = [
    "/api/keys/" + quote(EVIL),
    "/assets/" + quote(EVIL),
    "/" + quote('{"status": 200}\n{"client": "10.0.0.1"}'),
    "/api/records/" + quote("\x1b[2J\x1b[31m\u202e\u2028\x00") + "/0/blocks/b",
    "/%ff%fe%00",
    "/" + "a" * 100_000,
]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the server would write on its standard error."""
    with logged() as written:
        yield written


def _lines(log: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_path_with_line_ends_and_escapes_is_one_line_of_the_log(town: Town, log: StringIO, path: str) -> None:
    answer = town.http().get(path)
    assert answer.status_code in {400, 401, 404}
    assert "Set-Cookie" not in answer.headers
    assert "<script>" not in answer.text
    (line,) = _lines(log)
    assert line["status"] == answer.status_code
    assert log.getvalue().rstrip("\n").isprintable()
    assert log.getvalue().isascii()
    assert len(log.getvalue()) < 2000


@pytest.mark.parametrize(
    "name", ["HTTP_X_REQUEST_ID", "HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_AUTHORIZATION"]
)
def test_header_with_line_ends_reaches_neither_answer_nor_log(town: Town, log: StringIO, name: str) -> None:
    """Given to the application as a careless front server might."""
    environ = EnvironBuilder("/api/session", base_url=ORIGIN).get_environ()
    environ[name] = f"Bearer {EVIL}"
    _, status, headers = run_wsgi_app(town.app.wsgi_app, environ)
    assert status.startswith("401")
    assert not any("\n" in value or "evil" in value for _, value in headers)
    assert "evil" not in log.getvalue()
    assert len(_lines(log)) == 1


def test_query_and_body_reach_the_log_nowhere(town: Town, log: StringIO) -> None:
    town.http().post("/api/session?token=hunter2", json={"id": "hunter3", "signature": "0x11"})
    assert "hunter" not in log.getvalue()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "records.example:444"},
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test;proto=http"},
        {"X-Forwarded-Proto": "http", "X-Forwarded-Port": "81"},
        {"X-Forwarded-Prefix": "/evil"},
    ],
)
def test_text_to_sign_names_the_configured_site_whatever_a_request_calls_it(
    town: Town, headers: dict[str, str]
) -> None:
    asked = {"address": town.chain.wallets[0].address}
    answer = town.http().post("/api/session/challenge", json=asked, headers=headers)
    text = answer.get_json()["message"]
    assert text.startswith("records.example wants you to sign in")
    assert f"\nURI: {ORIGIN}\n" in text
    assert "evil" not in text


@pytest.mark.parametrize("evil", ["\nURI: https://evil.test", " ", "\0", "\n", "\u2028", "0"])
def test_address_with_more_in_it_writes_no_text_to_sign(town: Town, evil: str) -> None:
    for address in (town.chain.wallets[0].address + evil, evil + town.chain.wallets[0].address):
        answer = town.http().post("/api/session/challenge", json={"address": address})
        assert (answer.status_code, answer.get_json()["type"]) == (400, "urn:pmr:problem:bad-address")


def test_error_repeats_what_was_sent_as_json_text_alone(town: Town, mallory: Resident) -> None:
    evil = "<script>alert(1)</script>"
    answer = mallory.call("POST", "/api/pins", json={"cid": evil})
    assert answer.content_type == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
