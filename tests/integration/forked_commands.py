"""`pmr` commands in processes of their own that start at once and may be killed at any moment.

Run as a program, this imports everything once and then forks for each command that it is told of. A
fork differs from a new interpreter only in that all is imported already: it has no other thread, and
SIGKILL ends it as it ends any process.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

from pmr.chain import transaction
from pmr.cli import key_rotation, record_making
from pmr.cli.main import run
from pmr.client.api import Api
from pmr.client.http import Http
from pmr.client.profile import Profile

ROOT = Path(__file__).parents[2]
PATIENCE = 120
KILLED = -signal.SIGKILL
IMPORTED = (key_rotation, record_making)
"""What the command line imports when it is asked for it."""
PLACES: Mapping[str, tuple[Any, str]] = {
    "sync": (os, "fsync"),
    "replace": (Path, "replace"),
    "begin": (Profile, "begin_rotation"),
    "vault": (Profile, "replace_vault"),
    "aside": (Profile, "set_aside"),
    "noted": (Profile, "note_left"),
    "end": (Profile, "end_rotation"),
    "request": (Http, "tagged"),
    "put": (Api, "put_vault"),
    "send": (transaction, "_offer"),
}


class QuickKdf:
    """Stands in for Argon2id, which takes its time on purpose, in tests that are not about it."""

    def __init__(self, *, salt: bytes, **_cost: int) -> None:
        self._salt = salt

    def derive(self, passphrase: bytes) -> bytes:
        return sha256(self._salt + passphrase).digest()


@dataclass(frozen=True)
class Command:
    """A command, where it runs and when it is killed."""

    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    point: str = ""
    """`before:NAME:N` or `after:NAME:N`: the N-th call of one of `PLACES`; empty for none."""
    seconds: float = PATIENCE
    """After so long it is killed too."""


@dataclass(frozen=True)
class Ended:
    """How it ended, and what it had printed by then."""

    code: int
    out: str
    err: str


class ForkedCommands:
    """The program that forks, from the outside."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def run(self, command: Command) -> Ended:
        """Run a command to its end."""
        return self.run_at_once([command])[0]

    def run_at_once(self, commands: Sequence[Command]) -> list[Ended]:
        """Run commands side by side until all have ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([asdict(command) for command in commands]), file=self._process.stdin, flush=True)
        codes = json.loads(self._process.stdout.readline())
        texts = [
            [_printed(self._folder, n, name).read_text() for name in ("out", "err")]
            for n in range(len(codes))
        ]
        return [Ended(code, *printed) for code, printed in zip(codes, texts, strict=True)]


@contextmanager
def forked_commands(folder: Path, *, quick: bool = False) -> Iterator[ForkedCommands]:
    """Run commands as long as the caller holds this; what they print goes to files in `folder`.

    With `quick`, passphrases are stretched by `QuickKdf`, as whoever seals or opens vaults beside
    these commands must do too.
    """
    words = [sys.executable, __file__, str(folder), *(["quick"] if quick else [])]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        yield ForkedCommands(process, folder)
        assert process.stdin is not None
        process.stdin.close()


def _printed(folder: Path, number: int, name: str) -> Path:
    return folder / f"{number}.{name}"


def _serve(folder: Path) -> None:
    """Run the commands of each line and answer with their exit codes."""
    for line in sys.stdin:
        commands = [Command(**fields) for fields in json.loads(line)]
        running = [(_fork(command, folder, number), command) for number, command in enumerate(commands)]
        print(json.dumps([_wait(pid, command.seconds) for pid, command in running]), flush=True)


def _fork(command: Command, folder: Path, number: int) -> int:
    return os.fork() or _become(command, [_printed(folder, number, name) for name in ("out", "err")])


def _become(command: Command, printed: Sequence[Path]) -> NoReturn:
    """Be the command, as if it had been started by a shell."""
    os.chdir(command.folder)
    os.environ.clear()
    os.environ.update(command.environment)
    _redirect(0, Path(os.devnull), os.O_RDONLY)
    for number, path in enumerate(printed, 1):
        _redirect(number, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    if command.point:
        _arm(command.point)
    code = run(command.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _redirect(number: int, path: Path, flags: int) -> None:
    file = os.open(path, flags)
    os.dup2(file, number)
    os.close(file)


def _arm(point: str) -> None:
    """Make this process die at a point."""
    moment, name, number = point.split(":")
    owner, attribute = PLACES[name]
    real, calls = getattr(owner, attribute), count(1)

    def deadly(*arguments: Any, **named: Any) -> Any:
        here = next(calls) == int(number)
        if here and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if here:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, deadly)


def _wait(pid: int, seconds: float) -> int:
    """Give the exit code of a process that gets so long to end by itself."""
    handle = os.pidfd_open(pid)
    if not select.select([handle], [], [], seconds)[0]:
        os.kill(pid, signal.SIGKILL)
    os.close(handle)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    with patch("pmr.crypto.vault.Argon2id", QuickKdf) if sys.argv[2:] == ["quick"] else nullcontext():
        _serve(Path(sys.argv[1]))
