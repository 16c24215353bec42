"""What everybody may read on the chain, page by page in the chain's order: by block, then by place in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Label,
    Row,
    Select,
    and_,
    exists,
    func,
    select,
    true,
    tuple_,
    union_all,
)

from pmr.errors import BadCursor, IndexBehind
from pmr.index.cursor import Cursor
from pmr.index.database import snapshot
from pmr.index.tables import blocks, events
from pmr.types import Address, Digest, RecordId

RECORD_KINDS = ("created", "revised", "granted", "revoked")
KINDS = (*RECORD_KINDS, "key")
_GRANTS = ("granted", "revoked")
T = TypeVar("T")


@dataclass(frozen=True)
class Tip:
    """The newest block that the index has applied: an answer is as of it."""

    number: int
    hash: bytes


@dataclass(frozen=True)
class Window:
    """Which part of a list is asked for."""

    limit: int = 50
    """Most events that are looked at."""
    after: Cursor | None = None
    first: int = 0
    last: int | None = None
    """Blocks, both included; None for no end."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list."""

    items: list[T]
    after: Cursor | None
    """Where the next part begins; None when this was the last one."""
    tip: Tip


@dataclass(frozen=True)
class ChainEvent:
    """One event. `account` and `number` name a record, or for kind `key` a publisher and a version."""

    block: int
    log: int
    transaction: bytes
    kind: str
    account: Address
    number: int
    reader: Address | None
    digest: Digest | None
    """The root, the envelope or the bundle."""
    expires_at: int | None
    purpose: int | None


@dataclass(frozen=True)
class Listed:
    """A record of somebody's list, with its root now and the event that put it there."""

    id: RecordId
    root: Digest
    event: ChainEvent


class Pages:
    """Lists of what the contracts' events say. An index finds each page; none is counted through."""

    def __init__(self, engine: Engine) -> None:
        """Ask the tables of `engine`, which a `Follower` made."""
        self._engine = snapshot(engine)

    def tip(self) -> Tip:
        """The newest block of the index; raise `IndexBehind` when there is none yet."""
        with self._engine.connect() as connection:
            return _tip(connection)

    def events_of_record(
        self, record: RecordId, window: Window, kinds: Sequence[str] = RECORD_KINDS
    ) -> Page[ChainEvent]:
        """What happened to a record; raise `BadCursor`, `IndexBehind`."""
        of = and_(events.c.account == record.owner, events.c.number == record.position)
        return self._events([and_(of, events.c.kind == kind) for kind in kinds if kind != "key"], window)

    def events_of_account(
        self, account: Address, window: Window, kinds: Sequence[str] = KINDS
    ) -> Page[ChainEvent]:
        """What an account did as an owner or a publisher, and what it was given; raise like the others."""
        did = [and_(events.c.account == account, events.c.kind == kind) for kind in kinds]
        was = [and_(events.c.reader == account, events.c.kind == kind) for kind in kinds if kind in _GRANTS]
        return self._events([*did, *was], window)

    def events(self, window: Window, kind: str | None = None) -> Page[ChainEvent]:
        """What happened on the chain; raise like the others."""
        return self._events([true() if kind is None else events.c.kind == kind], window)

    def records_of_owner(self, owner: Address, window: Window) -> Page[Listed]:
        """The records that an account created; raise like the others."""
        created = _part(and_(events.c.account == owner, events.c.kind == "created"), window)
        return self._listed(created, window)

    def records_of_reader(self, reader: Address, window: Window) -> Page[Listed]:
        """The records that an account was granted and that were not revoked since; raise like the others.

        A page may have fewer than `limit` items, or none, and yet not be the last: grants that were
        repeated or revoked are passed over.
        """
        granted = _part(and_(events.c.reader == reader, events.c.kind == "granted"), window)
        return self._listed(granted, window)

    def _events(self, parts: list[ColumnElement[bool]], window: Window) -> Page[ChainEvent]:
        queries = [_part(part, window) for part in parts]
        with self._engine.connect() as connection:
            tip = _tip(connection)
            _check(connection, window.after)
            rows = connection.execute(_merged(queries, window)).all() if queries else []
            items = [_event(row) for row in rows[: window.limit]]
            return Page(items, _rest(connection, rows, window), tip)

    def _listed(self, part: Select[Any], window: Window) -> Page[Listed]:
        with self._engine.connect() as connection:
            tip = _tip(connection)
            _check(connection, window.after)
            rows = connection.execute(_with_state(part)).all()
            items = [_item(row) for row in rows[: window.limit] if not row.superseded]
            return Page(items, _rest(connection, rows, window), tip)


def _tip(connection: Connection) -> Tip:
    query = select(blocks).order_by(blocks.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        raise IndexBehind("No block of the chain has been read yet.")
    return Tip(row.number, row.hash)


def _hash(connection: Connection, block: int) -> bytes:
    found = connection.scalar(select(blocks.c.hash).where(blocks.c.number == block))
    return bytes(found or b"")


def _check(connection: Connection, cursor: Cursor | None) -> None:
    if cursor is not None and _hash(connection, cursor.block)[:8] != cursor.fork:
        raise BadCursor("The chain took back the block where the list was left off.")


def _rest(connection: Connection, rows: Sequence[Row[Any]], window: Window) -> Cursor | None:
    if len(rows) <= window.limit:
        return None
    last = rows[window.limit - 1]
    return Cursor(last.block, last.log, _hash(connection, last.block)[:8])


def _part(part: ColumnElement[bool], window: Window) -> Select[Any]:
    # One more than the page has: then there is a next one.
    query = select(events).where(part, _place(events) > _start(window))
    if window.last is not None:
        query = query.where(events.c.block <= window.last)
    return query.order_by(events.c.block, events.c.log).limit(window.limit + 1)


def _start(window: Window) -> Any:
    after = window.after
    place = (window.first, -1) if after is None or after.block < window.first else (after.block, after.log)
    return tuple_(*place)


def _place(table: FromClause) -> Any:
    return tuple_(table.c.block, table.c.log)


def _merged(queries: list[Select[Any]], window: Window) -> Any:
    if len(queries) == 1:
        return queries[0]
    together = union_all(*(select(query.subquery()) for query in queries)).subquery()
    return select(together).order_by(together.c.block, together.c.log).limit(window.limit + 1)


def _with_state(part: Select[Any]) -> Select[Any]:
    listed = part.subquery()
    query = select(listed, _superseded(listed), _root(listed))
    return query.order_by(listed.c.block, listed.c.log)


def _superseded(listed: FromClause) -> Label[bool]:
    later = events.alias()
    of = (later.c.account == listed.c.account, later.c.number == listed.c.number)
    return (
        exists()
        .where(*of, later.c.reader == listed.c.reader, _place(later) > _place(listed))
        .label("superseded")
    )


def _root(listed: FromClause) -> Label[Digest]:
    return func.coalesce(_newest("revised", listed), _newest("created", listed)).label("root")


def _newest(kind: str, listed: FromClause) -> Any:
    rooted = events.alias()
    of = (rooted.c.account == listed.c.account, rooted.c.number == listed.c.number)
    query = select(rooted.c.digest).where(*of, rooted.c.kind == kind)
    return query.order_by(rooted.c.block.desc(), rooted.c.log.desc()).limit(1).scalar_subquery()


def _event(row: Row[Any]) -> ChainEvent:
    return ChainEvent(*row[: len(events.c)])


def _item(row: Row[Any]) -> Listed:
    return Listed(RecordId(row.account, row.number), row.root, _event(row))
