"""How much each account may keep here: what it staged and what its pins need, each block once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, Engine, select, update

from pmr.content.cid import Cid
from pmr.errors import QuotaExceeded
from pmr.index.database import reading, upsert
from pmr.server.tables import pinned_blocks, pins, uploads, usage
from pmr.types import Address

LEAST = 4096
"""Bytes that a block counts at least: what a file system takes for it."""
BATCH = 4096


@dataclass(frozen=True)
class Usage:
    """What an account takes of what it may; bytes."""

    used: int
    allowed: int
    """0 for no limit."""


class Quota:
    """Counts in the caller's transaction, so that the count and what is counted cannot part."""

    def __init__(self, engine: Engine, allowed: int) -> None:
        """Allow each account so many bytes; 0 for no limit."""
        self._engine = engine
        self._allowed = allowed

    def usage(self, account: Address) -> Usage:
        """What the account takes now."""
        with reading(self._engine).connect() as connection:
            return Usage(_used(connection, account), self._allowed)

    def demand(self, size: int) -> None:
        """Raise `QuotaExceeded` for so many bytes that no account may keep them."""
        if self._allowed and size > self._allowed:
            raise QuotaExceeded(f"The record states {size} bytes, and an account may keep {self._allowed}.")

    def claim(self, connection: Connection, account: Address, sizes: Mapping[Cid, int]) -> None:
        """Count blocks that are about to be the account's; what is its already costs nothing.

        Raises `QuotaExceeded`.
        """
        used = self.lock(connection, account)
        more = _cost(sizes, sizes.keys() - _held(connection, account, sizes))
        if more and self._allowed and used + more > self._allowed:
            raise QuotaExceeded(
                f"{used} of {self._allowed} bytes are used, and this takes {more} more. "
                "Records that you no longer need, or the hospital's IT, can make room."
            )
        _set(connection, account, used + more)

    def free(self, connection: Connection, account: Address, sizes: Mapping[Cid, int]) -> None:
        """Stop counting those blocks that no upload and no pin of the account holds any more."""
        used = self.lock(connection, account)
        _set(connection, account, used - _cost(sizes, sizes.keys() - _held(connection, account, sizes)))

    def lock(self, connection: Connection, account: Address) -> int:
        """Have other transactions on this account wait for this one; give what is used."""
        upsert(connection, usage, [{"account": account, "bytes": 0}], update=["account"])
        return _used(connection, account)


def batches(cids: Iterable[Cid]) -> Iterator[list[Cid]]:
    """Parts that fit into one SQL statement."""
    rest = iter(cids)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _held(connection: Connection, account: Address, cids: Iterable[Cid]) -> set[Cid]:
    found: set[Cid] = set()
    for batch in batches(cids):
        wanted = [cid.encode() for cid in batch]
        staged = select(uploads.c.cid).where(uploads.c.account == account, uploads.c.cid.in_(wanted))
        pinned = (
            select(pinned_blocks.c.cid)
            .join(pins, pins.c.root == pinned_blocks.c.root)
            .where(pins.c.account == account, pinned_blocks.c.cid.in_(wanted))
        )
        for query in (staged, pinned):
            found.update(Cid.decode(cid) for cid in connection.scalars(query))
    return found


def _cost(sizes: Mapping[Cid, int], cids: Iterable[Cid]) -> int:
    return sum(max(sizes[cid], LEAST) for cid in cids)


def _used(connection: Connection, account: Address) -> int:
    return connection.scalar(select(usage.c.bytes).where(usage.c.account == account)) or 0


def _set(connection: Connection, account: Address, used: int) -> None:
    connection.execute(update(usage).where(usage.c.account == account).values(bytes=used))
