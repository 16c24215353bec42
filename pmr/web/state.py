"""What views find in the application: the services, and who is asking."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, g, request

from pmr.errors import AccessError, BadInput, ForeignOrigin, NotSignedIn
from pmr.server.services import Services
from pmr.server.sessions import Session
from pmr.types import Address

COOKIE = "__Host-pmr"
"""Holds a browser's token."""
LOGIN_COOKIE = "__Host-pmr-login"
"""Holds, while a browser signs in, what binds the sign-in text to it."""
_KEY = "pmr"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def attach(app: Flask, given: Services) -> None:
    """Give the services to the views of `app`, and refuse what pages of other sites send."""
    app.extensions[_KEY] = given
    app.before_request(_refuse_foreign)


def services() -> Services:
    """The services of this application."""
    return cast(Services, current_app.extensions[_KEY])


def is_browser() -> bool:
    """Whether a page sent this request: whatever changes something carries its Origin then."""
    return "Origin" in request.headers


def token() -> str:
    """The token that the request carries: a program's in `Authorization`, a browser's in the cookie.

    Raises `NotSignedIn`; `BadInput` for both at once, since they may name two accounts.
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    bearer = given.strip() if scheme.lower() == "bearer" else ""
    cookie = request.cookies.get(COOKIE, "")
    if bearer and cookie:
        raise BadInput("Send the Bearer token or the cookie, not both.")
    if not bearer and not cookie:
        raise NotSignedIn("Send the token of POST /api/session.")
    return bearer or cookie


def session() -> Session:
    """The session of whoever is asking, looked up once a request; raise `NotSignedIn`, `BadInput`."""
    if "session" not in g:
        g.session = services().sessions.authenticate(token())
    return cast(Session, g.session)


def account() -> Address | None:
    """The account that is asking; None for somebody who is not signed in."""
    try:
        return session().address
    except (AccessError, BadInput):
        return None


def _refuse_foreign() -> None:
    if request.method in _SAFE:
        return
    wanted, given = services().site.origin, request.headers.get("Origin")
    if given is None and (COOKIE in request.cookies or LOGIN_COOKIE in request.cookies):
        raise ForeignOrigin("A request with the cookie must name its Origin; programs send a Bearer token.")
    if given not in {None, wanted} or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise ForeignOrigin(f"This server is at {wanted}: open it under that address.")
