"""Somebody who types what a page of docs/ says."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from pathlib import Path

import requests
from one_chain import PATIENCE, ROOT, Desk

SERVES = "pmr serve\n"
ANSWERS = b"y\n"


def blocks(text: str) -> list[str]:
    """The shell blocks of a page, in order."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Reader(Desk):
    """A folder, a terminal, and a server that was started there and answers at `url`."""

    def __init__(self, folder: Path, url: str, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.environment["PATH"] = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        self.url = url
        self.served: list[subprocess.Popen[bytes]] = []

    def type(self, block: str) -> str:
        """Run a block in a shell at a terminal, with a yes to every question; give what it printed."""
        mine, theirs = pty.openpty()
        try:
            os.write(mine, ANSWERS)
            done = subprocess.run(
                ["sh", "-eu", "-c", block],
                cwd=self.folder,
                env=self.environment,
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        finally:
            os.close(mine)
            os.close(theirs)
        assert done.returncode == 0, f"{block}\n{done.stdout}"
        return done.stdout

    def follow(self, block: str) -> str:
        """Type a block; one that serves goes on, and the next is typed when the server answers."""
        if not block.endswith(SERVES):
            return self.type(block)
        # The server is this terminal's one foreground program: no shell stands between it and a signal.
        self.serve(block.removesuffix(SERVES) + f"exec {SERVES}")
        return ""

    def serve(self, block: str) -> None:
        """Run a block that does not end, until it answers."""
        self.served.append(
            subprocess.Popen(["sh", "-eu", "-c", block], cwd=self.folder, env=self.environment)
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline
            assert self.served[-1].poll() is None
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5, verify=False).ok
        except requests.RequestException:
            return False

    def end(self) -> None:
        for process in self.served:
            process.terminate()
            process.wait(PATIENCE)
