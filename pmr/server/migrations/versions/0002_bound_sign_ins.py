"""Bind sign-in texts to browsers, and find an account's texts and sessions quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Texts that are waiting stay good: they are those of programs."""
    op.add_column("challenges", sa.Column("browser", sa.LargeBinary(32)))
    op.create_index("challenges_account", "challenges", ["address", "expires_at"])
    op.create_index("sessions_account", "sessions", ["address", "seen_at"])
    op.create_index("sessions_use", "sessions", ["seen_at"])
