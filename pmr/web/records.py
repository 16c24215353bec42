"""Records: what is here of them, and their blocks, to those who may read them now."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from pmr.content.cid import Cid
from pmr.types import RecordId
from pmr.web.state import services, session

RAW_BLOCK = "application/vnd.ipld.raw"
blueprint = Blueprint("records", __name__, url_prefix="/api/records")


@blueprint.get("/<owner>/<position>")
def state(owner: str, position: str) -> Response:
    """Say what this server has of a record."""
    account = session().address
    record = RecordId.parse(f"{owner}/{position}")
    found = services().access.state_of(account, record)
    return jsonify(
        id=str(record),
        root=str(found.root),
        served=found.served,
        envelope=found.envelope,
        withoutEnvelope=found.without_envelope,
    )


@blueprint.get("/<owner>/<position>/blocks/<cid>")
def block(owner: str, position: str, cid: str) -> Response:
    """Give one block of a record."""
    account = session().address
    record = RecordId.parse(f"{owner}/{position}")
    data = services().access.read_block(account, record, Cid.parse(cid))
    return Response(data, content_type=RAW_BLOCK)
