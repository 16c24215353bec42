"""What is logged: one JSON line a request, no secret whatever fails, nothing that a stranger could forge."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
from flask import Flask
from gunicorn.config import Config as GunicornConfig
from server.fakes import ORIGIN, FakeChain
from sqlalchemy import text

from pmr.errors import DamagedState
from pmr.server.services import Services
from pmr.web.logs import JsonLines
from pmr.web.serve import GunicornLog
from web.actors import Actor
from web.browsers import Browser

QUERY, HEADER, VAULT = "hunter2-query", "s3cret-header", "vault-bytes-0123456789"


@dataclass
class Log:
    """All that the process logged, as the server writes it."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self) -> list[tuple[str, str, int]]:
        found = [line for line in self.lines if line["logger"] == "pmr.access"]
        return [(line["method"], line["path"], line["status"]) for line in found]


@pytest.fixture
def log() -> Iterator[Log]:
    log, root, ours = Log(), logging.getLogger(), logging.getLogger("pmr")
    handler, before = logging.StreamHandler(log.stream), ours.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield log
    root.removeHandler(handler)
    ours.setLevel(before)


@dataclass
class Secrets:
    """One doctor's session in a program and one in a browser, and all that must stay secret of them."""

    alice: Actor
    browser: Browser
    values: list[str]

    def use(self) -> None:
        kind = "application/octet-stream"
        self.alice.call("GET", f"/api/session?password={QUERY}", headers={"X-Secret": HEADER})
        self.alice.call("PUT", "/api/vault", data=VAULT, content_type=kind)
        self.browser.call("PUT", f"/api/vault?{QUERY}", data=VAULT, content_type=kind)
        self.browser.call("DELETE", "/api/session")

    def leaked(self, log: Log) -> list[str]:
        return [value for value in self.values if value in log.text]


def _sign_in(app: Flask) -> Secrets:
    alice, browser = Actor(app, 1), Browser(app)
    mine, its = alice.challenge(), browser.challenge(alice)
    login = str(browser.cookie("__Host-pmr-login"))
    alice.token = alice.sign_in(mine).get_json()["token"]
    browser.sign_in(alice, its)
    values = [alice.token, str(browser.cookie("__Host-pmr")), login, QUERY, HEADER, VAULT]
    for challenge in (mine, its):
        values += [challenge["id"], challenge["message"].split("Nonce: ")[1][:32]]
        values.append(alice.sign(challenge["message"])[2:])
    return Secrets(alice, browser, values)


def test_log_of_sessions_has_a_line_a_request_and_no_secret(app: Flask, log: Log) -> None:
    secrets = _sign_in(app)
    secrets.use()
    assert log.requests() == [
        ("POST", "/api/session/challenge", 200),
        ("POST", "/api/session/challenge", 200),
        ("POST", "/api/session", 200),
        ("POST", "/api/session", 200),
        ("GET", "/api/session", 200),
        ("PUT", "/api/vault", 204),
        ("PUT", "/api/vault", 204),
        ("DELETE", "/api/session", 204),
    ]
    assert secrets.leaked(log) == []
    assert ORIGIN not in log.text


def test_log_line_names_the_request_as_its_answer_does(app: Flask, log: Log) -> None:
    answer = app.test_client().get("/healthz", environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    [line] = log.lines
    assert line["request"] == answer.headers["X-Request-ID"]
    assert {name: line[name] for name in ("level", "client", "status", "bytes")} == {
        "level": "info",
        "client": "203.0.113.7",
        "status": 200,
        "bytes": len(answer.get_data()),
    }
    assert set(line) == {
        *("time", "level", "logger", "request"),
        *("client", "method", "path", "status", "bytes", "ms"),
    }


def _quoting(*given: Any, **named: Any) -> NoReturn:
    """An error that quotes what was being worked on, and so does its cause."""
    try:
        raise ValueError(f"{given} {named}")
    except ValueError as cause:
        raise RuntimeError(f"cannot work on {given} {named}") from cause


FAILING = [
    "sessions.challenge",
    "sessions.sign_in",
    "sessions.authenticate",
    "sessions.sign_out",
    "vaults.put",
]


@pytest.mark.parametrize("failing", FAILING)
def test_log_of_an_error_that_quotes_secrets_holds_none(
    app: Flask, services: Services, log: Log, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    secrets = _sign_in(app)
    challenge, its = secrets.alice.challenge(), secrets.browser.challenge(secrets.alice)
    secrets.values += [challenge["id"], its["id"], secrets.alice.sign(challenge["message"])[2:]]
    service, _, method = failing.partition(".")
    monkeypatch.setattr(getattr(services, service), method, _quoting)
    secrets.alice.http.post("/api/session/challenge", json={"address": secrets.alice.address})
    secrets.alice.sign_in(challenge)
    secrets.browser.sign_in(secrets.alice, its)
    secrets.use()
    failed = [line for line in log.lines if line["level"] == "error"]
    assert failed
    assert failed[0]["errors"] == ["RuntimeError", "ValueError"]
    assert failed[0]["at"][-1].startswith("web/test_logs.py:")
    assert failed[0]["request"]
    assert secrets.leaked(log) == []


def test_log_of_a_database_error_holds_no_parameters(app: Flask, services: Services, log: Log) -> None:
    secrets = _sign_in(app)
    with services.index._engine.begin() as connection:
        for table in ("vaults", "sessions", "challenges"):
            connection.execute(text(f"DROP TABLE {table}"))
    secrets.use()
    assert "OperationalError" in log.text
    assert secrets.leaked(log) == []


def test_log_of_a_malformed_body_does_not_repeat_it(app: Flask, log: Log) -> None:
    for body in (
        b'{"id": "s3cret',
        b'{"s3cret": 1}',
        b'{"id": "x", "signature": "s3cret"}',
        b"s3cret" * 9999,
    ):
        app.test_client().post("/api/session", data=body, content_type="application/json")
    assert len(log.requests()) == 4
    assert "s3cret" not in log.text


def test_log_of_an_error_of_the_server_itself_tells_the_operator_more_than_the_client(
    app: Flask, services: Services, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise DamagedState("/srv/hospital/server.sqlite cannot be read.")

    monkeypatch.setattr(services.readiness, "check", fail)
    answer = app.test_client().get("/readyz")
    assert "/srv/hospital" not in answer.text
    assert log.lines[0]["message"] == "damaged-state: /srv/hospital/server.sqlite cannot be read."
    assert log.lines[0]["request"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "gunicorn.error", "py.warnings", "pmrx"])
def test_log_of_a_library_leaves_its_words_out(log: Log, name: str) -> None:
    logger = logging.getLogger(name)
    logger.addHandler(handler := logging.StreamHandler(log.stream))
    handler.setFormatter(JsonLines())
    try:
        raise ValueError("s3cret")
    except ValueError:
        logger.error("Retrying %s after %r", "https://rpc.example/s3cret", "s3cret", exc_info=True)
    logger.error(f"Invalid request: {'s3cret'}")
    logger.removeHandler(handler)
    assert "s3cret" not in log.text
    assert log.lines[0]["message"] == "Retrying %s after %r"
    assert log.lines[0]["errors"] == ["ValueError"]


HOSTILE = [
    "/x%0a%7b%22status%22:200%7d",
    "/x%0d%0aSet-Cookie:%20a=b",
    "/%1b[31mred%1b[0m",
    "/%e2%80%a8%e2%80%ae%c2%85",
    "/%00%7f%22%5c",
    "/%ff%fe",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("path", HOSTILE)
def test_log_line_of_a_hostile_path_is_one_short_line_of_plain_text(app: Flask, log: Log, path: str) -> None:
    app.test_client().get(path, headers={"User-Agent": "x\x1b[31m"})
    [line] = log.text.split("\n")[:-1]
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 1600
    assert json.loads(line)["status"] == 404


def test_log_line_of_a_hostile_method_is_one_line(app: Flask, log: Log) -> None:
    app.test_client().open("/healthz", method='X"\x1b[31m')
    assert log.text.count("\n") == 1
    assert log.text[:-1].isprintable()


def test_log_of_an_error_after_the_answer_was_made_holds_no_words(
    app: Flask, log: Log, chain: FakeChain
) -> None:
    @app.after_request
    def fail(_: object) -> NoReturn:
        raise RuntimeError("s3cret")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert "s3cret" not in log.text + answer.text
    assert any(line.get("errors") == ["RuntimeError"] for line in log.lines)


def test_log_of_gunicorn_has_the_same_form_and_leaves_its_words_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gunicorn = GunicornLog(GunicornConfig())
    try:
        raise RuntimeError("postgresql://pmr:s3cret@db/pmr")
    except RuntimeError:
        gunicorn.exception("Exception in worker process %s", "s3cret")
    gunicorn.error("Invalid request from ip=6.6.6.6: s3cret")
    gunicorn.error_log.handlers.clear()
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["message"], first["errors"]) == ("Exception in worker process %s", ["RuntimeError"])
    assert second["message"] == ""
    assert "s3cret" not in f"{first}{second}"
