"""What `pmr up` prints: lines that read well on a plain terminal of 80 columns."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable

from pmr.cli.doctors import SECRET
from pmr.cli.story import FILES, Step
from pmr.config import Config
from pmr.types import Address, RecordId

_TEXT = 55


class Screen:
    """Says what happens, line by line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Print with `say`."""
        self._say = say
        self._steps = 0

    def deploying(self, what: str, done: int, _total: int) -> None:
        """The `Progress` of a deployment."""
        if not done:
            self._say(f"{what[0].upper()}{what[1:]} ...")

    def begin_story(self) -> None:
        """Say what the lines that follow are."""
        self._say(f"\nPlaying the story with {', '.join(FILES)} from examples/.\n")
        self._say(f"{'':4}{'step':{_TEXT}}  {'gas':>9} {'seconds':>8}")

    def step(self, step: Step) -> None:
        """Say what happened, its gas and its time."""
        self._steps += 1
        gas = f"{step.gas:,}" if step.gas else "-"
        first, *rest = textwrap.wrap(step.text, _TEXT)
        self._say(f"{self._steps:>2}  {first:{_TEXT}}  {gas:>9} {step.seconds:>8.2f}")
        for line in rest:
            self._say(f"{'':6}{line}")

    def no_story(self) -> None:
        """Say why there is none."""
        self._say("The folder examples/ is not here: the story is left out.")

    def try_it(self, config: Config, record: RecordId | None, reader: Address) -> None:
        """Say what to type in another terminal."""
        if record is None:
            return
        program, folder = _program(), config.state / "doctors"
        self._say("\nGo on by hand, in another terminal:\n")
        self._say(f"  {program} record share {record} \\\n    {reader} --home {folder / 'a'}")
        self._say(f"  {program} record open {record} \\\n    --home {folder / 'c'} --into opened")
        self._say(f"\nPasswords and passphrases there are all: {SECRET}")

    def ready(self, config: Config) -> None:
        """Say where to go."""
        self._say(f"\nOpen {config.public_address} in a browser. Stop with Ctrl-C.")


def _program() -> str:
    """How this program was called, as somebody in the same folder can type it."""
    return os.path.relpath(sys.argv[0]) if sys.argv[0].endswith("pmr") else "pmr"
