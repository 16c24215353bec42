"""What is kept, and what goes: decided from the chain alone, once its newest block is indexed.

Kept are current roots, the envelopes of live grants, the key bundles that KeyDirectory names, what was any
of these until a block that is not final, and what was uploaded or pinned less than a day ago.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Engine, delete, select

from pmr.chain.connection import Head
from pmr.content.cid import RAW, Cid
from pmr.content.store import BlockStore, Extent
from pmr.errors import BlockNotFound, IncompleteContent, IndexBehind
from pmr.index.database import reading
from pmr.index.queries import Index, Needed
from pmr.server.clock import Clock
from pmr.server.pins import Pins
from pmr.server.quota import Quota, batches
from pmr.server.tables import uploads
from pmr.types import Address, Digest

STAGED_SECONDS = 24 * 3600
"""How long a block stays that nothing needs."""
_AT_ONCE = 500
"""Notes that are struck out in one transaction, which uploads wait for."""
_Leaf = tuple[Address, Digest]


@dataclass(frozen=True)
class Times:
    """How long things stay."""

    staged_seconds: int = STAGED_SECONDS
    confirmations: int = 0
    """Blocks on top of an event before it is final."""


class Retention:
    """Gives up what nothing needs."""

    def __init__(  # noqa: PLR0913 - it decides over all that is kept
        self,
        engine: Engine,
        store: BlockStore,
        pins: Pins,
        *,
        quota: Quota,
        index: Index,
        fresh_head: Callable[[], Head],
        clock: Clock,
        times: Times,
    ) -> None:
        """Decide by `index`, once it has reached what `fresh_head` gives.

        `fresh_head` brings the index to the chain's head, which it gives as it was before; it raises
        `ChainError` where the chain cannot be believed now.
        """
        self._engine = engine
        self._store = store
        self._pins = pins
        self._quota = quota
        self._index = index
        self._fresh_head = fresh_head
        self._clock = clock
        self._times = times

    def collect(self) -> Extent:
        """Delete the blocks that nothing needs and that are a day old.

        Raises `ChainError`, and deletes nothing, while it cannot be said what the chain names.
        """
        # Taken before the chain is asked: what is registered later has more than a day behind it then.
        began = self._clock()
        needed, before = self._needed(), began - self._times.staged_seconds
        self._pins.release(before, lambda account, root: (account, root.digest) not in needed.roots)
        named = self._uploaded(needed.leaves)
        self._keep_leaves(Cid.leaf(digest) for _, digest in named)
        self._forget(before, named)
        self._pins.settle()
        with self._pins.holding_what_comes():
            return self._store.collect(1 + self._clock() - before)

    def _needed(self) -> Needed:
        head = self._fresh_head()
        needed = self._index.needed(self._times.confirmations, self._clock())
        if needed.block < head.number:
            raise IndexBehind(f"It is at block {needed.block}, the chain at {head.number}.")
        return needed

    def _uploaded(self, leaves: Iterable[_Leaf]) -> set[_Leaf]:
        """Those that their account sent: else anybody could keep a block by naming it."""
        wanted = set(leaves)
        found: set[_Leaf] = set()
        for batch in batches(Cid.leaf(digest) for _, digest in wanted):
            query = select(uploads.c.account, uploads.c.cid).where(
                uploads.c.cid.in_([cid.encode() for cid in batch])
            )
            with reading(self._engine).connect() as connection:
                rows = connection.execute(query).all()
            found.update((row.account, Cid.decode(row.cid).digest) for row in rows)
        return found & wanted

    def _keep_leaves(self, leaves: Iterable[Cid]) -> None:
        """Have the store keep what the chain names, and no longer what it named."""
        named = set(leaves)
        kept = {cid for cid in self._store.pins() if cid.codec == RAW}
        # Another collector may be at it too: what it left undone is done the next time.
        for cid in kept - named:
            with suppress(BlockNotFound):
                self._store.unpin(cid)
        for cid in named - kept:
            with suppress(IncompleteContent):
                self._store.pin(cid)

    def _forget(self, before: int, named: set[_Leaf]) -> None:
        """Strike out who sent what, whatever others keep: an account sees its own doings alone."""
        old = uploads.c.uploaded_at < before
        gone: dict[Address, list[bytes]] = defaultdict(list)
        with reading(self._engine).connect() as connection:
            for row in connection.execute(select(uploads.c.account, uploads.c.cid).where(old)):
                cid = Cid.decode(row.cid)
                if cid.codec != RAW or (row.account, cid.digest) not in named:
                    gone[row.account].append(row.cid)
        for account, cids in gone.items():
            for start in range(0, len(cids), _AT_ONCE):
                self._strike(account, cids[start : start + _AT_ONCE], before)

    def _strike(self, account: Address, cids: list[bytes], before: int) -> None:
        query = (
            delete(uploads)
            .where(uploads.c.account == account, uploads.c.cid.in_(cids), uploads.c.uploaded_at < before)
            .returning(uploads.c.cid, uploads.c.size)
        )
        with self._engine.begin() as connection:
            self._quota.lock(connection, account)
            rows = connection.execute(query).all()
            self._quota.free(connection, account, {Cid.decode(row.cid): row.size for row in rows})
