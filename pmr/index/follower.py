"""Keeps the index equal to the chain: applies blocks, and takes back those that a reorganisation removed."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select

from pmr.errors import ChainError
from pmr.index import tables
from pmr.index.database import reading, upsert
from pmr.index.source import EventSource, IndexedEvent, Origin

RANGE = 2000
"""Blocks applied in one transaction of the database."""


class Follower:
    """Applies the events of a chain to the index. Safe to use from several threads."""

    def __init__(self, engine: Engine, source: EventSource) -> None:
        """Follow `source` into the tables of `engine`, which are made, or made anew, when needed."""
        self._engine = engine
        self._source = source
        self._lock = threading.Lock()
        self._closed = threading.Event()
        _prepare(engine, source.origin)

    def step(self) -> int:
        """Bring the index to the chain's head; return the number of events that were applied.

        Raises `ChainError` when the chain cannot be asked; the index then stands at an earlier block.
        """
        with self._lock:
            return self._step()

    def refresh(self, seconds: float = 5.0) -> None:
        """Like `step`, for a caller that would rather have an older index than wait or fail."""
        if not self._lock.acquire(timeout=seconds):
            return
        try:
            self._step()
        except ChainError:
            return
        finally:
            self._lock.release()

    def rebuild(self) -> int:
        """Drop the index and build it again from the chain; return the number of its events."""
        with self._lock:
            _make(self._engine, self._source.origin)
            return self._step()

    def lag(self) -> int:
        """How many blocks of the chain have not been applied yet; raise `ChainError`."""
        return max(0, self._source.newest() - self._next() + 1)

    def close(self) -> None:
        """Have a step that is under way end after the range that it is applying."""
        self._closed.set()

    def _step(self) -> int:
        self._roll_back()
        first, newest, applied = self._next(), self._source.newest(), 0
        while first <= newest and not self._closed.is_set():
            last = min(first + RANGE - 1, newest)
            found = self._fetch(first, last)
            if found is None:
                break
            self._apply(*found)
            applied, first = applied + len(found[0]), last + 1
        return applied

    def _next(self) -> int:
        with reading(self._engine).connect() as connection:
            newest = connection.scalar(select(func.max(tables.blocks.c.number)))
        return self._source.origin.first_block if newest is None else newest + 1

    def _roll_back(self) -> None:
        newest = self._known_below(None)
        known = newest
        while known is not None and self._source.block_hash(known[0]) != known[1]:
            known = self._known_below(known[0])
        if known != newest:
            self._forget(-1 if known is None else known[0])

    def _known_below(self, number: int | None) -> tuple[int, bytes] | None:
        query = select(tables.blocks.c.number, tables.blocks.c.hash)
        if number is not None:
            query = query.where(tables.blocks.c.number < number)
        with reading(self._engine).connect() as connection:
            row = connection.execute(query.order_by(tables.blocks.c.number.desc()).limit(1)).first()
        return None if row is None else (row.number, row.hash)

    def _forget(self, ancestor: int) -> None:
        """Take back all blocks after the newest one that the chain still has."""
        with self._engine.begin() as connection:
            connection.execute(delete(tables.events).where(tables.events.c.block > ancestor))
            connection.execute(delete(tables.blocks).where(tables.blocks.c.number > ancestor))

    def _fetch(self, first: int, last: int) -> tuple[Sequence[IndexedEvent], dict[int, bytes]] | None:
        before = self._source.block_hash(last)
        found = self._source.events(first, last)
        # A reorganisation between the two questions: the next step starts from the common ancestor.
        if before is None or self._source.block_hash(last) != before:
            return None
        return found, {**{event.block: event.block_hash for event in found}, last: before}

    def _apply(self, found: Sequence[IndexedEvent], hashes: dict[int, bytes]) -> None:
        with self._engine.begin() as connection:
            _write(connection, found, hashes)


def _write(connection: Connection, found: Sequence[IndexedEvent], hashes: dict[int, bytes]) -> None:
    if found:
        connection.execute(insert(tables.events), [_row(event) for event in found])
    rows = [{"number": number, "hash": block_hash} for number, block_hash in hashes.items()]
    upsert(connection, tables.blocks, rows, update=["hash"])


def _row(event: IndexedEvent) -> dict[str, object]:
    row = dict(vars(event))
    del row["block_hash"]
    return row


def _prepare(engine: Engine, origin: Origin) -> None:
    if not _is_built_from(engine, origin):
        _make(engine, origin)


def _is_built_from(engine: Engine, origin: Origin) -> bool:
    if not inspect(engine).has_table(tables.source.name):
        return False
    with reading(engine).connect() as connection:
        row = connection.execute(select(tables.source)).first()
    return row is not None and tuple(row) == tuple(_source_row(origin).values())


def _make(engine: Engine, origin: Origin) -> None:
    with engine.begin() as connection:
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.source), _source_row(origin))


def _source_row(origin: Origin) -> dict[str, object]:
    return {
        "id": 1,
        "schema": tables.SCHEMA,
        "chain_id": origin.chain_id,
        "registry": origin.registry,
        "key_directory": origin.key_directory,
    }
