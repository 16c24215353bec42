"""What every answer carries, and what none gives away."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from server.fakes import ORIGIN, FakeChain

from pmr.errors import DamagedState, PmrError
from pmr.web.security import content_security_policy

PATHS = [
    "/",
    "/assets/status.js",
    "/healthz",
    "/readyz",
    "/api/config",
    "/api/session",
    "/nothing",
    "/api/nothing",
]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self' https://rpc.example:8545",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}


def _policy(text: str) -> dict[str, str]:
    parts = (part.partition(" ") for part in text.split("; "))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_answer_of_any_kind_has_the_security_headers(app: Flask, path: str, method: str) -> None:
    headers = app.test_client().open(path, method=method, base_url=ORIGIN).headers
    assert _policy(headers["Content-Security-Policy"]) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert re.fullmatch("[0-9a-f]{16}", headers["X-Request-ID"])
    assert not [name for name, _ in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path not in {"/", "/assets/status.js", "/nothing", "/api/config"}]
)
def test_answer_of_the_api_is_not_kept_by_caches(app: Flask, path: str) -> None:
    assert app.test_client().get(path).headers["Cache-Control"] == "no-store"


def test_strict_transport_security_is_for_tls_alone(app: Flask) -> None:
    answer = app.test_client().get("/healthz", base_url="http://records.example")
    assert "Strict-Transport-Security" not in answer.headers


def test_content_security_policy_names_the_endpoints_origins_alone() -> None:
    urls = ["http://user:password@rpc.example/key", "https://[::1]:8545/x?y", "http://rpc.example/other"]
    connect = _policy(content_security_policy(urls))["connect-src"]
    assert connect == "'self' http://rpc.example https://[::1]:8545"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api//config", 404),
        ("PUT", "/api/config", 405),
        ("POST", "/healthz", 405),
        ("GET", "/assets/../index.html", 404),
        ("GET", "/assets/%2e%2e/%2e%2e/pyproject.toml", 404),
        ("GET", "/assets/", 404),
    ],
)
def test_error_of_http_is_a_problem_document(app: Flask, method: str, path: str, status: int) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert set(answer.get_json()) == {"type", "title", "status", "detail"}
    assert answer.get_json()["status"] == status


def test_error_that_nobody_foresaw_shows_nothing_of_itself(
    app: Flask, chain: FakeChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(chain, "newest", fail)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.get_json()["title"] == PmrError.sentence
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text


def test_error_of_the_server_itself_keeps_its_detail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DamagedState("/srv/hospital/server.sqlite cannot be read.")

    monkeypatch.setattr(app.extensions["pmr"].readiness, "check", fail)
    answer = app.test_client().get("/readyz")
    assert answer.get_json() == {
        "type": "urn:pmr:problem:damaged-state",
        "title": DamagedState.sentence,
        "status": 500,
        "detail": "",
    }


def _subclasses(kind: type[PmrError]) -> list[type[PmrError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _subclasses(child))]


def test_every_error_of_ours_becomes_a_problem_with_its_sentence(app: Flask) -> None:
    for kind in _subclasses(PmrError):
        with app.test_request_context("/"):
            answer = app.make_response(app.handle_user_exception(kind("More.")))
            problem = json.loads(answer.get_data())
        assert problem["type"] == f"urn:pmr:problem:{kind.slug()}"
        assert (problem["title"], problem["status"]) == (kind.sentence, kind.status)
        assert answer.status_code == kind.status
