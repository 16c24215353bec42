"""Sign-in, sign-out."""

from __future__ import annotations

import re
import secrets

from flask import Blueprint, Response, jsonify, request
from msgspec import Struct

from pmr.errors import BadInput
from pmr.server.sessions import CHALLENGE_SECONDS, SESSION_SECONDS
from pmr.types import parse_address
from pmr.web.body import read_json
from pmr.web.state import COOKIE, LOGIN_COOKIE, is_browser, services, session, token

blueprint = Blueprint("session", __name__, url_prefix="/api/session")


class ChallengeRequest(Struct, forbid_unknown_fields=True):
    """Who wants to sign in."""

    address: str


class SignInRequest(Struct, forbid_unknown_fields=True):
    """The challenge's id and the signature over its text, 0x and hex."""

    id: str
    signature: str


@blueprint.post("/challenge")
def challenge() -> Response:
    """Write a text to sign, which only the asking browser can use; a program's id cannot be guessed."""
    browser = secrets.token_urlsafe(32) if is_browser() else None
    made = services().sessions.challenge(parse_address(read_json(ChallengeRequest).address), browser)
    answer = jsonify(id=made.id, message=made.message, expires=made.expires)
    if browser:
        _set_cookie(answer, LOGIN_COOKIE, browser, CHALLENGE_SECONDS)
    return answer


@blueprint.post("")
def sign_in() -> Response:
    """Open a session for a signed text: a browser gets its token in a cookie alone, which no script reads."""
    given = read_json(SignInRequest, limit=1 << 15)
    browser = request.cookies.get(LOGIN_COOKIE, "") if is_browser() else None
    sessions, signature = services().sessions, _signature(given.signature)
    opened = sessions.sign_in(given.id, signature, browser, replaces=request.cookies.get(COOKIE, ""))
    if browser is None:
        return jsonify(token=opened.token, address=opened.address, expires=opened.expires)
    answer = jsonify(address=opened.address, expires=opened.expires)
    _set_cookie(answer, COOKIE, opened.token, SESSION_SECONDS)
    _set_cookie(answer, LOGIN_COOKIE, "", 0)
    return answer


@blueprint.get("")
def show() -> Response:
    """Say whose session it is."""
    current = session()
    return jsonify(address=current.address, expires=current.expires)


@blueprint.delete("")
def sign_out() -> Response:
    """End the session."""
    session()
    services().sessions.sign_out(token())
    answer = Response(status=204)
    _set_cookie(answer, COOKIE, "", 0)
    return answer


def _set_cookie(answer: Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="Strict")


def _signature(text: str) -> bytes:
    if not re.fullmatch(r"0x(?:[0-9a-fA-F]{2})+", text):
        raise BadInput("The signature must be 0x and hex digits.")
    return bytes.fromhex(text[2:])
