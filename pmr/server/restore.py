"""Puts a backup in use on an empty server. The index is not in it: it builds itself from the chain.

Nothing is believed before all of the archive was read: blocks are hashed as they come, and the tables are
written in one transaction that ends after the last check. Blocks of an archive that was refused stay in the
store, unpinned, until they are collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, func, select, update

from pmr.content.car import read_car
from pmr.content.cid import RAW, Cid
from pmr.content.store import BlockStore
from pmr.errors import BadBlock, BadCar, DamagedBackup, ForeignBackup, IncompleteContent, StateNotEmpty
from pmr.index.database import reading
from pmr.server.archive import Entry, opened
from pmr.server.backup import BLOCKS, FORMAT, HEAD, TABLES, Head
from pmr.server.clock import wall_clock
from pmr.server.database import open_database, revision_of
from pmr.server.pins import Pins
from pmr.server.quota import Quota
from pmr.server.rows import load, saved_tables
from pmr.server.tables import kept_roots, vaults
from pmr.types import Deployment


@dataclass
class Restored:
    """What a server has after it was restored."""

    created: int = 0
    """When the backup was made; Unix seconds."""
    vaults: int = 0
    roots: int = 0
    blocks: int = 0
    incomplete: list[Cid] = field(default_factory=list)
    """Roots of which blocks lack: they are kept no longer, and their owners are asked to send them again."""


class Restore:
    """Restores backups of one deployment."""

    def __init__(self, url: str, store: BlockStore, deployment: Deployment) -> None:
        """Fill the database at a SQLAlchemy URL and a store."""
        self._url = url
        self._store = store
        self._deployment = deployment

    def read(self, path: Path) -> Restored:
        """Restore a backup. Raises `DamagedBackup`, `ForeignBackup`, `StateNotEmpty`."""
        with opened(path) as entries:
            head = _head(entries)
            self._demand_ours(head)
            restored = self._fill(head, entries)
        engine = open_database(self._url)
        try:
            self._pin(engine, head, restored)
        finally:
            engine.dispose()
        return restored

    def _demand_ours(self, head: Head) -> None:
        at = self._deployment
        ours = (at.chain_id, at.registry, at.key_directory)
        if (head.chain_id, head.registry, head.key_directory) != ours:
            raise ForeignBackup(
                f"It is of chain {head.chain_id} and registry {head.registry}; "
                f"the configuration names chain {at.chain_id} and registry {at.registry}."
            )

    def _fill(self, head: Head, entries: Iterator[Entry]) -> Restored:
        restored = Restored(created=head.created)
        engine = open_database(self._url, head.revision)
        try:
            with engine.begin() as connection:
                self._demand_empty(connection, head)
                for entry in entries:
                    self._take(entry, connection, restored)
        finally:
            engine.dispose()
        return restored

    def _demand_empty(self, connection: Connection, head: Head) -> None:
        filled = [
            table.name
            for table in saved_tables(connection)
            if connection.scalar(select(func.count()).select_from(table))
        ]
        if filled or any(cid.codec != RAW for cid in self._store.pins()):
            raise StateNotEmpty(
                f"{', '.join(filled) or 'The block store'} holds something. Use an empty state."
            )
        if revision_of(connection) != head.revision:
            raise StateNotEmpty("The database has tables of another version already. Use an empty one.")

    def _take(self, entry: Entry, connection: Connection, restored: Restored) -> None:
        if entry.name.startswith(BLOCKS):
            restored.blocks += self._put(entry)
            return
        tables = {f"{TABLES}{table.name}.jsonl": table for table in saved_tables(connection)}
        if entry.name not in tables:
            raise DamagedBackup(f"{entry.name} is no part of a backup.")
        table = tables[entry.name]
        # What was kept is to be pinned again: until then it counts as interrupted, and is settled as such.
        fixed = {"state": "coming", "changed_at": 0} if table.name == kept_roots.name else {}
        rows = load(connection, table, entry.lines(), fixed)
        if table.name == vaults.name:
            restored.vaults = rows

    def _put(self, entry: Entry) -> int:
        try:
            blocks = list(read_car(BytesIO(entry.data()))[1])
        except (BadCar, BadBlock) as error:
            raise DamagedBackup(f"{entry.name}: {error}") from None
        self._store.put(blocks)
        return len(blocks)

    # --- after the tables are there; what is interrupted here, the server's collector ends

    def _pin(self, engine: Engine, head: Head, restored: Restored) -> None:
        query = select(kept_roots.c.root).where(kept_roots.c.state == "coming")
        with reading(engine).connect() as connection:
            roots = [Cid.decode(root) for root in connection.scalars(query)]
        for root in roots:
            self._pin_one(engine, root, restored)
        Pins(engine, self._store, Quota(engine, 0), wall_clock).settle()
        restored.roots = len(roots) - len(restored.incomplete)
        for root in map(Cid.parse, head.imported):
            self._pin_imported(root, restored)

    def _pin_one(self, engine: Engine, root: Cid, restored: Restored) -> None:
        try:
            self._store.pin(root)
        except IncompleteContent:
            restored.incomplete.append(root)
            return
        with engine.begin() as connection:
            mine = kept_roots.c.root == root.encode()
            connection.execute(update(kept_roots).where(mine).values(state="kept", changed_at=wall_clock()))

    def _pin_imported(self, root: Cid, restored: Restored) -> None:
        try:
            self._store.pin(root)
        except IncompleteContent:
            restored.incomplete.append(root)


def _head(entries: Iterator[Entry]) -> Head:
    first = next(entries, None)
    try:
        head = msgspec.json.decode(first.data() if first and first.name == HEAD else b"", type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DamagedBackup(f"It does not begin with {HEAD}.") from None
    if head.format != FORMAT:
        raise DamagedBackup(f"It is of the form {head.format!r}; this version of PMR reads {FORMAT!r}.")
    return head
