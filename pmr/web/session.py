"""Sign-in, sign-out."""

from __future__ import annotations

import re

from flask import Blueprint, Response, jsonify
from msgspec import Struct

from pmr.errors import BadInput
from pmr.server.sessions import SESSION_SECONDS
from pmr.types import parse_address
from pmr.web.body import read_json
from pmr.web.state import COOKIE, services, session, token

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
    """Write a text to sign."""
    made = services().sessions.challenge(parse_address(read_json(ChallengeRequest).address))
    return jsonify(id=made.id, message=made.message, expires=made.expires)


@blueprint.post("")
def sign_in() -> Response:
    """Open a session for a signed text."""
    given = read_json(SignInRequest, limit=1 << 15)
    opened = services().sessions.sign_in(given.id, _signature(given.signature))
    answer = jsonify(token=opened.token, address=opened.address, expires=opened.expires)
    _set_cookie(answer, opened.token, SESSION_SECONDS)
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
    _set_cookie(answer, "", 0)
    return answer


def _set_cookie(answer: Response, value: str, seconds: int) -> None:
    answer.set_cookie(COOKIE, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="Strict")


def _signature(text: str) -> bytes:
    if not re.fullmatch(r"0x(?:[0-9a-fA-F]{2})+", text):
        raise BadInput("The signature must be 0x and hex digits.")
    return bytes.fromhex(text[2:])
