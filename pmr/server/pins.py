"""Which roots accounts keep, and that the block store pins each of them once.

The tables say what is to be kept; the store follows. Every step may be the last one before a crash:
`settle` ends what was interrupted. Nothing here holds a lock while the store works: who pins and who
unpins a root at the same time both change the store's count, which ends as the tables say.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, select, update

from pmr.content.cid import Cid
from pmr.content.store import BlockStore, Extent
from pmr.errors import BlockNotFound, ContentError, IncompleteContent, PmrError
from pmr.index.database import reading, upsert
from pmr.server.clock import Clock
from pmr.server.quota import Quota
from pmr.server.tables import kept_roots, pinned_blocks, pins
from pmr.types import Address

INTERRUPTED_SECONDS = 3600
"""What has been coming or leaving for longer than any request takes was interrupted."""
_COMING, _KEPT, _LEAVING = "coming", "kept", "leaving"
_LOG = logging.getLogger("pmr.server")
Unneeded = Callable[[Address, Cid], bool]


class Pins:
    """The pins of all accounts."""

    def __init__(self, engine: Engine, store: BlockStore, quota: Quota, clock: Clock) -> None:
        """Keep them in the tables of `engine`, and pin in `store`."""
        self._engine = engine
        self._store = store
        self._quota = quota
        self._clock = clock

    def keep(self, account: Address, root: Cid, sizes: Mapping[Cid, int]) -> Extent:
        """Keep a DAG of these blocks for an account that possesses them; its day begins anew.

        Raises `QuotaExceeded`, and what `BlockStore.pin` raises; nothing is kept then.
        """
        extent = Extent(len(sizes), sum(sizes.values()))
        if self._enter(account, root, sizes, extent) != _KEPT:
            self._pin(account, root)
        return extent

    def release(self, before: int, unneeded: Unneeded) -> None:
        """Give up the pins that were made before that time (Unix seconds) and are not needed."""
        query = select(pins.c.account, pins.c.root).where(pins.c.pinned_at < before)
        with reading(self._engine).connect() as connection:
            old = [(row.account, Cid.decode(row.root)) for row in connection.execute(query)]
        for account, root in old:
            if unneeded(account, root) and self._leave(account, root, pins.c.pinned_at < before):
                self._unpin(root)

    def settle(self) -> None:
        """End what was interrupted: the store pins what accounts keep, and not what they gave up."""
        for root, state in self._interrupted():
            try:
                self._settle_coming(root) if state == _COMING else self._unpin(root)
            except PmrError as error:  # one root must not stop the others
                _LOG.warning("settle %s: %s", root, error.slug())

    @contextmanager
    def holding_what_comes(self) -> Iterator[None]:
        """Have the store keep, meanwhile, what is being pinned: nobody knows yet how far that got."""
        held = [root for root in self._roots(kept_roots.c.state == _COMING) if self._held(root)]
        try:
            yield
        finally:
            for root in held:
                self._store.unpin(root)

    # --- keeping

    def _enter(self, account: Address, root: Cid, sizes: Mapping[Cid, int], extent: Extent) -> str:
        row = {"account": account, "root": root.encode(), "pinned_at": self._clock(), **extent._asdict()}
        parts = [{"root": root.encode(), "cid": cid.encode(), "size": size} for cid, size in sizes.items()]
        with self._engine.begin() as connection:
            self._quota.lock(connection, account)
            if self._renew(connection, account, root):
                return _KEPT
            self._quota.claim(connection, account, sizes)
            state = self._come(connection, root)
            upsert(connection, pinned_blocks, parts)
            upsert(connection, pins, [row], update=["pinned_at"])
        return state

    def _renew(self, connection: Connection, account: Address, root: Cid) -> bool:
        """Begin the day of a pin anew that stands already; a repeat must not cost what the first did."""
        if _state(connection, root, lock=True) != _KEPT:
            return False
        mine = and_(pins.c.account == account, pins.c.root == root.encode())
        change = update(pins).where(mine).values(pinned_at=self._clock())
        return bool(connection.execute(change).rowcount)

    def _come(self, connection: Connection, root: Cid) -> str:
        row = {"root": root.encode(), "state": _COMING, "changed_at": self._clock()}
        upsert(connection, kept_roots, [row], update=["root"])  # locks the row that is there
        for state in (_COMING, _LEAVING):
            if self._move(connection, root, state, _COMING):
                return _COMING
        return _KEPT

    def _pin(self, account: Address, root: Cid) -> None:
        try:
            self._store.pin(root)
        except PmrError:
            if self._withdraw(account, root):
                raise
            return
        with self._engine.begin() as connection:
            first = self._move(connection, root, _COMING, _KEPT)
            state = _state(connection, root)
        if first:
            return
        self._store.unpin(root)  # somebody else's pin of it came first
        if state != _KEPT:
            raise IncompleteContent("Another request gave this pin up. Ask for it again.")

    def _withdraw(self, account: Address, root: Cid) -> bool:
        """Take back what `_enter` noted; False when the store pins the root nevertheless."""
        with self._engine.begin() as connection:
            self._quota.lock(connection, account)
            if _state(connection, root, lock=True) == _KEPT:
                return False
            self._drop(connection, account, root, pins.c.account == account)
            if not _is_wanted(connection, root):
                _erase(connection, root)
        return True

    # --- giving up

    def _leave(self, account: Address, root: Cid, old: ColumnElement[bool]) -> bool:
        """Drop an account's pin if it is still `old`; True when the store is to unpin the root."""
        with self._engine.begin() as connection:
            self._quota.lock(connection, account)
            state = _state(connection, root, lock=True)
            if not self._drop(connection, account, root, old) or _is_wanted(connection, root):
                return False
            return state == _KEPT and self._move(connection, root, _KEPT, _LEAVING)

    def _drop(
        self, connection: Connection, account: Address, root: Cid, condition: ColumnElement[bool]
    ) -> bool:
        mine = and_(pins.c.account == account, pins.c.root == root.encode(), condition)
        if not connection.execute(delete(pins).where(mine)).rowcount:
            return False
        query = select(pinned_blocks.c.cid, pinned_blocks.c.size).where(pinned_blocks.c.root == root.encode())
        sizes = {Cid.decode(row.cid): row.size for row in connection.execute(query)}
        self._quota.free(connection, account, sizes)
        return True

    def _unpin(self, root: Cid) -> None:
        with suppress(BlockNotFound):  # then it was done before it was interrupted
            self._store.unpin(root)
        with self._engine.begin() as connection:
            if _state(connection, root, lock=True) == _LEAVING:
                _erase(connection, root)

    # --- after an interruption

    def _interrupted(self) -> list[tuple[Cid, str]]:
        return [
            (root, state)
            for state in (_COMING, _LEAVING)
            for root in self._roots(and_(kept_roots.c.state == state, self._long_ago()))
        ]

    def _long_ago(self) -> ColumnElement[bool]:
        return kept_roots.c.changed_at < self._clock() - INTERRUPTED_SECONDS

    def _settle_coming(self, root: Cid) -> None:
        added = root not in self._store.pins()
        try:
            if added:
                self._store.pin(root)
        except IncompleteContent:
            self._give_up(root)
            return
        with self._engine.begin() as connection:
            wanted = _is_wanted(connection, root)
            moved = self._move(connection, root, _COMING, _KEPT if wanted else _LEAVING, self._long_ago())
        if moved and not wanted:
            self._unpin(root)
        elif added and not moved:  # it is being pinned by a request now
            self._store.unpin(root)

    def _give_up(self, root: Cid) -> None:
        query = select(pins.c.account).where(pins.c.root == root.encode())
        with self._engine.begin() as connection:
            if not self._move(connection, root, _COMING, _COMING, self._long_ago()):
                return  # it is being pinned by a request now
            for account in connection.scalars(query).all():
                self._drop(connection, account, root, pins.c.account == account)
            _erase(connection, root)

    def _held(self, root: Cid) -> bool:
        try:
            self._store.pin(root)
        except ContentError:
            return False
        return True

    def _roots(self, condition: ColumnElement[bool]) -> list[Cid]:
        with reading(self._engine).connect() as connection:
            found = connection.scalars(select(kept_roots.c.root).where(condition)).all()
        return [Cid.decode(root) for root in found]

    def _move(
        self, connection: Connection, root: Cid, state: str, to: str, *more: ColumnElement[bool]
    ) -> bool:
        change = (
            update(kept_roots)
            .where(kept_roots.c.root == root.encode(), kept_roots.c.state == state, *more)
            .values(state=to, changed_at=self._clock())
        )
        return bool(connection.execute(change).rowcount)


def _state(connection: Connection, root: Cid, *, lock: bool = False) -> str | None:
    """Where the root stands; `lock` has others wait where a transaction does not do so by itself."""
    query = select(kept_roots.c.state).where(kept_roots.c.root == root.encode())
    return connection.scalar(query.with_for_update() if lock else query)


def _is_wanted(connection: Connection, root: Cid) -> bool:
    return bool(connection.scalar(select(exists().where(pins.c.root == root.encode()))))


def _erase(connection: Connection, root: Cid) -> None:
    connection.execute(delete(pinned_blocks).where(pinned_blocks.c.root == root.encode()))
    connection.execute(delete(kept_roots).where(kept_roots.c.root == root.encode()))
