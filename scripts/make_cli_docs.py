"""Write docs/cli.md from the commands themselves.

Usage: python scripts/make_cli_docs.py [--check]

With --check nothing is written; it fails when the page is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pmr.cli.main import INTERRUPTED, cli
from pmr.errors import PmrError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
WIDTH = 90
HEAD = """\
# The command line

<!-- Made by scripts/make_cli_docs.py from the commands themselves; do not edit. -->

Every command prints its result on stdout, and progress and what to do next on stderr. `--json`
prints one JSON document instead. Secrets come from files or a prompt, never from the command line.
A record's id is written `0xOwner/7`.
"""


def page() -> str:
    """Give the whole page."""
    commands = "\n".join(_section(path, command) for path, command in leaves(cli))
    return f"{HEAD}\n{_exit_codes()}\n{commands}"


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


def _section(path: tuple[str, ...], command: click.Command) -> str:
    name = " ".join(("pmr", *path))
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    return f"## `{name}`\n\n```\n{command.get_help(context)}\n```\n"


def _exit_codes() -> str:
    """A row for each code: what its errors have in common."""
    rows = [f"| {code} | {' '.join(_sentences(code))} |" for code in sorted(_codes())]
    head = ["## Exit codes", "", "| code | what it means |", "|---|---|", "| 0 | Done. |"]
    return "\n".join([*head, *rows, f"| {INTERRUPTED} | Interrupted with Ctrl-C. |", ""])


def _codes() -> set[int]:
    return {kind.exit_code for kind in _first_of_code(PmrError)}


def _sentences(code: int) -> list[str]:
    return [kind.sentence for kind in _first_of_code(PmrError) if kind.exit_code == code]


def _first_of_code(base: type[PmrError], parent: int = 0) -> Iterator[type[PmrError]]:
    """Errors whose code is not that of the error they are a kind of: the others go without saying."""
    if base.exit_code != parent:
        yield base
    for kind in base.__subclasses__():
        if kind.__module__ == PmrError.__module__:
            yield from _first_of_code(kind, base.exit_code)


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    if "--check" not in arguments:
        PAGE.write_text(page(), "utf8")
        return 0
    current = PAGE.exists() and PAGE.read_text("utf8") == page()
    if not current:
        print(f"{PAGE} is out of date: run python scripts/make_cli_docs.py", file=sys.stderr)
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
