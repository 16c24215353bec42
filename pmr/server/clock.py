"""The server's own clock, as a value that is passed."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives the Unix time in whole seconds."""


def wall_clock() -> int:
    """The machine's time."""
    return int(time.time())
