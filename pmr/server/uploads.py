"""Blocks on their way in: staged for a day, kept when pinned or named by the chain, else collected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, delete, exists, select

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.store import BlockStore, Extent
from pmr.content.unixfs import reachable
from pmr.errors import BlockNotFound, IncompleteContent
from pmr.index.database import reading, upsert
from pmr.index.queries import Index
from pmr.server.clock import Clock
from pmr.server.possession import Possession
from pmr.server.tables import pinned_blocks, pins, uploads
from pmr.types import Address

STAGED_SECONDS = 24 * 3600
"""How long a block stays that nothing needs."""
_FRESH_SECONDS = 23 * 3600
"""A staged block that is older is asked for again, so that it is not collected during the upload."""


class Uploads:
    """Takes blocks and pins, and deletes what nobody needs."""

    def __init__(
        self, engine: Engine, store: BlockStore, possession: Possession, index: Index, clock: Clock
    ) -> None:
        """Keep blocks in `store` and who sent them in `engine`."""
        self._engine = engine
        self._store = store
        self._possession = possession
        self._index = index
        self._clock = clock

    def put(self, account: Address, blocks: Sequence[Block]) -> Extent:
        """Stage verified blocks of an account; they are durable when this returns."""
        self._store.put(blocks)
        now = self._clock()
        rows = [
            {"account": account, "cid": b.cid.encode(), "size": len(b.data), "uploaded_at": now}
            for b in blocks
        ]
        with self._engine.begin() as connection:
            upsert(connection, uploads, rows, update=["uploaded_at"])
        return Extent(len(blocks), sum(len(block.data) for block in blocks))

    def missing(self, account: Address, cids: Sequence[Cid]) -> list[Cid]:
        """Those of `cids`, in order and once each, that the account must upload.

        An account cannot learn from this what others have uploaded.
        """
        wanted = self._possession.lacking(account, cids) | self._stale(account, cids)
        return [cid for cid in dict.fromkeys(cids) if cid in wanted or not self._store.has(cid)]

    def pin(self, account: Address, root: Cid) -> Extent:
        """Keep a complete DAG that the account possesses; raise `IncompleteContent`, `BadBlock`.

        A single raw block (envelope, key bundle) is kept for as long as the chain names it; pinning it
        begins its day anew.
        """
        blocks = self._possessed(account, root)
        if root.codec == RAW:
            return self.put(account, [Block(root, self._store.get(root))])
        extent = self._store.pin(root) if not self._is_pinned(root) else self._extent(blocks)
        self._note_pin(account, root, blocks, extent)
        return extent

    def collect(self) -> Extent:
        """Delete the blocks that no pin, no live grant and no published key needs and that are a day old."""
        self._keep_named()
        collected = self._store.collect(STAGED_SECONDS)
        self._forget_absent()
        return collected

    def _possessed(self, account: Address, root: Cid) -> list[Cid]:
        """Every block of a DAG. Those that the account lacks are not looked at: no difference may show."""
        blocks = list(reachable(root, lambda cid: self._own(account, cid)))
        lacking = len(self._possession.lacking(account, blocks))
        lacking = lacking or sum(not self._store.has(cid) for cid in blocks)
        if lacking:
            raise IncompleteContent(f"{lacking} blocks lack. Ask which with `missing`, send them, pin again.")
        return blocks

    def _own(self, account: Address, cid: Cid) -> bytes:
        try:
            if not self._possession.lacking(account, [cid]):
                return self._store.get(cid)
        except BlockNotFound:
            pass
        raise IncompleteContent("Blocks lack. Ask which with `missing`, send them, pin again.")

    def _stale(self, account: Address, cids: Iterable[Cid]) -> set[Cid]:
        before = self._clock() - _FRESH_SECONDS
        query = select(uploads.c.cid).where(
            uploads.c.account == account,
            uploads.c.cid.in_([cid.encode() for cid in cids]),
            uploads.c.uploaded_at < before,
            ~exists().where(pinned_blocks.c.cid == uploads.c.cid),
        )
        with reading(self._engine).connect() as connection:
            return {Cid.decode(row.cid) for row in connection.execute(query)}

    def _is_pinned(self, root: Cid) -> bool:
        query = select(pins.c.root).where(pins.c.root == root.encode()).limit(1)
        with reading(self._engine).connect() as connection:
            return connection.execute(query).first() is not None

    def _extent(self, blocks: Sequence[Cid]) -> Extent:
        return Extent(len(blocks), sum(self._store.size(cid) for cid in blocks))

    def _note_pin(self, account: Address, root: Cid, blocks: Sequence[Cid], extent: Extent) -> None:
        row = {
            "account": account,
            "root": root.encode(),
            "blocks": extent.blocks,
            "bytes": extent.bytes,
            "pinned_at": self._clock(),
        }
        parts = [{"root": root.encode(), "cid": cid.encode()} for cid in blocks]
        with self._engine.begin() as connection:
            upsert(connection, pinned_blocks, parts)
            upsert(connection, pins, [row])

    def _keep_named(self) -> None:
        """Have the store keep what the chain names, and no longer what it named."""
        named = {
            Cid.leaf(digest)
            for account, digest in self._index.named_leaves()
            if self._possession.has_uploaded(account, Cid.leaf(digest))
        }
        kept = {cid for cid in self._store.pins() if cid.codec == RAW}
        for cid in kept - named:
            self._store.unpin(cid)
        for cid in named - kept:
            if self._store.has(cid):
                self._store.pin(cid)

    def _forget_absent(self) -> None:
        before = self._clock() - STAGED_SECONDS
        old = uploads.c.uploaded_at < before
        with reading(self._engine).connect() as connection:
            cids = connection.execute(select(uploads.c.cid).where(old).distinct()).scalars().all()
        gone = [cid for cid in cids if not self._store.has(Cid.decode(cid))]
        with self._engine.begin() as connection:
            for cid in gone:
                connection.execute(delete(uploads).where(uploads.c.cid == cid, old))
