"""The block store of a Kubo node, reached through its RPC."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.kubo_node import KuboNode
from pmr.content.ledger import Ledger
from pmr.content.local import LocalStore
from pmr.errors import StorageDamaged

_TIMEOUT = 60.0


class KuboStore(LocalStore):
    """Blocks in a Kubo node; which ones, how young and how often pinned is kept in `folder`.

    Only what was put through this folder is found, and is ever removed: a node may keep other
    content too. Use one folder for a node. The node must sync its blocks (`Datastore.Spec`).
    """

    def __init__(self, address: str, folder: Path) -> None:
        """Open the store of the node whose RPC is at a multiaddr, `/ip4/127.0.0.1/tcp/5001/http`.

        Raises `ConfigError` when the node does not sync, or the address is none; `StoreUnavailable`.
        """
        super().__init__(folder)
        self._node = KuboNode(address, _TIMEOUT)
        self._node.require_sync()
        self._ledger = Ledger(folder / "ledger.sqlite")

    def __repr__(self) -> str:
        return f"KuboStore({self._folder})"

    def _put(self, blocks: list[Block]) -> None:
        with self._shared():
            # Noted first: an interrupted put must not leave a block that is in no account.
            self._ledger.note((block.cid for block in blocks), time.time())
            for block in {block.cid: block for block in blocks}.values():
                if not self._holds(block):
                    self._node.put(block)

    def _holds(self, block: Block) -> bool:
        data = self._node.get(block.cid)
        if data is not None and data != block.data:
            self._discard(block.cid)
        return data == block.data

    def _discard(self, cid: Cid) -> None:
        # The node leaves bytes that it has as they are, so damaged ones must go first. It does
        # not remove a pinned CID; but the same bytes under the other codec it does.
        if self._node.remove([cid]) and self._node.remove([_twin(cid)]):
            raise StorageDamaged(f"{cid} is damaged in the Kubo node, pinned, and cannot be replaced.")

    def _get(self, cid: Cid) -> bytes | None:
        return self._node.get(cid) if self._knows(cid) else None

    def _size(self, cid: Cid) -> int | None:
        return self._node.size(cid) if self._knows(cid) else None

    def _knows(self, cid: Cid) -> bool:
        return self._ledger.touched(cid) is not None

    def _cids(self) -> Iterator[Cid]:
        yield from self._ledger.all()

    def _touched(self, cid: Cid) -> float:
        touched = self._ledger.touched(cid)
        return math.inf if touched is None else touched

    def _delete(self, cids: list[Cid]) -> None:
        # The node keeps one copy of bytes for both codecs: it stays while the other is known.
        gone = set(cids)
        self._node.remove([cid for cid in cids if _twin(cid) in gone or not self._knows(_twin(cid))])
        self._ledger.forget(cids)

    def _pin(self, root: Cid) -> None:
        with self._locked("pinning.lock", alone=True):
            self._node.pin(root, self._ledger.name)
            super()._pin(root)

    def _unpin(self, root: Cid) -> bool:
        with self._locked("pinning.lock", alone=True):
            was_pinned = super()._unpin(root)
            if root not in self._roots():
                self._node.unpin(root)
        return was_pinned

    def _tidy(self) -> None:
        """Bring the node's pins into line with the counts, which a crash may have parted."""
        super()._tidy()
        with self._locked("pinning.lock", alone=True):
            counted, pinned = self._roots(), self._node.pinned(self._ledger.name)
            for root in pinned - counted:
                self._node.unpin(root)
            for root in counted - pinned:
                self._node.pin(root, self._ledger.name)


def _twin(cid: Cid) -> Cid:
    return Cid(RAW if cid.codec == DAG_PB else DAG_PB, cid.digest)
