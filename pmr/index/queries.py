"""Questions to the index. What is security relevant in an answer is asked of the chain again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Engine, Row, and_, select

from pmr.index.database import reading
from pmr.index.tables import events
from pmr.types import Address, Digest, RecordId

_ROOTS = ("created", "revised")
_GRANTS = ("granted", "revoked")
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

    def roots_of(self, record: RecordId) -> list[Digest]:
        """Every root that a record had, oldest first."""
        query = select(events.c.digest).where(_of(record), events.c.kind.in_(_ROOTS)).order_by(*_ORDER)
        return [row.digest for row in self._all(query)]

    def records_of_root(self, owner: Address, root: Digest) -> list[RecordId]:
        """The records of an owner that have, or had, this root."""
        query = (
            select(events.c.number)
            .where(events.c.account == owner, events.c.digest == root, events.c.kind.in_(_ROOTS))
            .distinct()
        )
        return [RecordId(owner, row.number) for row in self._all(query)]

    def publishers_of(self, bundle: Digest) -> list[Address]:
        """The accounts that published this key bundle."""
        query = select(events.c.account).where(events.c.digest == bundle, events.c.kind == "key").distinct()
        return [row.account for row in self._all(query)]

    def named_leaves(self) -> set[tuple[Address, Digest]]:
        """The envelopes of grants that are not revoked or replaced, and every published key bundle.

        Each with the account that named it: the record's owner, or the publisher.
        """
        kept: dict[object, tuple[Address, Digest] | None] = {}
        query = select(events).where(events.c.kind.in_((*_GRANTS, "key"))).order_by(*_ORDER)
        for row in self._all(query):
            kept[_slot(row)] = None if row.kind == "revoked" else (row.account, row.digest)
        return {named for named in kept.values() if named is not None}

    def history(self, record: RecordId) -> list[HistoryEntry]:
        """Everything that happened to a record, oldest first."""
        query = select(events).where(_of(record), events.c.kind != "key").order_by(*_ORDER)
        return [_entry(row) for row in self._all(query)]

    def _first(self, query: object) -> Row[tuple[object, ...]] | None:
        return next(iter(self._all(query)), None)

    def _all(self, query: object) -> Sequence[Row[tuple[object, ...]]]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()  # type: ignore[call-overload, no-any-return]


def _of(record: RecordId) -> ColumnElement[bool]:
    return and_(events.c.account == record.owner, events.c.number == record.position)


def _slot(row: Row[tuple[object, ...]]) -> object:
    return row.kind == "key", row.account, row.number, row.reader


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
