"""Alembic's entry: migrates the connection that `open_database` gives."""

from __future__ import annotations

from alembic import context

from pmr.server.tables import metadata


def _migrate() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transaction_per_migration=False,
    )
    context.run_migrations()


_migrate()
