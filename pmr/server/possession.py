"""Which blocks an account has shown to have. Roots are public, so naming one shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import islice

from sqlalchemy import Engine, select

from pmr.content.cid import Cid
from pmr.index.database import reading
from pmr.index.queries import Index
from pmr.server.permission import Permission
from pmr.server.tables import pinned_blocks, pins, uploads
from pmr.types import Address, Digest, RecordId

BATCH = 4096


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
        readable = cache(partial(self._readable, account))
        found: set[Cid] = set()
        for batch in _batches(dict.fromkeys(cids)):
            left = set(batch) - self._uploaded(account, batch)
            found |= left - self._in_pins(left, readable)
        return found

    def has_uploaded(self, account: Address, cid: Cid) -> bool:
        """Whether the account itself sent this block."""
        return bool(self._uploaded(account, [cid]))

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

    def _uploaded(self, account: Address, cids: list[Cid]) -> set[Cid]:
        wanted = [cid.encode() for cid in cids]
        query = select(uploads.c.cid).where(uploads.c.account == account, uploads.c.cid.in_(wanted))
        with self._engine.connect() as connection:
            return {Cid.decode(row.cid) for row in connection.execute(query)}

    def _in_pins(self, cids: set[Cid], readable: Callable[[Address, bytes], bool]) -> set[Cid]:
        query = (
            select(pinned_blocks.c.cid, pins.c.account, pins.c.root)
            .join(pins, pins.c.root == pinned_blocks.c.root)
            .where(pinned_blocks.c.cid.in_([cid.encode() for cid in cids]))
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return {Cid.decode(row.cid) for row in rows if readable(row.account, row.root)}

    def _readable(self, account: Address, owner: Address, root: bytes) -> bool:
        """Whether `account` can read, now, a record of `owner` whose current root is this one."""
        if owner == account:
            return True
        digest = Cid.decode(root).digest
        records = self._records(owner, digest)
        return any(self._permission.root_for(account, record) == digest for record in records)

    def _records(self, owner: Address, root: Digest) -> list[RecordId]:
        found = self._index.records_of_root(owner, root)
        if not found:
            self._refresh()
            found = self._index.records_of_root(owner, root)
        return found


def _batches(cids: Iterable[Cid]) -> Iterator[list[Cid]]:
    rest = iter(cids)
    while batch := list(islice(rest, BATCH)):
        yield batch
