"""Whether the server can do its work now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pmr.content.block import Block
from pmr.content.cid import RAW
from pmr.content.store import BlockStore
from pmr.errors import PmrError
from pmr.index.follower import Follower
from pmr.server.chain import Chain
from pmr.server.space import Space

MAX_LAG = 20
"""Blocks that the index may be behind the chain."""
TOLD_ONLY = frozenset({"space"})
"""What keeps uploads from being taken, while reads go on."""
_PROBE = Block.of(RAW, b"pmr: is the store writable?")


class Readiness:
    """Tries each thing that requests depend on."""

    def __init__(self, chain: Chain, store: BlockStore, follower: Follower, space: Space) -> None:
        """Nothing is tried before `check`."""
        self._tasks: dict[str, Callable[[], str]] = {
            "chain": partial(_done, chain.check),
            "store": partial(_done, partial(store.put, [_PROBE])),
            "index": lambda: _lag(follower.lag()),
            "space": partial(_done, space.demand),
        }

    def check(self) -> dict[str, str]:
        """`ok`, or one sentence, for `chain`, `store`, `index` and `space`."""
        return {name: _answer(task) for name, task in self._tasks.items()}


def _answer(task: Callable[[], str]) -> str:
    try:
        return task()
    except PmrError as error:
        return error.sentence


def _done(task: Callable[[], None]) -> str:
    task()
    return "ok"


def _lag(blocks: int) -> str:
    return "ok" if blocks <= MAX_LAG else f"The index is {blocks} blocks behind."
