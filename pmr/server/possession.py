"""Which blocks an account has shown to have. Roots are public, so naming one shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import Engine, select

from pmr.content.cid import Cid
from pmr.index.database import reading
from pmr.index.queries import Index
from pmr.server.permission import Permission
from pmr.server.quota import batches
from pmr.server.tables import pinned_blocks, pins, uploads
from pmr.types import Address, Digest


class _Pinned(NamedTuple):
    """A block that is wanted, and a pin that has it."""

    cid: bytes
    account: Address
    root: bytes


class Possession:
    """An account possesses a block that it uploaded, or can read now in a record that is served here."""

    def __init__(
        self, engine: Engine, index: Index, permission: Permission, refresh: Callable[[], None]
    ) -> None:
        """Ask the uploads and pins in `engine`, and the chain for what is readable.

        `refresh` brings the index nearer to the chain's head.
        """
        self._engine = reading(engine)
        self._index = index
        self._permission = permission
        self._refresh = refresh

    def lacking(self, account: Address, cids: Iterable[Cid]) -> set[Cid]:
        """Those of `cids` that the account does not possess."""
        found: set[Cid] = set()
        for batch in batches(dict.fromkeys(cids)):
            left = set(batch) - self.uploaded(account, batch)
            found |= left - self._in_pins(account, left)
        return found

    def uploaded(self, account: Address, cids: Iterable[Cid]) -> set[Cid]:
        """Those of `cids` that the account itself sent."""
        found: set[Cid] = set()
        for batch in batches(cids):
            wanted = [cid.encode() for cid in batch]
            query = select(uploads.c.cid).where(uploads.c.account == account, uploads.c.cid.in_(wanted))
            with self._engine.connect() as connection:
                found.update(Cid.decode(cid) for cid in connection.scalars(query))
        return found

    def has_pinned(self, account: Address, roots: Iterable[Digest], cid: Cid) -> bool:
        """Whether one of these roots has the block, and the account possessed all of it when pinning it."""
        query = (
            select(pins.c.root)
            .join(pinned_blocks, pinned_blocks.c.root == pins.c.root)
            .where(
                pins.c.account == account,
                pins.c.root.in_([Cid.root(digest).encode() for digest in roots]),
                pinned_blocks.c.cid == cid.encode(),
            )
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def _in_pins(self, account: Address, cids: set[Cid]) -> set[Cid]:
        """Those in the account's own pins, and those in other people's of which it can read a record."""
        query = (
            select(pinned_blocks.c.cid, pins.c.account, pins.c.root)
            .join(pins, pins.c.root == pinned_blocks.c.root)
            .where(pinned_blocks.c.cid.in_([cid.encode() for cid in cids]))
        )
        with self._engine.connect() as connection:
            rows = [_Pinned(*row) for row in connection.execute(query)]
        own = {row.cid for row in rows if row.account == account}
        others = [row for row in rows if row.cid not in own]
        return {Cid.decode(cid) for cid in own | self._in_readable(account, others)}

    def _in_readable(self, account: Address, rows: list[_Pinned]) -> set[bytes]:
        found = self._readable_now(account, rows)
        if any(row.cid not in found for row in rows):
            self._refresh()
            found = self._readable_now(account, rows)
        return found

    def _readable_now(self, account: Address, rows: list[_Pinned]) -> set[bytes]:
        readable = cache(partial(self._readable, account))
        return {row.cid for row in rows if readable(row.account, row.root)}

    def _readable(self, account: Address, owner: Address, root: bytes) -> bool:
        """Whether `account` can read, now, a record of `owner` whose current root is this one."""
        digest = Cid.decode(root).digest
        records = self._index.records_of_root(owner, digest, account)
        return any(self._permission.root_for(account, record) == digest for record in records)
