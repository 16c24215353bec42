"""Several works timed side by side: they take turns, so that all meet the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

ROUNDS = 5

Work = Callable[[], object]


def best(works: dict[str, Work]) -> dict[str, float]:
    """Seconds of each, the best of some rounds."""
    rounds = [{name: _seconds(work) for name, work in works.items()} for _ in range(ROUNDS)]
    return {name: min(times[name] for times in rounds) for name in works}


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def drain(pieces: Iterable[object]) -> None:
    """Take everything and keep nothing."""
    for _ in pieces:
        pass
