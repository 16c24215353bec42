"""The server's tables: what no chain holds. `migrations/` makes and changes them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

challenges = Table(
    "challenges",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("address", String(42), nullable=False),
    Column("message", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("browser", LargeBinary(32)),
    Index("challenges_account", "address", "expires_at"),
)
"""Sign-in texts that were written and not yet used; `browser` is the SHA-256 of the asking browser's secret,
null for a program."""

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("address", String(42), nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Index("sessions_account", "address", "seen_at"),
    Index("sessions_use", "seen_at"),
)
"""Sessions by the SHA-256 of their token; `expires_at` is the absolute end."""

uploads = Table(
    "uploads",
    metadata,
    Column("account", String(42), primary_key=True),
    Column("cid", LargeBinary(36), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
    Index("uploads_cid", "cid"),
    Index("uploads_age", "uploaded_at"),
)
"""Which account sent which block, and when last: the proof that it has the bytes."""

pins = Table(
    "pins",
    metadata,
    Column("account", String(42), primary_key=True),
    Column("root", LargeBinary(36), primary_key=True),
    Column("blocks", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("pinned_at", BigInteger, nullable=False),
    Index("pins_root", "root"),
)
"""Complete DAGs that an account possessed, block by block, when it pinned them."""

pinned_blocks = Table(
    "pinned_blocks",
    metadata,
    Column("root", LargeBinary(36), primary_key=True),
    Column("cid", LargeBinary(36), primary_key=True),
    Index("pinned_blocks_cid", "cid"),
    Column("size", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The blocks of each pinned root."""

kept_roots = Table(
    "kept_roots",
    metadata,
    Column("root", LargeBinary(36), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("kept_roots_state", "state", "changed_at"),
)
"""What this server pins, or is about to, in its block store: once a root, for however many accounts.
`state` is coming, kept or leaving; what is coming or leaving for long was interrupted."""

usage = Table(
    "usage",
    metadata,
    Column("account", String(42), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
)
"""What an account's blocks take: those in `uploads` and those of its pins, each once."""

vaults = Table(
    "vaults",
    metadata,
    Column("account", String(42), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
)
"""What an account keeps here of its own; only that account can make sense of it."""
