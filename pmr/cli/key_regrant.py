"""`pmr key regrant`: records shared anew with readers who have a new key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from pmr.cli.command import lone_command as key_command
from pmr.cli.output import Result, clean, plain, table
from pmr.cli.person import Person, for_person
from pmr.cli.receipts import receipt_data
from pmr.cli.record_shown import purpose_name
from pmr.cli.secret import somebody_to_ask
from pmr.cli.term import until
from pmr.client.doctor import Doctor
from pmr.client.ledger import Outdated
from pmr.client.regranting import Regranted
from pmr.types import Address, parse_address

Answer = bool | None
"""What `--yes` and `--no` say; None asks."""

CAUTION = (
    "Whoever took over an account can publish a key for it: make sure, by a call say, that it is theirs."
)
FAILED = 4


def asks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--yes` and `--no`, which answer its questions."""
    return click.option(
        "--yes/--no", "answer", default=None, help="Answer every question so; else you are asked."
    )(function)


@key_command("regrant")
@click.option("--reader", help="Only this account.")
@asks
@for_person
def regrant(person: Person, answer: Answer, *, reader: str | None) -> Result:
    """Share your records anew with readers who published a new key since; it asks for each reader."""
    whose = parse_address(reader) if reader else None
    with person.at_work() as doctor:
        found = _outdated(doctor, whose)
    given = _ask_and_regrant(doctor, found, answer)
    data = {"account": doctor.account, "regrants": regrant_data(given)}
    if not given:
        return Result(data, ["No reader has a newer key than the one that you shared with."])
    left = any(one.receipt is None for one in given)
    advice = ["Next: `pmr key regrant` shares with the others."] if left else []
    failed = any(one.reason for one in given)
    return Result(data, regrant_shown(given), advice, FAILED if failed else 0)


def ask_and_regrant(doctor: Doctor, answer: Answer) -> list[Regranted]:
    """Find the grants to old keys, ask for each reader, and share anew."""
    return _ask_and_regrant(doctor, doctor.outdated(), answer)


def _outdated(doctor: Doctor, reader: Address | None) -> list[Outdated]:
    return [one for one in doctor.outdated() if reader in (None, one.reader)]


def _ask_and_regrant(doctor: Doctor, found: Sequence[Outdated], answer: Answer) -> list[Regranted]:
    readers = dict.fromkeys(one.reader for one in found)
    wanted = {reader for reader in readers if _wants(reader, found, answer)}
    done = doctor.regrant(one for one in found if one.reader in wanted)
    return done + [Regranted(one, None) for one in found if one.reader not in wanted]


def _wants(reader: Address, found: Sequence[Outdated], answer: Answer) -> bool:
    if answer is not None or not somebody_to_ask():
        return bool(answer)
    records = ", ".join(str(one.record) for one in found if one.reader == reader)
    question = f"{reader} published a new key after you shared {records}. {CAUTION} Share anew?"
    return click.confirm(clean(question), err=True)


def regrant_data(given: Sequence[Regranted]) -> list[dict[str, Any]]:
    """Give what came of each grant as JSON."""
    return [
        {
            "id": str(one.outdated.record),
            "reader": one.outdated.reader,
            "purpose": purpose_name(one.outdated.grant.purpose),
            "expiresAt": one.outdated.grant.expires_at,
            "regranted": one.receipt is not None,
            "reason": str(one.reason) if one.reason else None,
            "transaction": receipt_data(one.receipt) if one.receipt else None,
        }
        for one in given
    ]


def regrant_shown(given: Sequence[Regranted]) -> list[Any]:
    """Give what came of each grant, a table for each reader; nothing for none."""
    shown: list[Any] = []
    for reader in dict.fromkeys(one.outdated.reader for one in given):
        rows = [
            (str(one.outdated.record), until(one.outdated.grant.expires_at), _outcome(one))
            for one in given
            if one.outdated.reader == reader
        ]
        shown += ["", plain(f"{reader} has a new key"), table("record", "until", "shared anew", rows=rows)]
    return shown


def _outcome(one: Regranted) -> str:
    if one.reason:
        return str(one.reason)
    return "yes" if one.receipt else "no"
