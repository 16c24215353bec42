"""`pmr record adopt`, `export` and `import`."""

from __future__ import annotations

from pathlib import Path

import click

from pmr.cli.command import lone_command as record_command
from pmr.cli.output import Result, fields
from pmr.cli.person import Person, for_person
from pmr.cli.progress import progress_bars
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.cli.record_shown import contents_data, contents_shown
from pmr.client.importing import open_car, opened_car
from pmr.types import RecordId

_CAR = click.Path(path_type=Path, dir_okay=False)


@record_command("adopt")
@click.argument("record_id", metavar="ID")
@for_person
def adopt(person: Person, record_id: str) -> Result:
    """Keep the record ID, which is shared with you, as a record of your own."""
    with person.at_work() as doctor:
        done = doctor.adopt(RecordId.parse(record_id))
    data = {
        "id": str(done.id),
        "root": str(done.root),
        "author": done.author,
        "transaction": receipt_data(done.receipt),
    }
    shown = fields(
        record=str(done.id),
        sealed_by=done.author,
        root=str(done.root),
        transaction=receipt_text(done.receipt),
    )
    return Result(data, [shown], [f"It is yours to share now: `pmr record share {done.id} READER`."])


@record_command("export")
@click.argument("record_id", metavar="ID")
@click.option("--car", "path", type=_CAR, required=True, help="The file to write; it must not exist.")
@for_person
def export(person: Person, record_id: str, path: Path) -> Result:
    """Write the record ID, still sealed, into one file that your recovery kit alone opens."""
    with person.at_work() as doctor:
        done = doctor.export(RecordId.parse(record_id), path)
    data = {"id": record_id, "file": str(path), "root": str(done.root), "bytes": done.size}
    shown = fields(record=record_id, file=str(path), root=str(done.root), bytes=f"{done.size:,}")
    return Result(data, [shown], ["Keep it beside your recovery kit; without that it cannot be opened."])


@record_command("import")
@click.argument("path", metavar="FILE", type=_CAR)
@click.option("--no-register", is_flag=True, help="Check and show only; needs neither chain nor server.")
@for_person
def import_(person: Person, path: Path, *, no_register: bool) -> Result:
    """Check every byte of an exported record and register it as one of yours."""
    if no_register:
        return _look(person, path)
    with person.at_work() as doctor:
        done = doctor.import_car(path)
    data = {"id": str(done.id)} | contents_data(done.opened) | {"transaction": receipt_data(done.receipt)}
    shown = [*contents_shown(done.opened, str(done.id)), fields(transaction=receipt_text(done.receipt))]
    return Result(data, shown, [f"Next: `pmr record open {done.id}`."])


def _look(person: Person, path: Path) -> Result:
    wallet, keyring = person.unlocked()
    with progress_bars() as progress, opened_car(path) as car:
        opened = open_car(car, wallet.address, keyring, progress)
    return Result(
        contents_data(opened),
        contents_shown(opened),
        ["All of it opens. That the key is the author's only the chain can say."],
    )
