"""The database: made, migrated, and said to be damaged when it is."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select

from pmr.errors import ConfigError, DamagedState
from pmr.index.tables import metadata as index_metadata
from pmr.server.database import open_database
from pmr.server.tables import metadata, vaults

ROW = {"account": "0x" + "11" * 20, "data": b"vault", "saved_at": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "server.sqlite"


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_open_database_makes_the_tables_that_the_code_speaks_of(path: Path) -> None:
    engine = open_database(url(path))
    index_metadata.create_all(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    ours = [step for step in found if "index_" not in str(step)]
    assert ours == []


def test_open_database_again_keeps_what_is_there(path: Path) -> None:
    with open_database(url(path)).begin() as connection:
        connection.execute(insert(vaults), ROW)
    with open_database(url(path)).connect() as connection:
        assert connection.execute(select(vaults.c.data)).scalars().all() == [b"vault"]


def test_open_database_writes_ahead_and_through_to_the_disk(path: Path) -> None:
    with open_database(url(path)).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize("junk", [b"this is no database, it is a text file\n" * 100, os.urandom(8192)])
def test_open_database_of_another_kind_of_file_says_damaged(path: Path, junk: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(junk)
    with pytest.raises(DamagedState, match="Restore it from a backup"):
        open_database(url(path))


def test_open_database_with_overwritten_pages_says_damaged(path: Path) -> None:
    with open_database(url(path)).begin() as connection:
        connection.execute(insert(vaults), ROW)
    with sqlite3.connect(path) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(DamagedState), open_database(url(path)).connect() as connection:
        connection.execute(select(vaults)).all()


def test_open_database_that_is_a_folder_says_damaged(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(DamagedState):
        open_database(url(path))


def test_open_database_of_a_later_version_says_so(path: Path) -> None:
    with open_database(url(path)).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DamagedState, match="not written by this version"):
        open_database(url(path))


@pytest.mark.parametrize(
    "bad",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "nosuchsql://host/db", "sqlite:////dev/null/x/y"],
)
def test_open_database_of_a_bad_url_says_so(bad: str) -> None:
    with pytest.raises(ConfigError):
        open_database(bad)


def test_open_database_of_a_bad_url_does_not_repeat_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        open_database("nosuchsql://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)
