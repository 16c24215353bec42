"""What views find in the application: the services, and who is asking."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, request

from pmr.errors import ForeignOrigin, NotSignedIn
from pmr.server.services import Services
from pmr.server.sessions import Session

COOKIE = "__Host-pmr"
_KEY = "pmr"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def attach(app: Flask, given: Services) -> None:
    """Give the services to the views of `app`, and refuse what pages of other sites send."""
    app.extensions[_KEY] = given
    app.before_request(_refuse_foreign)


def services() -> Services:
    """The services of this application."""
    return cast(Services, current_app.extensions[_KEY])


def token() -> str:
    """The token that the request carries: a program's in `Authorization`, a browser's in the cookie.

    Raises `NotSignedIn`; `ForeignOrigin` when a cookie changes something without naming our origin.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given:
        return given.strip()
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        raise NotSignedIn("Send the token of POST /api/session.")
    if request.method not in _SAFE and "Origin" not in request.headers:
        raise ForeignOrigin("A request with the cookie must name its Origin; programs send a Bearer token.")
    return cookie


def session() -> Session:
    """The session of whoever is asking; raise `NotSignedIn`, `ForeignOrigin`."""
    return services().sessions.authenticate(token())


def _refuse_foreign() -> None:
    wanted, given = services().site.origin, request.headers.get("Origin")
    if request.method not in _SAFE and given is not None and given != wanted:
        raise ForeignOrigin(f"This server is at {wanted}: open it under that address.")
