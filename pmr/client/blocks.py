"""Reading a record's blocks: the last few are kept, since one is often wanted twice in a row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from pmr.content.cid import Cid
from pmr.types import Progress, no_progress

Get = Callable[[Cid], bytes]
_KEPT = 4


class BlockReader:
    """A `get` that remembers the last four blocks and reports bytes."""

    def __init__(self, get: Get) -> None:
        """Read with `get`, which checks every block's hash."""
        self._get = get
        self._kept: OrderedDict[Cid, bytes] = OrderedDict()
        self._done = 0
        self._report: tuple[Progress, str, int] = (no_progress, "", 0)

    def report(self, progress: Progress, what: str, total: int) -> None:
        """From now on call `progress` with the bytes that were read, as `what` out of `total`."""
        self._report = (progress, what, total)
        self._done = 0

    def __call__(self, cid: Cid) -> bytes:
        """Give a block."""
        if cid not in self._kept:
            self._kept[cid] = self._get(cid)
            self._count(len(self._kept[cid]))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(cid)
        return self._kept[cid]

    def _count(self, size: int) -> None:
        progress, what, total = self._report
        self._done += size
        progress(what, self._done, max(total, self._done))
