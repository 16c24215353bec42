"""The index's tables. Everything in them comes from the chain: they may be dropped at any time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

SCHEMA = 2
"""Raised with every change of these tables; an index of another schema is dropped and rebuilt."""

source = Table(
    "index_source",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("schema", Integer, nullable=False),
    Column("chain_id", BigInteger, nullable=False),
    Column("registry", String(42), nullable=False),
    Column("key_directory", String(42), nullable=False),
)
"""One row: what the index was built from."""

blocks = Table(
    "index_blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""Every block that was applied as the last of a range or that had events, with its hash."""

events = Table(
    "index_events",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("log", Integer, primary_key=True, autoincrement=False),
    Column("transaction", LargeBinary(32), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("account", String(42), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("reader", String(42)),
    Column("digest", LargeBinary(32)),
    Column("expires_at", BigInteger),
    Column("purpose", Integer),
    # Each ends in the chain's order, so that a page of a list is read where it stands.
    Index("index_events_of", "account", "number", "kind", "block", "log"),
    Index("index_events_grant", "account", "number", "reader", "block", "log"),
    Index("index_events_by", "account", "kind", "block", "log"),
    Index("index_events_to", "reader", "kind", "block", "log"),
    Index("index_events_kind", "kind", "block", "log"),
    Index("index_events_digest", "digest"),
)
"""One row an event. `kind` is created, revised, granted, revoked or key. `account` and `number` are a
record's owner and position, or a publisher and a version; `digest` is the root, the envelope or the bundle.
"""
