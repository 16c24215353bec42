"""Ctrl-C and SIGTERM, so that what was started is always stopped, and only once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Turns the first Ctrl-C or SIGTERM into one `KeyboardInterrupt`; ignores those after it."""

    def __init__(self) -> None:
        """Nothing is caught before `caught`."""
        self._deferred = False
        self._asked = False

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch the signals; afterwards they do what they did before."""
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Let a signal wait until the block ends: a process that is just starting must become known."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False
        if self._asked:
            raise KeyboardInterrupt

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        again, self._asked = self._asked, True
        if not again and not self._deferred:
            raise KeyboardInterrupt
