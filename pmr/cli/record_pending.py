"""`pmr record pending`, `resume` and `discard`: work that was interrupted."""

from __future__ import annotations

import click

from pmr.cli.command import lone_command as record_command
from pmr.cli.output import Result, fields, table
from pmr.cli.person import Person, for_person
from pmr.client.unfinished import resume as finish
from pmr.client.unfinished import summary


@record_command("pending")
@for_person
def pending(person: Person) -> Result:
    """List work on this machine that was interrupted; needs neither chain nor server."""
    _, keyring = person.unlocked()
    with person.journal(keyring).pending() as deeds:
        rows = [(deed.token, deed.kind, summary(deed.arguments)) for deed in deeds]
    data = {"pending": [{"token": token, "kind": kind, "about": about} for token, kind, about in rows]}
    if not rows:
        return Result(data, ["Nothing is unfinished."])
    advice = "Next: `pmr record resume WORK`, or `pmr record discard WORK`; or repeat the command itself."
    return Result(data, [table("work", "kind", "about", rows=rows)], [advice])


@record_command("resume")
@click.argument("work")
@for_person
def resume(person: Person, work: str) -> Result:
    """Finish the interrupted WORK, as listed by `pmr record pending`."""
    with person.at_work() as doctor:
        record = finish(doctor, work)
    return Result({"id": str(record)}, [fields(record=str(record))], [f"Next: `pmr record show {record}`."])


@record_command("discard")
@click.argument("work")
@for_person
def discard(person: Person, work: str) -> Result:
    """Forget the interrupted WORK; what was registered stays, what was only uploaded goes in a day."""
    _, keyring = person.unlocked()
    person.journal(keyring).discard(work)
    return Result({"discarded": work}, [fields(discarded=work)])
