"""A page in a browser: it sends its Origin and keeps cookies, and no script of it sees a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from server.fakes import ORIGIN
from werkzeug.test import TestResponse

from web.actors import Actor


class Browser:
    """One browser, with cookies of its own, in which anybody may sign in."""

    def __init__(self, app: Flask, origin: str = ORIGIN) -> None:
        self.http = app.test_client()
        self.origin = origin

    def call(self, method: str, path: str, **arguments: Any) -> TestResponse:
        headers = {"Origin": self.origin} | arguments.pop("headers", {})
        return self.http.open(path, method=method, headers=headers, base_url=ORIGIN, **arguments)

    def challenge(self, actor: Actor) -> dict[str, Any]:
        answer = self.call("POST", "/api/session/challenge", json={"address": actor.address})
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    def sign_in(self, actor: Actor, challenge: Mapping[str, Any] | None = None) -> TestResponse:
        given = challenge or self.challenge(actor)
        body = {"id": given["id"], "signature": actor.sign(given["message"])}
        return self.call("POST", "/api/session", json=body)

    def who(self) -> str | None:
        """The account that is signed in here."""
        answer = self.http.get("/api/session", base_url=ORIGIN)
        return str(answer.get_json()["address"]) if answer.status_code == 200 else None

    def cookie(self, name: str) -> str | None:
        found = self.http.get_cookie(name, "records.example")
        return found.value if found else None
