"""The server's tables as lines of JSON, for backups: one object a row, bytes in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, LargeBinary, MetaData, Table, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from pmr.errors import DamagedBackup
from pmr.server.tables import challenges, metadata, sessions

LEFT_OUT = frozenset({challenges.name, sessions.name})
"""What a restored server must not believe: everybody signs in anew."""
SAVED = tuple(sorted(metadata.tables.keys() - LEFT_OUT))
_AT_ONCE = 1000


def saved_tables(connection: Connection) -> list[Table]:
    """The tables as they are in this database, which an older version may have made."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in SAVED)
    return [found.tables[name] for name in sorted(found.tables)]


def dump(connection: Connection, table: Table) -> Iterator[bytes]:
    """Every row as a line."""
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
    return (msgspec.json.encode(dict(row)) + b"\n" for row in rows.mappings())


def load(connection: Connection, table: Table, lines: Iterable[bytes], fixed: dict[str, Any]) -> int:
    """Insert rows from their lines, with the columns `fixed` set so; give their number.

    Raises `DamagedBackup` for a line that is no row of this table.
    """
    rows = (_row(table, line) | fixed for line in lines)
    count = 0
    while batch := list(islice(rows, _AT_ONCE)):
        try:
            connection.execute(insert(table), batch)
        except (IntegrityError, DataError, OverflowError):
            raise _damaged(table) from None
        count += len(batch)
    return count


def _row(table: Table, line: bytes) -> dict[str, Any]:
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
        if row.keys() != set(table.columns.keys()):
            raise ValueError
        return {name: _value(table, name, value) for name, value in row.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, TypeError, ValueError):
        raise _damaged(table) from None


def _damaged(table: Table) -> DamagedBackup:
    return DamagedBackup(f"A line of tables/{table.name}.jsonl is no row of that table.")


def _value(table: Table, name: str, value: Any) -> Any:
    is_bytes = isinstance(table.columns[name].type, LargeBinary)
    return base64.b64decode(value, validate=True) if is_bytes and value is not None else value
