"""Deeds in a process of their own, which is killed (SIGKILL) at a chosen call to chain or server.

Chain and server live on in the test's process: the other one speaks to them through two pipes.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from client_fakes import FakeApi, FakeChain, FakeLedger, World

from pmr.client.doctor import Doctor
from pmr.client.journal import Journal
from pmr.errors import PmrError

Work = Callable[[Doctor], object]
CHANGES = {"upload", "pin", "mine"}


class Unfinished(Exception):
    """What the process was about to do failed with something that is no `PmrError`."""


@dataclass(frozen=True)
class Stop:
    """Kill at call number `call`, before it is served, or after it was but before the answer is given."""

    call: int
    after: bool = False


@dataclass
class Served:
    """How a process ended."""

    calls: list[str]
    killed: bool
    result: Any = None


def work_in_process(
    world: World, doctor: Doctor, journal: Path, work: Work, stop: Stop | None = None
) -> Served:
    """Let a doctor work in a new process, with its journal in a folder.

    Raises the `PmrError` that ended it.
    """
    (asks_end, asks), (answers, answers_end) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(doctor, journal, work, os.fdopen(answers, "rb"), os.fdopen(asks, "wb"))
    os.close(asks)
    os.close(answers)
    with os.fdopen(asks_end, "rb") as questions, os.fdopen(answers_end, "wb") as replies:
        served = _serve(world, doctor, pid, questions, replies, stop)
    os.waitpid(pid, 0)
    if isinstance(served.result, Exception):
        raise served.result
    return served


def _serve(  # noqa: PLR0913, PLR0917 - all that a call needs
    world: World, doctor: Doctor, pid: int, questions: BinaryIO, replies: BinaryIO, stop: Stop | None
) -> Served:
    parts = {"chain": world.chain, "api": FakeApi(world.store, doctor.account)}
    served = Served([], killed=False)
    while True:
        who, name, arguments = pickle.load(questions)
        if who == "end":
            return replace(served, result=arguments)
        served.calls.append(name)
        here = stop is not None and stop.call == len(served.calls)
        if here and stop and not stop.after:
            break
        answer = _answer(parts[who], name, arguments)
        if here:
            break
        pickle.dump(answer, replies)
        replies.flush()
    os.kill(pid, signal.SIGKILL)
    return replace(served, killed=True)


def _answer(part: object, name: str, arguments: tuple[Any, ...] | None) -> tuple[bool, Any]:
    try:
        found = getattr(part, name)
        return True, found if arguments is None else found(*arguments)
    except PmrError as error:
        return False, error


def _child(doctor: Doctor, journal: Path, work: Work, answers: BinaryIO, asks: BinaryIO) -> None:
    line = _Line(answers, asks)
    chain = cast(FakeChain, _Remote(line, "chain", {"root", "mine", "events"}))
    asked = {"missing", "upload", "pin", "record_block", "record_state", "bundle"}
    api = cast(FakeApi, _Remote(line, "api", asked))
    there = replace(
        doctor, ledger=FakeLedger(chain, doctor.account), api=api, journal=Journal(journal, doctor.keyring)
    )
    try:
        result: object = work(there)
    except PmrError as error:
        result = error
    except BaseException as error:  # noqa: BLE001 - the test's process shall see whatever it was
        result = Unfinished(repr(error))
    line.send(("end", "", result))
    os._exit(0)


class _Line:
    def __init__(self, answers: BinaryIO, asks: BinaryIO) -> None:
        self._answers = answers
        self._asks = asks

    def send(self, question: object) -> None:
        pickle.dump(question, self._asks)
        self._asks.flush()

    def ask(self, who: str, name: str, arguments: tuple[Any, ...] | None) -> Any:
        self.send((who, name, arguments))
        fine, answer = pickle.load(self._answers)
        if not fine:
            raise answer
        return answer


class _Remote:
    def __init__(self, line: _Line, who: str, methods: set[str]) -> None:
        self._line = line
        self._who = who
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        if name not in self._methods:
            return self._line.ask(self._who, name, None)
        return lambda *arguments: self._line.ask(self._who, name, arguments)
