"""What commands print: results on stdout, progress and advice on stderr, one JSON document if asked.

Text from records and servers is hostile: control characters never reach the terminal, and nothing of
it is read as markup.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_ID = 50
"""Characters of the longest record id that is likely: 0x, 40 digits, a slash and a position."""


@dataclass(frozen=True)
class Result:
    """What a command gives: data for programs, something to look at, and what to do next."""

    data: dict[str, Any]
    shown: Sequence[RenderableType] = ()
    next: Sequence[str] = field(default=())
    exit_code: int = 0


def clean(text: str) -> str:
    """Replace control and direction-changing characters but newlines and tabs."""
    return "".join(
        char if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"} else "�"
        for char in text
    )


def plain(text: str) -> Text:
    """Text that rich prints as it is."""
    return Text(clean(text))


def table(*columns: str, rows: Sequence[Sequence[str]]) -> Table:
    """A table that reads well at 80 columns: no frame, long cells wrap, ids that lead a row do not."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for column in made.columns:
        column.overflow = "fold"
    made.columns[0].no_wrap = all(len(row[0]) <= _ID for row in rows)
    for row in rows:
        made.add_row(*(plain(cell) for cell in row))
    return made


def fields(**values: str) -> Table:
    """Names and values, one pair a line."""
    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in values.items():
        made.add_row(name.replace("_", " "), plain(value))
    return made


def show(result: Result, *, as_json: bool) -> None:
    """Print a result."""
    if as_json:
        click.echo(json.dumps(result.data, indent=2, ensure_ascii=True))
    else:
        console = Console(highlight=False, markup=False)
        for item in result.shown:
            console.print(item)
    advise(result.next)


def advise(lines: Sequence[str]) -> None:
    """Say on stderr what to do next; never wrapped, so that commands can be copied."""
    if lines:
        click.echo("", err=True)
    for line in lines:
        click.echo(clean(line), err=True)


def tell(text: str) -> None:
    """Say a line on stderr."""
    click.echo(clean(text), err=True)
