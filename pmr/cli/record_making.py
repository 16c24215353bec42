"""`pmr record create` and `revise`."""

from __future__ import annotations

from pathlib import Path

import click

from pmr.cli.command import lone_command as record_command
from pmr.cli.output import Result, fields, tell
from pmr.cli.person import Person, for_person
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.client.revising import Revised
from pmr.client.sealing import About, Changes
from pmr.client.study import sources_of
from pmr.types import RecordId

_FILES = click.Path(path_type=Path, exists=True, readable=True)


@record_command("create")
@click.argument("files", nargs=-1, required=True, type=_FILES)
@click.option("--title", required=True, help="What it is; only readers see it.")
@click.option("--patient", default="", help="A pseudonymous reference, never a name.")
@click.option("--date", default="", help="The day of what is recorded, YYYY-MM-DD.")
@click.option("--notes", default="", help="Free text; only readers see it.")
@for_person
def create(person: Person, files: tuple[Path, ...], **about: str) -> Result:
    """Seal FILES, or all files of a folder, into a new record, upload and register it."""
    sources = sources_of(files, tell)
    with person.at_work() as doctor:
        made = doctor.create_record(sources, About(**about))
    data = {
        "id": str(made.id),
        "root": str(made.sealed.root),
        "files": len(sources),
        "sealedBytes": made.sealed.size,
        "transaction": receipt_data(made.receipt),
    }
    shown = fields(
        record=str(made.id),
        root=str(made.sealed.root),
        sealed=f"{len(sources)} files, {made.sealed.size:,} bytes",
        transaction=receipt_text(made.receipt),
    )
    return Result(data, [shown], [f"Next: `pmr record share {made.id} READER`, with a colleague's account."])


@record_command("revise")
@click.argument("record_id", metavar="ID")
@click.argument("files", nargs=-1, required=True, type=_FILES)
@click.option("--title", help="Another title; without it the old one stays, as for the other three.")
@click.option("--patient", help="A pseudonymous reference, never a name.")
@click.option("--date", help="The day of what is recorded, YYYY-MM-DD.")
@click.option("--notes", help="Free text; only readers see it.")
@for_person
def revise(person: Person, record_id: str, files: tuple[Path, ...], **changes: str | None) -> Result:
    """Give the record ID these FILES, or those of a folder, instead, for the readers that it has."""
    sources = sources_of(files, tell)
    with person.at_work() as doctor:
        done = doctor.revise(RecordId.parse(record_id), sources, Changes(**changes))
    return revised_result(done)


def revised_result(done: Revised) -> Result:
    """Show a new version."""
    data = {
        "id": str(done.id),
        "root": str(done.root),
        "readers": list(done.readers),
        "transaction": receipt_data(done.receipt),
    }
    shown = fields(
        record=str(done.id),
        root=str(done.root),
        readers=", ".join(done.readers) or "nobody but you",
        transaction=receipt_text(done.receipt),
    )
    return Result(data, [shown], ["What readers have copied of the old version cannot be called back."])
