"""The vault of whoever is signed in."""

from __future__ import annotations

from flask import Blueprint, Response, request

from pmr.server.vaults import MAX_VAULT
from pmr.web.body import read_any
from pmr.web.state import services, session

blueprint = Blueprint("vault", __name__, url_prefix="/api/vault")


@blueprint.get("")
def show() -> Response:
    """Give the vault, with its tag."""
    vault = services().vaults.get(session().address)
    answer = Response(vault.data, content_type="application/octet-stream")
    answer.set_etag(vault.tag)
    return answer


@blueprint.put("")
def save() -> Response:
    """Keep a vault in the place of the one that If-Match names."""
    account = session().address
    tags = list(request.if_match.as_set())
    vault = services().vaults.put(account, read_any(MAX_VAULT), tags[0] if tags else None)
    answer = Response(status=204)
    answer.set_etag(vault.tag)
    return answer
