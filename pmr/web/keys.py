"""Published key bundles."""

from __future__ import annotations

from flask import Blueprint, Response

from pmr.content.cid import Cid
from pmr.web.records import RAW_BLOCK
from pmr.web.state import services, session

blueprint = Blueprint("keys", __name__, url_prefix="/api/keys")


@blueprint.get("/<cid>")
def bundle(cid: str) -> Response:
    """Give a key bundle that KeyDirectory names."""
    session()
    return Response(services().access.read_bundle(Cid.parse(cid)), content_type=RAW_BLOCK)
