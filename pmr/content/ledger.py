"""What was put into a node that keeps no such account itself: which blocks, and when last."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pmr.content.cid import Cid
from pmr.errors import ContentError, StorageDamaged, StorageFull, StoreUnavailable

_TABLES = """
create table if not exists block (cid blob primary key, touched real not null) without rowid;
create table if not exists name (name text not null);
"""
_FULL = (sqlite3.SQLITE_FULL,)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR)


class Ledger:
    """A SQLite file. Durable, and safe for threads and for several processes.

    Raises `StorageFull`, `StorageDamaged`, `StoreUnavailable`.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or begin it."""
        self._path = path
        with self._transaction() as database:
            database.executescript(_TABLES)
        with self._transaction() as database:
            database.execute(
                "insert into name select ? where not exists (select * from name)",
                ["pmr-" + secrets.token_hex(8)],
            )
            self.name: str = database.execute("select name from name").fetchone()[0]
            """Made at random when the ledger was begun."""

    def note(self, cids: Iterable[Cid], seconds: float) -> None:
        """Write down that blocks were put at that time (Unix seconds)."""
        with self._transaction() as database:
            database.executemany(
                "insert or replace into block values (?, ?)", [(cid.encode(), seconds) for cid in cids]
            )

    def forget(self, cids: Iterable[Cid]) -> None:
        """Strike blocks out."""
        with self._transaction() as database:
            database.executemany("delete from block where cid = ?", [(cid.encode(),) for cid in cids])

    def touched(self, cid: Cid) -> float | None:
        """When a block was put last; None when it was not."""
        with self._transaction() as database:
            row = database.execute("select touched from block where cid = ?", [cid.encode()]).fetchone()
        return None if row is None else float(row[0])

    def all(self) -> list[Cid]:
        """Every block."""
        with self._transaction() as database:
            return [Cid.decode(row[0]) for row in database.execute("select cid from block")]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=60)) as database, database:
                database.execute("pragma synchronous = full")
                yield database
        except sqlite3.Error as error:
            raise self._translate(error) from error

    def _translate(self, error: sqlite3.Error) -> ContentError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        said = f"{self._path}: {error}."
        if code in _FULL:
            return StorageFull(f"{said} Free some space, then try again.")
        return StorageDamaged(said) if code in _DAMAGED else StoreUnavailable(said)
