"""Opens the server's database and brings its tables to the newest form."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pmr.errors import ConfigError, DamagedState
from pmr.index.database import open_engine

MIGRATIONS = Path(__file__).parent / "migrations"


NEWEST = "head"


def open_database(url: str, revision: str = NEWEST) -> Engine:
    """Open the database at a SQLAlchemy URL and migrate it, up to a revision.

    Raises `ConfigError` for a URL that cannot be used, `DamagedState` for a file that cannot be read
    or that a newer PMR wrote.
    """
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            settings = _settings()
            settings.attributes["connection"] = connection
            command.upgrade(settings, revision)
    except CommandError as error:
        raise DamagedState(f"The database was not written by this version of PMR: {error}.") from None
    return engine


def open_existing(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL in the form that it has; raise `ConfigError` where none is."""
    try:
        found = make_url(url)
    except ArgumentError:
        raise ConfigError("database_url cannot be used: it is no URL.") from None
    if found.get_backend_name() == "sqlite" and not Path(found.database or "").is_file():
        raise ConfigError(f"There is no database {found.database}. Is this the server's configuration?")
    return open_engine(url)


def revision_of(connection: Connection) -> str | None:
    """The form that the tables have; None for a database without them."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The form that this version gives the tables."""
    return ScriptDirectory.from_config(_settings()).get_current_head()


def _settings() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return settings
