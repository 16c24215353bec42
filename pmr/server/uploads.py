"""Blocks on their way in: staged for a day, kept when pinned or named by the chain, else collected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, exists, select

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.store import BlockStore, Extent
from pmr.content.unixfs import decode_directory, reachable
from pmr.errors import BlockNotFound, IncompleteContent
from pmr.index.database import reading, upsert
from pmr.server.clock import Clock
from pmr.server.pins import Pins
from pmr.server.possession import Possession
from pmr.server.quota import Quota, batches
from pmr.server.retention import STAGED_SECONDS
from pmr.server.space import Space
from pmr.server.tables import pinned_blocks, pins, uploads
from pmr.types import Address

_FRESH_SECONDS = STAGED_SECONDS - 3600
"""A staged block that is older is asked for again, so that it is not collected during the upload."""


class Uploads:
    """Takes blocks and pins."""

    def __init__(  # noqa: PLR0913 - all that says no to an upload
        self,
        engine: Engine,
        store: BlockStore,
        possession: Possession,
        *,
        pins: Pins,
        quota: Quota,
        space: Space,
        clock: Clock,
    ) -> None:
        """Keep blocks in `store` and who sent them in `engine`."""
        self._engine = engine
        self._store = store
        self._possession = possession
        self._pins = pins
        self._quota = quota
        self._space = space
        self._clock = clock

    def put(self, account: Address, blocks: Sequence[Block]) -> Extent:
        """Stage verified blocks of an account; they are durable when this returns.

        Raises `QuotaExceeded` and `StorageFull` before anything is stored, whoever has the blocks already.
        """
        extent = Extent(len(blocks), sum(len(block.data) for block in blocks))
        self._space.demand(extent.bytes)
        self._stage(account, blocks)
        return extent

    def missing(self, account: Address, cids: Sequence[Cid]) -> list[Cid]:
        """Those of `cids`, in order and once each, that the account must upload.

        An account cannot learn from this what others have uploaded.
        """
        wanted = self._possession.lacking(account, cids) | self._stale(account, cids)
        return [cid for cid in dict.fromkeys(cids) if cid in wanted or not self._store.has(cid)]

    def pin(self, account: Address, root: Cid) -> Extent:
        """Keep a complete DAG that the account possesses; it is to be registered within a day.

        A single raw block (envelope, key bundle) is kept for as long as the chain names it; pinning it
        begins its day anew. Raises `IncompleteContent`, `BadBlock`, `QuotaExceeded`.
        """
        if root.codec != RAW:
            self._check_stated_size(Block.checked(root, self._own(account, root)))
        blocks = self._possessed(account, root)
        if root.codec == RAW:
            block = Block(root, self._store.get(root))
            self._stage(account, [block])
            return Extent(1, len(block.data))
        return self._pins.keep(account, root, self._sizes(blocks))

    def _stage(self, account: Address, blocks: Sequence[Block]) -> None:
        """Note who has the blocks, then store them.

        In this order a crash leaves a note without a block, which `missing` tells, and never a block that
        is counted for nobody.
        """
        now = self._clock()
        rows = [
            {"account": account, "cid": b.cid.encode(), "size": len(b.data), "uploaded_at": now}
            for b in blocks
        ]
        with self._engine.begin() as connection:
            self._quota.claim(connection, account, {block.cid: len(block.data) for block in blocks})
            upsert(connection, uploads, rows, update=["uploaded_at"])
        self._store.put(blocks)

    def _check_stated_size(self, directory: Block) -> None:
        """Look no further into a directory of more bytes than may be kept: few blocks can state very many.

        What is sealed never repeats, so that a record takes what its links state.
        """
        self._quota.demand(sum(link.dag_size for link in decode_directory(directory).values()))

    def _possessed(self, account: Address, root: Cid) -> list[Cid]:
        """Every block of a DAG. Those that the account lacks are not looked at: no difference may show.

        Stops at the first part that lacks: a few blocks can name very many.
        """
        blocks: list[Cid] = []
        for batch in batches(reachable(root, lambda cid: self._own(account, cid))):
            if self._possession.lacking(account, batch) or not all(map(self._store.has, batch)):
                raise _incomplete()
            blocks += batch
        return blocks

    def _own(self, account: Address, cid: Cid) -> bytes:
        try:
            if not self._possession.lacking(account, [cid]):
                return self._store.get(cid)
        except BlockNotFound:
            pass
        raise _incomplete()

    def _sizes(self, cids: Iterable[Cid]) -> dict[Cid, int]:
        try:
            return {cid: self._store.size(cid) for cid in cids}
        except BlockNotFound:
            raise _incomplete() from None

    def _stale(self, account: Address, cids: Iterable[Cid]) -> set[Cid]:
        pinned = (
            exists()
            .where(pins.c.account == account, pins.c.root == pinned_blocks.c.root)
            .where(pinned_blocks.c.cid == uploads.c.cid)
        )
        query = select(uploads.c.cid).where(
            uploads.c.account == account,
            uploads.c.cid.in_([cid.encode() for cid in cids]),
            uploads.c.uploaded_at < self._clock() - _FRESH_SECONDS,
            ~pinned,
        )
        with reading(self._engine).connect() as connection:
            return {Cid.decode(row.cid) for row in connection.execute(query)}


def _incomplete() -> IncompleteContent:
    return IncompleteContent("Blocks lack. Ask which with `missing`, send them, pin again.")
