"""Opens the server's database and brings its tables to the newest form."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.util import CommandError
from sqlalchemy import Engine

from pmr.errors import DamagedState
from pmr.index.database import open_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL and migrate it.

    Raises `ConfigError` for a URL that cannot be used, `DamagedState` for a file that cannot be read
    or that a newer PMR wrote.
    """
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            settings = AlembicConfig()
            settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
    except CommandError as error:
        raise DamagedState(f"The database was not written by this version of PMR: {error}.") from None
    return engine
