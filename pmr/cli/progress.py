"""A progress line on stderr, when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from pmr import types
from pmr.types import no_progress


@contextmanager
def progress_bars() -> Iterator[types.Progress]:
    """Give a `Progress` that draws one bar for each thing that is done; silent without a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield no_progress
        return
    with _bars(console) as bars:
        yield _Report(bars)


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=console, transient=True)


class _Report:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)
