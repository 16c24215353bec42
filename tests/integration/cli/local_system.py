"""Runs the real `pmr` in a folder of its own, on ports of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from pmr.chain.node import free_port
from pmr.cli.main import run

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120
READY = "Stop with Ctrl-C"


class Done(NamedTuple):
    """A command that ended."""

    code: int
    out: str
    err: str


class Machine:
    """A folder with its settings: what one person's computer would be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.rpc_port = free_port(), free_port()
        self.environment = {
            name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH") if name in os.environ
        }
        self.environment |= {
            "HOME": str(folder),
            "PMR_PORT": str(self.port),
            "PMR_RPC_PORT": str(self.rpc_port),
            "PMR_NODE_MODULES": str(ROOT / "node_modules"),
        }

    def run(self, *arguments: str) -> Done:
        """Run a command to its end, as a process of its own."""
        done = subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def call(self, *arguments: str) -> Done:
        """Run a command to its end in this process, which has imported everything already."""
        out, err = StringIO(), StringIO()
        with ExitStack() as here:
            here.enter_context(chdir(self.folder))
            here.enter_context(patch.dict(os.environ, self.environment))
            here.enter_context(patch("sys.stdin", StringIO()))
            here.enter_context(redirect_stdout(out))
            here.enter_context(redirect_stderr(err))
            code = run(arguments)
        return Done(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str) -> Any:
        """Call a command with --json and give its document."""
        done = self.call(*arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    @contextmanager
    def up(self, *arguments: str, until: str = READY) -> Iterator[Up]:
        """Start `pmr up` and wait until it prints `until`."""
        process = Up(self._command(("up", *arguments)), self.folder, self.environment)
        try:
            process.wait_for(until)
            yield process
        finally:
            process.end()

    def processes(self) -> list[str]:
        """The command lines of everything that still runs in this folder."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cwd").resolve() == self.folder.resolve():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return [line for line in found if line]

    def pid_of(self, part: str) -> int:
        """The process whose command line has `part`, the oldest one."""
        pids = [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and self._runs(entry, part)
        ]
        return min(pids)

    def _runs(self, entry: Path, part: str) -> bool:
        try:
            mine = (entry / "cwd").resolve() == self.folder.resolve()
            return mine and part in (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return False

    @staticmethod
    def _command(arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "pmr.cli", *arguments]


class Up:
    """A running `pmr up`."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._log = folder / f"up-{time.monotonic_ns()}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def text(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until it has printed `text`, or has ended."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.text and self.process.poll() is None:
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal as a terminal would, and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """Leave nothing behind, however the test went."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


def record_in(text: str) -> str:
    """The record's id in what `pmr up` printed."""
    found = re.search(r"0x[0-9a-fA-F]{40}/\d+", text)
    assert found, text
    return found[0]
