"""Questions to the index. What is security relevant in an answer is asked of the chain again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Engine, Row, Select, and_, exists, func, select, true

from pmr.index.database import reading
from pmr.index.tables import blocks, events
from pmr.types import Address, Digest, RecordId

_ROOTS = ("created", "revised")
_GRANTS = ("granted", "revoked")
_AT_ONCE = 10_000
"""Rows held in memory while all events are read."""
_ORDER = (events.c.block, events.c.log)


@dataclass(frozen=True)
class HistoryEntry:
    """One event of a record. `kind`: created, revised, granted, revoked; what does not apply is None."""

    kind: str
    block: int
    transaction: bytes
    root: Digest | None
    reader: Address | None
    envelope: Digest | None
    expires_at: int | None
    purpose: int | None


@dataclass(frozen=True)
class Needed:
    """What the chain names, each with the account that named it: a record's owner, or a publisher."""

    block: int
    """The newest block of which this is known; -1 for none."""
    roots: frozenset[tuple[Address, Digest]]
    leaves: frozenset[tuple[Address, Digest]]
    """The envelopes of grants that are not revoked, replaced or ended, and every published key bundle."""


class Index:
    """What the contracts' events say, as far as the follower has applied them."""

    def __init__(self, engine: Engine) -> None:
        """Ask the tables of `engine`, which a `Follower` made."""
        self._engine = reading(engine)

    def envelope_of(self, record: RecordId, reader: Address) -> Digest | None:
        """The envelope of the newest grant to a reader; None when never granted, or revoked since."""
        query = (
            select(events.c.digest)
            .where(_of(record), events.c.kind.in_(_GRANTS), events.c.reader == reader)
            .order_by(*(column.desc() for column in _ORDER))
            .limit(1)
        )
        row = self._first(query)
        # A revocation has no digest.
        return None if row is None else cast(Digest | None, row.digest)

    def envelopes_of(self, record: RecordId, now: int) -> dict[Address, Digest]:
        """The envelope of each reader's newest grant, where that is live at `now`; in no order."""
        query = select(events).where(_of(record), events.c.kind.in_(_GRANTS)).order_by(*_ORDER)
        newest = {row.reader: row for row in self._all(query)}
        return {reader: row.digest for reader, row in newest.items() if row.digest and _is_live(row, now)}

    def roots_of(self, record: RecordId) -> list[Digest]:
        """Every root that a record had, oldest first."""
        query = select(events.c.digest).where(_of(record), events.c.kind.in_(_ROOTS)).order_by(*_ORDER)
        return [row.digest for row in self._all(query)]

    def records_of_root(self, owner: Address, root: Digest, reader: Address) -> list[RecordId]:
        """The records of an owner that have, or had, this root and were granted to a reader some time."""
        grants = events.alias()
        granted = exists().where(
            grants.c.account == owner,
            grants.c.number == events.c.number,
            grants.c.kind == "granted",
            grants.c.reader == reader,
        )
        query = (
            select(events.c.number)
            .where(events.c.account == owner, events.c.digest == root, events.c.kind.in_(_ROOTS), granted)
            .distinct()
        )
        return [RecordId(owner, row.number) for row in self._all(query)]

    def publishers_of(self, bundle: Digest) -> list[Address]:
        """The accounts that published this key bundle."""
        query = select(events.c.account).where(events.c.digest == bundle, events.c.kind == "key").distinct()
        return [row.account for row in self._all(query)]

    def needed(self, confirmations: int, now: int) -> Needed:
        """What the chain names, and what it named `confirmations` blocks ago, as its last blocks may go.

        Grants that have ended at `now` (Unix seconds) name nothing any more.
        """
        names = _Names(confirmations)
        for row in self._stream(_everything_and_the_newest_block()):
            names.take(row)
        return names.needed(now)

    def history(self, record: RecordId) -> list[HistoryEntry]:
        """Everything that happened to a record, oldest first."""
        query = select(events).where(_of(record), events.c.kind != "key").order_by(*_ORDER)
        return [_entry(row) for row in self._all(query)]

    def _stream(self, query: Select[Any]) -> Iterator[Row[Any]]:
        with self._engine.connect() as connection:
            yield from connection.execute(query.execution_options(yield_per=_AT_ONCE))

    def _first(self, query: object) -> Row[tuple[object, ...]] | None:
        return next(iter(self._all(query)), None)

    def _all(self, query: object) -> Sequence[Row[tuple[object, ...]]]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()  # type: ignore[call-overload, no-any-return]


def _is_live(row: Row[Any], now: int) -> bool:
    return row.expires_at in {None, 0} or row.expires_at > now


def _of(record: RecordId) -> ColumnElement[bool]:
    return and_(events.c.account == record.owner, events.c.number == record.position)


@dataclass(frozen=True, slots=True)
class _Name:
    """What an event named: a root, or the leaf of a bundle or an envelope."""

    is_root: bool
    account: Address
    digest: Digest
    expires_at: int


class _Names:
    """What each place on chain names, event by event: a record's root, a reader's grant, a key's version."""

    def __init__(self, confirmations: int) -> None:
        self._confirmations = confirmations
        self._newest = -1
        self._now: dict[object, _Name] = {}
        self._lately: set[_Name] = set()

    def take(self, row: Row[Any]) -> None:
        """Take the next event; the row of a chain without events has none."""
        self._newest = -1 if row.newest is None else row.newest
        if row.kind is None:
            return
        # Names of accounts come again and again; one copy of each is enough.
        account, reader = cast(Address, sys.intern(row.account)), row.reader and sys.intern(row.reader)
        place = (row.kind in _ROOTS, row.kind == "key", account, row.number, reader)
        before = self._now.pop(place, None)
        if before is not None and row.block > self._newest - self._confirmations:
            self._lately.add(before)
        if row.digest is not None:  # a revocation has none
            self._now[place] = _Name(row.kind in _ROOTS, account, row.digest, row.expires_at or 0)

    def needed(self, now: int) -> Needed:
        """What was named last, or until lately."""
        names = [
            name
            for name in (*self._now.values(), *self._lately)
            if name.expires_at == 0 or name.expires_at > now
        ]
        roots = frozenset((name.account, name.digest) for name in names if name.is_root)
        return Needed(self._newest, roots, frozenset((n.account, n.digest) for n in names if not n.is_root))


def _everything_and_the_newest_block() -> Select[Any]:
    # One statement: the follower may take blocks back between two.
    newest = select(func.max(blocks.c.number).label("newest")).subquery()
    return select(newest.c.newest, events).select_from(newest.outerjoin(events, true())).order_by(*_ORDER)


def _entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    rooted = row.kind in _ROOTS
    return HistoryEntry(
        kind=row.kind,
        block=row.block,
        transaction=row.transaction,
        root=row.digest if rooted else None,
        reader=row.reader,
        envelope=None if rooted else row.digest,
        expires_at=row.expires_at,
        purpose=row.purpose,
    )
