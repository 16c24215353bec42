"""Count what each account keeps, and note which roots the block store pins for accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is there already is counted."""
    _add_sizes()
    _note_roots()
    _count_usage()


def _add_sizes() -> None:
    op.add_column("pinned_blocks", sa.Column("size", sa.Integer, nullable=False, server_default="0"))
    # Whoever pinned a block had it from an upload, whose note stays for as long as the block.
    op.execute(
        "UPDATE pinned_blocks SET size = COALESCE("
        "(SELECT MAX(uploads.size) FROM uploads WHERE uploads.cid = pinned_blocks.cid), 0)"
    )


def _note_roots() -> None:
    op.create_table(
        "kept_roots",
        sa.Column("root", sa.LargeBinary(36), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Index("kept_roots_state", "state", "changed_at"),
    )
    op.execute("INSERT INTO kept_roots SELECT root, 'kept', MIN(pinned_at) FROM pins GROUP BY root")


def _count_usage() -> None:
    op.create_table(
        "usage",
        sa.Column("account", sa.String(42), primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    # As pmr.server.quota counts: each block once, and as at least 4,096 bytes.
    op.execute(
        "INSERT INTO usage SELECT account, SUM(CASE WHEN size < 4096 THEN 4096 ELSE size END) FROM ("
        "SELECT account, cid, size FROM uploads UNION "
        "SELECT pins.account, pinned_blocks.cid, pinned_blocks.size FROM pins "
        "JOIN pinned_blocks ON pinned_blocks.root = pins.root) AS held GROUP BY account"
    )
