"""Saves what a server keeps that no chain holds: vaults, uploads, pins and their blocks. It goes on working.

The tables are read as of one moment, then the blocks that they name. What is collected in between was not
needed any more; what comes in between is not in the backup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from sqlalchemy import Connection, Engine, Table, func, select, union

from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import CID_LENGTH, RAW, Cid
from pmr.content.files import write_whole
from pmr.content.store import BlockStore
from pmr.content.unixfs import reachable
from pmr.errors import BadInput, BlockNotFound, ConfigError, ContentError, StorageDamaged
from pmr.index.database import reading
from pmr.server.archive import Writer
from pmr.server.clock import Clock, wall_clock
from pmr.server.database import newest_revision, revision_of
from pmr.server.quota import batches
from pmr.server.rows import dump, saved_tables
from pmr.server.tables import kept_roots, pinned_blocks, uploads, vaults
from pmr.types import Deployment

FORMAT = "pmr-backup/1"
HEAD = "backup.json"
BLOCKS, TABLES = "blocks/", "tables/"


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The first member: of which server this is a backup."""

    format: str
    version: str
    revision: str
    """The form of the tables: that of a migration."""
    chain_id: int
    registry: str
    key_directory: str
    created: int
    """Unix seconds."""
    has_blocks: bool
    imported: tuple[str, ...]
    """Roots that `pmr content import` pinned: no account keeps them."""


@dataclass
class Saved:
    """What is in a backup."""

    bytes: int = 0
    sha256: str = ""
    vaults: int = 0
    roots: int = 0
    blocks: int = 0
    damaged: list[Cid] = field(default_factory=list)
    """Blocks that should be in it, and that the store lost or has other bytes for."""


class Backup:
    """Writes backups of one server."""

    def __init__(
        self, engine: Engine, store: BlockStore, deployment: Deployment, clock: Clock = wall_clock
    ) -> None:
        """Read the tables of `engine`, which stays in the form that it has, and the blocks of `store`."""
        self._engine = engine
        self._store = store
        self._deployment = deployment
        self._clock = clock

    def write(self, path: Path, *, blocks: bool = True) -> Saved:
        """Write a backup, with its blocks or without, that stands at `path` once it is whole.

        Raises `BadInput` when something is there already, `ConfigError` for a database without tables.
        """
        if path.exists():
            raise BadInput(f"{path} exists; it was not touched. Name another file.")
        saved, digest = Saved(), hashlib.sha256()
        with TemporaryDirectory(dir=path.absolute().parent, prefix=".pmr-") as folder:
            pieces = self._pieces(Path(folder), saved, blocks=blocks)
            saved.bytes = write_whole(path, _hashed(pieces, digest))
        saved.sha256 = digest.hexdigest()
        return saved

    def _pieces(self, folder: Path, saved: Saved, *, blocks: bool) -> Iterator[bytes]:
        head, tables = self._snapshot(folder, saved, blocks=blocks)
        writer = Writer(head.created)
        yield from writer.whole(HEAD, msgspec.json.encode(head))
        if blocks:
            yield from self._blocks(writer, folder / "cids", head, saved)
        for table in tables:
            yield from writer.file(f"{TABLES}{table.name}.jsonl", folder / table.name)
        yield from writer.end()

    # --- tables

    def _snapshot(self, folder: Path, saved: Saved, *, blocks: bool) -> tuple[Head, list[Table]]:
        before = self._store.pins().keys()
        with _frozen(self._engine).connect() as connection:
            revision = revision_of(connection)
            if revision is None:
                raise ConfigError("The database has no tables of a server: there is nothing to back up.")
            if revision != newest_revision():
                raise ConfigError(
                    "The database is of another version of PMR. Back up with the one that runs."
                )
            tables = saved_tables(connection)
            for table in tables:
                _write(folder / table.name, dump(connection, table))
            _write(folder / "cids", _named(connection))
            saved.vaults = connection.scalar(select(func.count()).select_from(vaults)) or 0
            kept = {Cid.decode(root) for root in connection.scalars(select(kept_roots.c.root))}
        saved.roots = len(kept)
        # Looked at before and after: what an account pins or gives up meanwhile is no import.
        others = (before & self._store.pins().keys()) - kept
        return self._head(revision, others, blocks=blocks), tables

    def _head(self, revision: str, others: set[Cid], *, blocks: bool) -> Head:
        at = self._deployment
        imported = sorted(str(cid) for cid in others if cid.codec != RAW)
        who = (version("pmr"), revision, at.chain_id, at.registry, at.key_directory)
        return Head(FORMAT, *who, self._clock(), blocks, tuple(imported))

    # --- blocks

    def _blocks(self, writer: Writer, cids: Path, head: Head, saved: Saved) -> Iterator[bytes]:
        number = count()
        for batch in batches(chain(_read(cids), self._imported(head))):
            for car in pack(self._there(batch, saved)):
                yield from writer.whole(f"{BLOCKS}{next(number):08}.car", car)

    def _imported(self, head: Head) -> Iterator[Cid]:
        for root in head.imported:
            with suppress(ContentError):  # unpinned meanwhile, or damaged: `pmr content check` tells
                yield from reachable(Cid.parse(root), self._store.get)

    def _there(self, cids: Iterable[Cid], saved: Saved) -> Iterator[Block]:
        for cid in cids:
            try:
                data = self._store.get(cid)
            except StorageDamaged:
                saved.damaged.append(cid)
            except BlockNotFound:
                if self._is_kept(cid):
                    saved.damaged.append(cid)
            else:
                saved.blocks += 1
                yield Block.checked(cid, data)

    def _is_kept(self, cid: Cid) -> bool:
        """Whether a block that is not there is needed now: others were given up since, or never came."""
        query = (
            select(kept_roots.c.root)
            .join(pinned_blocks, pinned_blocks.c.root == kept_roots.c.root)
            .where(pinned_blocks.c.cid == cid.encode(), kept_roots.c.state == "kept")
        )
        with reading(self._engine).connect() as connection:
            return connection.execute(query).first() is not None


def _frozen(engine: Engine) -> Engine:
    """An engine whose transactions see one moment; SQLite's do so by themselves."""
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    return reading(engine).execution_options(**level)


def _named(connection: Connection) -> Iterator[bytes]:
    query = union(select(pinned_blocks.c.cid), select(uploads.c.cid)).order_by("cid")
    return iter(connection.execution_options(yield_per=1000).scalars(query))


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def _read(path: Path) -> Iterator[Cid]:
    with path.open("rb") as file:
        while data := file.read(CID_LENGTH):
            yield Cid.decode(data)


def _hashed(pieces: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece
