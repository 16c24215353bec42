"""The web server as a child process of `pmr up`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from pmr.client.http import Http
from pmr.errors import PmrError, ProgramEnded

START_SECONDS = 60
STOP_SECONDS = 25.0
_POLL = 0.05


class ServerProcess:
    """`pmr serve`, with its words in a log file."""

    def __init__(self, url: str, log_file: Path) -> None:
        """Say where it will answer, and where its log goes."""
        self._http = Http(url)
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it; it reads the same settings as this process, and waits for the chain."""
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("wb") as log:
            # A session of its own: Ctrl-C reaches `pmr up`, which stops this in order.
            self._process = subprocess.Popen(  # noqa: S603 - our own program and options
                [sys.executable, "-m", "pmr.cli", "serve", "--wait", str(START_SECONDS)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def wait_until_ready(self) -> None:
        """Return when it answers; raise `ProgramEnded` with its last words when it ends instead."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if self._answers():
                self._http.close()
                return
            time.sleep(_POLL)
        raise ProgramEnded(f"The web server did not answer in {START_SECONDS} s; see {self._log_file}.")

    def check(self) -> None:
        """Raise `ProgramEnded` when it does not run."""
        if self._process is None or self._process.poll() is not None:
            raise ProgramEnded(f"The web server: {self._last_words()}")

    def stop(self) -> None:
        """End it, running requests first; kill it when that takes too long."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        # Its workers too: one whose master was killed would keep the port for a while.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _answers(self) -> bool:
        try:
            self._http.call("GET", "/healthz")
        except PmrError:
            return False
        return True

    def _last_words(self) -> str:
        lines = self._log_file.read_text("utf8", errors="replace").strip().splitlines()
        return lines[-1] if lines else f"it said nothing. See {self._log_file}."
