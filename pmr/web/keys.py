"""Published key bundles."""

from __future__ import annotations

from flask import Blueprint, Response, request

from pmr.content.cid import Cid
from pmr.web.records import RAW_BLOCK
from pmr.web.state import services, session

KEPT_SECONDS = 3600
"""How long a browser may keep a bundle that it was given."""
blueprint = Blueprint("keys", __name__, url_prefix="/api/keys")


@blueprint.get("/<cid>")
def bundle(cid: str) -> Response:
    """Give a key bundle that KeyDirectory names: its CID is the tag, since it names the very bytes."""
    session()
    named = Cid.parse(cid)
    answer = Response(services().access.read_bundle(named), content_type=RAW_BLOCK)
    answer.set_etag(str(named))
    answer.cache_control.private, answer.cache_control.max_age = True, KEPT_SECONDS
    answer.make_conditional(request)
    return answer
