"""Run a `pmr` command that kills itself at a point: `killed_command.py POINT ARGUMENTS…`.

A point is `before:NAME:N` or `after:NAME:N`: the N-th call of one of the functions below.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from pmr.chain import transaction
from pmr.cli.main import run
from pmr.client.api import Api
from pmr.client.http import Http
from pmr.client.profile import Profile

PLACES: dict[str, tuple[Any, str]] = {
    "sync": (os, "fsync"),
    "replace": (Path, "replace"),
    "begin": (Profile, "begin_rotation"),
    "vault": (Profile, "replace_vault"),
    "aside": (Profile, "set_aside"),
    "noted": (Profile, "note_left"),
    "end": (Profile, "end_rotation"),
    "request": (Http, "tagged"),
    "upload": (Api, "upload"),
    "pin": (Api, "pin"),
    "put": (Api, "put_vault"),
    "send": (transaction, "_offer"),
}


def arm(point: str) -> None:
    """Make the process die at a point."""
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


if __name__ == "__main__":
    arm(sys.argv[1])
    sys.exit(run(sys.argv[2:]))
