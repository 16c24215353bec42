"""What everybody may read on the chain, from the index: lists of records and of events."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify, request
from msgspec import UNSET, Meta, Struct, UnsetType, field

from pmr.content.cid import Cid
from pmr.errors import BadInput
from pmr.index.cursor import Cursor
from pmr.index.pages import KINDS, ChainEvent, Listed, Page, T, Tip, Window
from pmr.types import RecordId, parse_address
from pmr.web.query import read_query
from pmr.web.state import services

MOST = 200
"""Items of a page."""
blueprint = Blueprint("chain", __name__, url_prefix="/api")

Limit = Annotated[int, Meta(ge=1, le=MOST)]
BlockNumber = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Kind = Literal["created", "revised", "granted", "revoked", "key"]


class PageQuery(Struct, forbid_unknown_fields=True):
    """Where a list goes on, and how far."""

    cursor: str | UnsetType = UNSET
    limit: Limit = 50

    def window(self) -> Window:
        """The same for the index; raise `BadCursor`."""
        return Window(self.limit, None if self.cursor is UNSET else Cursor.parse(self.cursor))


class RecordsQuery(PageQuery):
    """Whose records: one of the two."""

    owner: str | UnsetType = UNSET
    reader: str | UnsetType = UNSET


class EventsQuery(PageQuery):
    """Which events: of one record or one account, of one kind, in some blocks; both ends are included."""

    record: str | UnsetType = UNSET
    account: str | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    first: BlockNumber = field(name="from", default=0)
    last: BlockNumber | UnsetType = field(name="to", default=UNSET)

    def window(self) -> Window:
        """The same for the index; raise `BadCursor`."""
        page, last = super().window(), None if self.last is UNSET else self.last
        return Window(page.limit, page.after, self.first, last)


@blueprint.get("/records")
def records() -> Response:
    """List the records that an account owns, or may have been given to read."""
    asked, pages = read_query(RecordsQuery), services().pages
    window = asked.window()
    if isinstance(asked.owner, str) and asked.reader is UNSET:
        owner = parse_address(asked.owner)
        return _answer(lambda: pages.records_of_owner(owner, window), _listed)
    if isinstance(asked.reader, str) and asked.owner is UNSET:
        reader = parse_address(asked.reader)
        return _answer(lambda: pages.records_of_reader(reader, window), _listed)
    raise BadInput("Ask for the records of an owner or of a reader.")


@blueprint.get("/records/<owner>/<position>/history")
def history(owner: str, position: str) -> Response:
    """List what happened to a record."""
    record, window = RecordId.parse(f"{owner}/{position}"), read_query(PageQuery).window()
    return _answer(lambda: services().pages.events_of_record(record, window), _event)


@blueprint.get("/events")
def events() -> Response:
    """List what happened on the chain."""
    asked, pages = read_query(EventsQuery), services().pages
    window, kinds = asked.window(), KINDS if asked.kind is UNSET else (asked.kind,)
    if isinstance(asked.record, str) and isinstance(asked.account, str):
        raise BadInput("Ask for the events of a record or of an account.")
    if isinstance(asked.record, str):
        record = RecordId.parse(asked.record)
        return _answer(lambda: pages.events_of_record(record, window, kinds), _event)
    if isinstance(asked.account, str):
        account = parse_address(asked.account)
        return _answer(lambda: pages.events_of_account(account, window, kinds), _event)
    return _answer(lambda: pages.events(window, None if asked.kind is UNSET else asked.kind), _event)


def _answer(ask: Callable[[], Page[T]], show: Callable[[T], dict[str, object]]) -> Response:
    tip = services().pages.tip()
    if _tag(tip) in request.if_none_match:
        return _tagged(Response(status=304), tip)
    page = ask()
    final = page.tip.number - services().network.confirmations
    answer = jsonify(
        items=[show(item) for item in page.items],
        next=None if page.after is None else str(page.after),
        block={"number": page.tip.number, "hash": _hex(page.tip.hash)},
        final=final if final >= 0 else None,
    )
    return _tagged(answer, page.tip)


def _tagged(answer: Response, tip: Tip) -> Response:
    answer.set_etag(_tag(tip))
    answer.cache_control.no_cache = True
    return answer


def _tag(tip: Tip) -> str:
    # The block settles what the chain said, version and path how it is put.
    asked = f"{services().version} {request.full_path} {services().network.confirmations}"
    return hashlib.sha256(tip.hash + asked.encode()).hexdigest()[:32]


def _listed(item: Listed) -> dict[str, object]:
    return {"id": str(item.id), "root": str(Cid.root(item.root)), "event": _event(item.event)}


def _event(item: ChainEvent) -> dict[str, object]:
    shown: dict[str, object] = {
        "kind": item.kind,
        "block": item.block,
        "log": item.log,
        "transaction": _hex(item.transaction),
    }
    if item.kind == "key":
        return shown | {"account": item.account, "version": item.number, "bundle": _leaf(item)}
    return shown | {"record": f"{item.account}/{item.number}"} | _of_record(item)


def _of_record(item: ChainEvent) -> dict[str, object]:
    if item.kind == "revoked":
        return {"reader": item.reader}
    if item.kind == "granted":
        given = {"reader": item.reader, "envelope": _leaf(item)}
        return {**given, "expiresAt": item.expires_at, "purpose": item.purpose}
    return {"root": str(Cid.root(item.digest or b""))}


def _leaf(item: ChainEvent) -> str:
    return str(Cid.leaf(item.digest or b""))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
