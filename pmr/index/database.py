"""Opens the SQL database that the index and the server share: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pmr.errors import ConfigError, DamagedState, StorageFull

_PRAGMAS = (
    "PRAGMA busy_timeout=15000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
_UNREADABLE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}


def open_engine(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL; raise `ConfigError` for one that cannot be used.

    A SQLite file that cannot be read raises `DamagedState` when it is used.
    """
    try:
        engine = create_engine(url, connect_args=_arguments(url))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise ConfigError(f"database_url cannot be used: {type(error).__name__}.") from None
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: on SQLite they wait for no writer."""
    return engine.execution_options(pmr_reads=True)


def snapshot(engine: Engine) -> Engine:
    """Like `reading`; and what one transaction is told is as of one moment, as on SQLite always."""
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    return reading(engine).execution_options(**level)


def upsert(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, update: Iterable[str] = ()
) -> None:
    """Insert rows; where the primary key is there already, write only the columns in `update`."""
    given = [dict(row) for row in rows]
    if not given:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in update}
    if changed:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), given)
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=keys), given)


def _arguments(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite"):
        return {}
    _make_folder(make_url(url).database)
    return {"timeout": 15, "isolation_level": None}


def _make_folder(database: str | None) -> None:
    if database in (None, "", ":memory:"):
        raise ConfigError("database_url must name a file: a database in memory would lose the vaults.")
    try:
        Path(str(database)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The folder of {database} cannot be made: {error.strerror}.") from None


def _prepare_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _explain)


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes later would otherwise fail as busy.
    reads = connection.get_execution_options().get("pmr_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _explain(context: ExceptionContext) -> None:
    error = cast(sqlite3.Error, context.original_exception)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    name = context.engine.url.database if context.engine else "The database"
    if code == sqlite3.SQLITE_FULL:
        raise StorageFull(f"{name} cannot grow.") from None
    if code in _UNREADABLE:
        raise DamagedState(
            f"{name} cannot be used: {error}. Restore it from a backup: vaults and pins are in it."
        ) from None
