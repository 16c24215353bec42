"""`pmr record share` and `revoke`."""

from __future__ import annotations

import click

from pmr.cli.command import lone_command as record_command
from pmr.cli.output import Result, fields
from pmr.cli.person import Person, for_person
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.cli.record_making import revised_result
from pmr.cli.record_shown import cannot_open, purpose_name
from pmr.cli.term import end_of, until
from pmr.client.sharing import Terms
from pmr.types import Purpose, RecordId, parse_address


@record_command("share")
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
        "canBeOpened": done.can_be_opened,
    }
    shown = fields(
        record=str(record_name),
        reader=terms.reader,
        purpose=purpose_name(terms.purpose),
        until=until(terms.expires_at),
        transaction=receipt_text(done.receipt),
    )
    if not done.can_be_opened:
        return Result(data, [shown], [cannot_open(record_name, [terms.reader])])
    return Result(data, [shown], [f"Next: tell the reader to type `pmr record open {record_name}`."])


@record_command("revoke")
@click.argument("record_id", metavar="ID")
@click.argument("reader")
@click.option("--rekey", is_flag=True, help="Also seal the files anew, under a key that READER never had.")
@for_person
def revoke(person: Person, record_id: str, reader: str, *, rekey: bool) -> Result:
    """Take back the access of the account READER to the record ID."""
    record_name, account = RecordId.parse(record_id), parse_address(reader)
    if rekey:
        with person.at_work() as doctor:
            return revised_result(doctor.rekey(record_name, account))
    with person.on_chain() as doctor:
        receipt = doctor.revoke(record_name, account)
    data = {"id": str(record_name), "reader": account, "transaction": receipt_data(receipt)}
    shown = fields(record=str(record_name), reader=account, transaction=receipt_text(receipt))
    return Result(data, [shown], ["What the reader has copied already cannot be called back."])
