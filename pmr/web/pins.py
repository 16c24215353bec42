"""What is kept."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from msgspec import Struct

from pmr.content.cid import Cid
from pmr.web.body import read_json
from pmr.web.state import services, session

blueprint = Blueprint("pins", __name__, url_prefix="/api/pins")


class PinRequest(Struct, forbid_unknown_fields=True):
    """The root to keep."""

    cid: str


@blueprint.post("")
def pin() -> tuple[Response, int]:
    """Keep a complete DAG that this account possesses."""
    account = session().address
    root = Cid.parse(read_json(PinRequest).cid)
    kept = services().uploads.pin(account, root)
    return jsonify(cid=str(root), blocks=kept.blocks, bytes=kept.bytes), 201
