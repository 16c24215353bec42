"""Blocks on their way to the server: gathered into CARs, and only those that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import Cid
from pmr.types import Progress, no_progress

CAR_LIMIT = 8 << 20
_BATCH = CAR_LIMIT - (1 << 16)
"""Bytes of blocks that fit one CAR with its header and the blocks' lengths and CIDs."""
_MOST = 1024
"""Blocks a batch: small ones fill a CAR with CIDs before they fill it with bytes."""


class BlockApi(Protocol):
    """The part of the server that takes blocks."""

    def missing(self, cids: Sequence[Cid]) -> list[Cid]:
        """Give those that this account has not uploaded."""

    def upload(self, car: bytes) -> None:
        """Store the blocks of a CAR."""

    def pin(self, root: Cid) -> None:
        """Keep a root and all that it reaches."""


class Upload:
    """One upload: `put` blocks in any order, then `finish` with the root that holds them together."""

    def __init__(
        self, api: BlockApi, progress: Progress = no_progress, what: str = "", total: int = 0
    ) -> None:
        """Report to `progress` as `what`, out of `total` bytes."""
        self._api = api
        self._progress = progress
        self._what = what
        self._total = total
        self._done = 0
        self._waiting: dict[Cid, Block] = {}
        self._bytes = 0

    def put(self, block: Block) -> None:
        """Take a block; send what is waiting when it would fill a CAR."""
        if self._bytes + len(block.data) > _BATCH or len(self._waiting) >= _MOST:
            self._flush()
        if block.cid not in self._waiting:
            self._waiting[block.cid] = block
            self._bytes += len(block.data)

    def finish(self, root: Cid) -> None:
        """Send the rest and have the root pinned."""
        self._flush()
        self._api.pin(root)

    def _flush(self) -> None:
        if self._waiting:
            lacking = self._api.missing(list(self._waiting))
            self._send(self._waiting[cid] for cid in lacking if cid in self._waiting)
            self._done += self._bytes
            self._progress(self._what, self._done, max(self._total, self._done))
        self._waiting, self._bytes = {}, 0

    def _send(self, blocks: Iterable[Block]) -> None:
        for car in pack(blocks, CAR_LIMIT):
            self._api.upload(car)


def upload_leaf(api: BlockApi, block: Block) -> None:
    """Store and pin a block that stands alone: a key bundle or an envelope."""
    upload = Upload(api)
    upload.put(block)
    upload.finish(block.cid)
