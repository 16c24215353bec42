"""Blocks on their way in."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Annotated

from flask import Blueprint, Response, g, jsonify
from msgspec import Meta, Struct

from pmr.content.block import Block
from pmr.content.car import CAR_LIMIT, read_car
from pmr.content.cid import Cid
from pmr.errors import TooLarge
from pmr.web.body import read_body, read_json
from pmr.web.state import services, session

BLOCKS = 4096
"""Most blocks of one upload."""
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
    g.stored = stored = services().uploads.put(account, _at_most(blocks))
    return jsonify(stored=stored.blocks, bytes=stored.bytes)


def _at_most(blocks: Iterator[Block]) -> list[Block]:
    # Each block costs the store a file and several syncs, however small it is.
    taken = list(islice(blocks, BLOCKS + 1))
    if len(taken) > BLOCKS:
        raise TooLarge(f"One upload takes at most {BLOCKS} blocks.")
    return taken


@blueprint.post("/missing")
def missing() -> Response:
    """Say which blocks this account must upload."""
    account = session().address
    cids = [Cid.parse(text) for text in read_json(MissingRequest, limit=1 << 19).cids]
    return jsonify(missing=[str(cid) for cid in services().uploads.missing(account, cids)])
