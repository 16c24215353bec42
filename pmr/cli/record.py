"""`pmr record`: seal, list, show, share, open and revoke records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pmr.cli.command import command
from pmr.cli.output import Result, fields, table
from pmr.cli.person import Person, for_person
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.cli.term import end_of, until
from pmr.client.ledger import Ledger, Reader
from pmr.client.opening import OpenRecord
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.types import Purpose, RecordId, parse_address

_FILES = click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)


@click.group()
def record() -> None:
    """Records: sealed files that you own, or that a colleague shares with you."""


@command(record, "create")
@click.argument("files", nargs=-1, required=True, type=_FILES)
@click.option("--title", required=True, help="What it is; only readers see it.")
@click.option("--patient", default="", help="A pseudonymous reference, never a name.")
@click.option("--date", default="", help="The day of what is recorded, YYYY-MM-DD.")
@click.option("--notes", default="", help="Free text; only readers see it.")
@for_person
def create(person: Person, files: tuple[Path, ...], **about: str) -> Result:
    """Seal FILES into a new record, upload them and register it."""
    sources = [Source.from_path(path) for path in files]
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


@command(record, "list")
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


@command(record, "show")
@click.argument("record_id", metavar="ID")
@for_person
def show(person: Person, record_id: str) -> Result:
    """Show what the record ID says of itself, who sealed it and who has access."""
    record_name = RecordId.parse(record_id)
    with person.at_work() as doctor:
        opened = doctor.open(record_name)
        readers = doctor.readers(record_name)
    data = _record_data(record_name, opened) | {"readers": [_reader_data(one) for one in readers]}
    return Result(
        data, _record_shown(record_name, opened, readers), [f"Next: `pmr record open {record_id}`."]
    )


@command(record, "share")
@click.argument("record_id", metavar="ID")
@click.argument("reader")
@click.option(
    "--purpose", default="treatment", show_default=True, help=", ".join(p.label for p in Purpose) + "."
)
@click.option("--days", type=click.IntRange(1, 36_500), help="How long.  [30]")
@click.option("--until", "last", metavar="WHEN", help="Until a day or time (ISO 8601, UTC) instead.")
@click.option("--no-end", is_flag=True, help="Until it is revoked instead.")
@for_person
def share(  # noqa: PLR0913 - click gives one argument an option
    person: Person,
    record_id: str,
    reader: str,
    *,
    purpose: str,
    days: int | None,
    last: str | None,
    no_end: bool,
) -> Result:
    """Let the account READER read the record ID."""
    record_name = RecordId.parse(record_id)
    terms = Terms(parse_address(reader), Purpose.parse(purpose), end_of(days, last, no_end=no_end))
    with person.at_work() as doctor:
        done = doctor.share(record_name, terms)
    data = {
        "id": str(record_name),
        "reader": terms.reader,
        "purpose": purpose_name(terms.purpose),
        "expiresAt": terms.expires_at,
        "envelope": str(done.envelope),
        "transaction": receipt_data(done.receipt),
    }
    shown = fields(
        record=str(record_name),
        reader=terms.reader,
        purpose=purpose_name(terms.purpose),
        until=until(terms.expires_at),
        transaction=receipt_text(done.receipt),
    )
    return Result(data, [shown], [f"Next: tell the reader to type `pmr record open {record_name}`."])


@command(record, "open")
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
    data = _record_data(record_name, opened) | {"folder": str(folder), "paths": [str(path) for path in paths]}
    shown = [*_record_shown(record_name, opened, []), fields(written_to=str(folder))]
    return Result(data, shown, ["These files are not sealed any more: remove them when you are done."])


@command(record, "revoke")
@click.argument("record_id", metavar="ID")
@click.argument("reader")
@for_person
def revoke(person: Person, record_id: str, reader: str) -> Result:
    """Take back the access of the account READER to the record ID."""
    record_name, account = RecordId.parse(record_id), parse_address(reader)
    receipt = person.signing_ledger().revoke(record_name, account)
    data = {"id": str(record_name), "reader": account, "transaction": receipt_data(receipt)}
    shown = fields(record=str(record_name), reader=account, transaction=receipt_text(receipt))
    return Result(data, [shown], ["What the reader has copied already cannot be called back."])


def purpose_name(code: int) -> str:
    """Give a purpose's name, or its number for one that this version does not know."""
    known = {purpose.value: purpose.label for purpose in Purpose}
    return known.get(code, str(code))


def _record_data(record_name: RecordId, opened: OpenRecord) -> dict[str, Any]:
    manifest, header = opened.manifest, opened.sealed.header
    return {
        "id": str(record_name),
        "root": str(opened.sealed.root),
        "author": header.author,
        "title": manifest.title,
        "patient": manifest.patient,
        "date": manifest.date,
        "notes": manifest.notes,
        "files": [{"name": f.name, "size": f.size, "type": f.type} for f in manifest.files],
    }


def _reader_data(one: Reader) -> dict[str, Any]:
    return {
        "reader": one.account,
        "purpose": purpose_name(one.grant.purpose),
        "expiresAt": one.grant.expires_at,
        "live": one.grant.live,
    }


def _record_shown(record_name: RecordId, opened: OpenRecord, readers: list[Reader]) -> list[Any]:
    manifest, header = opened.manifest, opened.sealed.header
    about = {"patient": manifest.patient, "date": manifest.date, "notes": manifest.notes}
    head = fields(
        record=str(record_name),
        title=manifest.title,
        **{name: value for name, value in about.items() if value},
        sealed_by=header.author,
        root=str(opened.sealed.root),
    )
    files = table("file", "type", "bytes", rows=[(f.name, f.type, f"{f.size:,}") for f in manifest.files])
    return [head, "", files, *(["", _readers_table(readers)] if readers else [])]


def _readers_table(readers: list[Reader]) -> Any:
    rows = [
        (
            one.account,
            purpose_name(one.grant.purpose),
            until(one.grant.expires_at) if one.grant.live else "revoked",
        )
        for one in readers
    ]
    return table("reader", "purpose", "until", rows=rows)
