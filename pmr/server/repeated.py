"""Work that the server does again and again beside its requests."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from pmr.errors import PmrError

_LOG = logging.getLogger("pmr.server")


class Repeated:
    """A thread that does one task every so many seconds, until it is stopped. A failure is logged."""

    def __init__(self, name: str, task: Callable[[], object], seconds: float) -> None:
        """Nothing runs before `start`."""
        self.name = name
        self.done = 0
        """How often the task ended well since the start."""
        self.failed = 0
        self.done_at = 0.0
        """When it did last; Unix seconds, 0 for never."""
        self._task = task
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, with the first time at once."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the task that is under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._once()
            self._stopped.wait(self._seconds)

    def _once(self) -> None:
        try:
            self._task()
        except PmrError as error:
            self.failed += 1
            _LOG.warning("%s: %s", self.name, error.slug())
        except Exception as error:  # noqa: BLE001 - the thread must outlive what nobody foresaw
            self.failed += 1
            _LOG.error("%s failed", self.name, exc_info=error)
        else:
            self.done, self.done_at = self.done + 1, time.time()
