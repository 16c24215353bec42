"""`pmr record list`, `show` and `open`."""

from __future__ import annotations

from pathlib import Path

import click

from pmr.cli.command import lone_command as record_command
from pmr.cli.output import Result, fields, table
from pmr.cli.person import Person, for_person
from pmr.cli.record_shown import cannot_open, purpose_name, reader_data, record_data, record_shown
from pmr.cli.term import until
from pmr.client.ledger import Ledger
from pmr.content.cid import Cid
from pmr.types import RecordId


@record_command("list")
@click.option("--shared", is_flag=True, help="List what others share with you instead.")
@for_person
def list_(person: Person, shared: bool) -> Result:
    """List your records, or those shared with you; from the chain alone, without a password."""
    ledger = person.ledger()
    return _shared(ledger) if shared else _own(ledger)


def _own(ledger: Ledger) -> Result:
    rows = [(str(one.id), str(Cid.root(one.root))) for one in ledger.records()]
    data = {"account": ledger.account, "records": [{"id": i, "root": root} for i, root in rows]}
    if not rows:
        return Result(data, ["You have no records."], ["Next: `pmr record create FILE --title TITLE`."])
    return Result(data, [table("record", "root", rows=rows)], ["Next: `pmr record show ID`."])


def _shared(ledger: Ledger) -> Result:
    found = ledger.shared()
    data = [
        {
            "id": str(one.id),
            "root": str(Cid.root(one.root)),
            "purpose": purpose_name(one.purpose),
            "expiresAt": one.expires_at,
        }
        for one in found
    ]
    document = {"account": ledger.account, "records": data}
    if not found:
        return Result(document, ["Nothing is shared with you."], [f"Your account is {ledger.account}."])
    rows = [(str(one.id), purpose_name(one.purpose), until(one.expires_at)) for one in found]
    return Result(document, [table("record", "purpose", "until", rows=rows)], ["Next: `pmr record open ID`."])


@record_command("show")
@click.argument("record_id", metavar="ID")
@for_person
def show(person: Person, record_id: str) -> Result:
    """Show what the record ID says of itself, who sealed it and who has access."""
    record_name = RecordId.parse(record_id)
    with person.at_work() as doctor:
        opened = doctor.open(record_name)
        readers = doctor.readers(record_name)
        lacking = doctor.state(record_name).without_envelope
    data = record_data(record_name, opened) | {
        "readers": [reader_data(one) for one in readers],
        "withoutEnvelope": list(lacking),
    }
    warning = [cannot_open(record_name, lacking)] if lacking else []
    shown = record_shown(record_name, opened, readers)
    return Result(data, shown, [*warning, f"Next: `pmr record open {record_id}`."])


@record_command("open")
@click.argument("record_id", metavar="ID")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="A new folder.  [record-OWNER-POSITION]"
)
@for_person
def open_(person: Person, record_id: str, into: Path | None) -> Result:
    """Check and decrypt the record ID into a new folder: all its files, or none."""
    record_name = RecordId.parse(record_id)
    folder = into or Path(f"record-{record_name.owner[:10]}-{record_name.position}")
    with person.at_work() as doctor:
        opened, paths = doctor.open_into(record_name, folder)
    data = record_data(record_name, opened) | {"folder": str(folder), "paths": [str(path) for path in paths]}
    shown = [*record_shown(record_name, opened, []), fields(written_to=str(folder))]
    return Result(data, shown, ["These files are not sealed any more: remove them when you are done."])
