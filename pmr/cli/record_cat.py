"""`pmr record cat`: the bytes of one file on stdout."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import click

from pmr.cli.person import Person, for_person
from pmr.client.opening import OpenRecord
from pmr.errors import BadInput
from pmr.types import RecordId

_RANGE = re.compile(r"(\d+)-(\d*)")
_STEP = 8 << 20


@click.command("cat")
@click.argument("record_id", metavar="ID")
@click.argument("name")
@click.option("--range", "part", metavar="A-B", help="Only bytes A to B, counted from 0, B included.")
@for_person
def cat(person: Person, record_id: str, name: str, part: str | None) -> None:
    """Write the file NAME of the record ID to stdout; of a range only the blocks that it needs are fetched.

    Each piece is authentic when it is written, but the file is whole only when the exit code is 0.
    """
    with person.at_work() as doctor:
        opened = doctor.open(RecordId.parse(record_id))
        number = file_number(opened, name)
        for piece in opened.file(number) if part is None else _pieces(opened, number, part):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def file_number(opened: OpenRecord, name: str) -> int:
    """Give the number of a file; raise `BadInput` when there is none of that name."""
    names = [entry.name for entry in opened.manifest.files]
    if name not in names:
        raise BadInput(f"The record has no file {name!r}. `pmr record show` lists its files.")
    return names.index(name)


def parse_range(text: str, size: int) -> range:
    """Read `A-B` or `A-` of a file of `size` bytes; raise `BadInput` outside of it."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise BadInput(f"{text!r} is not a range like 0-99 or 100-.")
    first, last = int(found[1]), int(found[2] or size - 1)
    if not first <= last < size:
        raise BadInput(f"{text} is not inside a file of {size} bytes.")
    return range(first, last + 1)


def _pieces(opened: OpenRecord, number: int, part: str) -> Iterator[bytes]:
    wanted = parse_range(part, opened.manifest.files[number].size)
    for start in range(wanted.start, wanted.stop, _STEP):
        yield opened.range(number, start, min(_STEP, wanted.stop - start))
