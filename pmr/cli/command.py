"""What every command has: `--json`, and a `Result` that is printed when it ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from pmr.cli.output import Result, show


def command(group: click.Group, name: str) -> Callable[[Callable[..., Result]], click.Command]:
    """Add a function as a command of a group; it gives a `Result`."""

    def add(function: Callable[..., Result]) -> click.Command:
        return group.command(name)(prints(function))

    return add


def lone_command(name: str) -> Callable[[Callable[..., Result]], click.Command]:
    """Make a command of a function that gives a `Result`, for a group that finds it by its place."""
    return lambda function: click.command(name)(prints(function))


def prints(function: Callable[..., Result]) -> Callable[..., None]:
    """Give a function `--json` and print what it returns."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
    @wraps(function)
    def run(*args: Any, as_json: bool, **kwargs: Any) -> None:
        result = function(*args, **kwargs)
        show(result, as_json=as_json)
        click.get_current_context().exit(result.exit_code)

    return run
