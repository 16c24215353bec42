"""Blocks of records, to those who may read them now."""

from __future__ import annotations

from flask import Blueprint, Response

from pmr.content.cid import Cid
from pmr.types import RecordId
from pmr.web.state import services, session

RAW_BLOCK = "application/vnd.ipld.raw"
blueprint = Blueprint("records", __name__, url_prefix="/api/records")


@blueprint.get("/<owner>/<position>/blocks/<cid>")
def block(owner: str, position: str, cid: str) -> Response:
    """Give one block of a record."""
    account = session().address
    record = RecordId.parse(f"{owner}/{position}")
    data = services().access.read_block(account, record, Cid.parse(cid))
    return Response(data, content_type=RAW_BLOCK)
