"""Passwords and passphrases: from files or a prompt, never from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pmr.errors import BadInput


def read_secret(file: Path | None, prompt: str, *, confirm: bool = False) -> str:
    """Give the first line of `file`, or what somebody types; raise `BadInput` for neither."""
    if file:
        return _first_line(file)
    if not somebody_to_ask():
        raise BadInput(f"There is nobody to ask for the {prompt.lower()}: name a file that holds it.")
    given: str = click.prompt(prompt, type=str, hide_input=True, confirmation_prompt=confirm, err=True)
    return given


def somebody_to_ask() -> bool:
    """Say whether somebody sits at a terminal."""
    return sys.stdin.isatty()


def _first_line(file: Path) -> str:
    try:
        lines = file.read_text("utf8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}.") from None
    if not lines or not lines[0]:
        raise BadInput(f"{file} has no first line to take the secret from.")
    return lines[0]
