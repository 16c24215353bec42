"""Make the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make challenges, sessions, uploads, pins and vaults."""
    _accounts()
    _content()


def _accounts() -> None:
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("address", sa.String(42), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("address", sa.String(42), nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "vaults",
        sa.Column("account", sa.String(42), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
    )


def _content() -> None:
    op.create_table(
        "uploads",
        sa.Column("account", sa.String(42), primary_key=True),
        sa.Column("cid", sa.LargeBinary(36), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("uploaded_at", sa.BigInteger, nullable=False),
        sa.Index("uploads_cid", "cid"),
        sa.Index("uploads_age", "uploaded_at"),
    )
    op.create_table(
        "pins",
        sa.Column("account", sa.String(42), primary_key=True),
        sa.Column("root", sa.LargeBinary(36), primary_key=True),
        sa.Column("blocks", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("pinned_at", sa.BigInteger, nullable=False),
        sa.Index("pins_root", "root"),
    )
    op.create_table(
        "pinned_blocks",
        sa.Column("root", sa.LargeBinary(36), primary_key=True),
        sa.Column("cid", sa.LargeBinary(36), primary_key=True),
        sa.Index("pinned_blocks_cid", "cid"),
        sqlite_with_rowid=False,
    )
