"""Blocks on their way in."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

from flask import Blueprint, Response, jsonify
from msgspec import Meta, Struct

from pmr.content.car import CAR_LIMIT, read_car
from pmr.content.cid import Cid
from pmr.web.body import read_body, read_json
from pmr.web.state import services, session

CAR = "application/vnd.ipld.car"
blueprint = Blueprint("blocks", __name__, url_prefix="/api/blocks")


class MissingRequest(Struct, forbid_unknown_fields=True):
    """At most 4,096 CIDs in text form."""

    cids: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=4096)]


@blueprint.post("")
def upload() -> Response:
    """Stage the blocks of a CAR, each checked against its CID."""
    account = session().address
    _, blocks = read_car(BytesIO(read_body(CAR, CAR_LIMIT)))
    stored = services().uploads.put(account, list(blocks))
    return jsonify(stored=stored.blocks, bytes=stored.bytes)


@blueprint.post("/missing")
def missing() -> Response:
    """Say which blocks this account must upload."""
    account = session().address
    cids = [Cid.parse(text) for text in read_json(MissingRequest, limit=1 << 19).cids]
    return jsonify(missing=[str(cid) for cid in services().uploads.missing(account, cids)])
