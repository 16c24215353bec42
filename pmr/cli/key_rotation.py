"""`pmr key rotate`: a new key, and who must be told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from pmr.cli.command import lone_command as key_command
from pmr.cli.key_regrant import Answer, ask_and_regrant, asks, regrant_data, regrant_shown
from pmr.cli.output import Result, fields, table
from pmr.cli.person import Person, for_person
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.cli.record_shown import purpose_name
from pmr.cli.secret import somebody_to_ask
from pmr.cli.term import until
from pmr.client.doctor import Doctor
from pmr.client.ledger import SharedRecord
from pmr.client.publishing import Published, kept_vault
from pmr.client.rotating import NewKey, replace_lost_copy, replace_lost_key, rotate_key
from pmr.errors import BadInput, NoKey

AGAIN = "An interrupted command had made this key; its work is done now. For another key, run this again."
NEW_KIT = "Next: `pmr key kit`. The recovery kits that you have lack the new key."


@dataclass(frozen=True)
class _Done:
    made: NewKey
    published: Published
    aside: Path | None = None
    """The server's old copy, where the keys before are lost."""


@key_command("rotate")
@click.option("--lost", is_flag=True, help="Your keys are gone for ever: make one without them.")
@asks
@for_person
def rotate(person: Person, answer: Answer, *, lost: bool) -> Result:
    """Make and publish a new key; the old ones stay in your vault and open what was sealed to them.

    Afterwards it asks whether to share anew with readers who have a new key themselves.
    """
    doctor, wallet = person.enter()
    if lost:
        _demand_understood(doctor, answer)
        made = replace_lost_key(person.profile, doctor.ledger, wallet, person.passphrase(new=True))
        aside = replace_lost_copy(person.profile, doctor.api, made.vault)
    else:
        made, aside = rotate_key(person.profile, doctor.ledger, wallet, person.passphrase()), None
    doctor = replace(doctor, keyring=made.keyring, journal=person.journal(made.keyring))
    published = doctor.publish_key(made.vault, person.profile.was_left)
    person.profile.note_left(made.vault)
    # Only once its end was told may a repeat make another key.
    click.get_current_context().call_on_close(person.profile.end_rotation)
    done = _Done(made, published, aside)
    return _lost_result(doctor, done) if lost else _rotated_result(doctor, done, answer)


def _demand_understood(doctor: Doctor, answer: Answer) -> None:
    version = doctor.ledger.key_of(doctor.account)[1]
    if not version:
        raise NoKey("This account never published a key, so none is lost: `pmr key new`.")
    warning = (
        f"Version {version} of your key and those before it will be given up. Without a recovery kit or an "
        f"old vault, what was sealed to them stays closed to you for ever.{_hint(doctor)}"
    )
    if answer is None and not somebody_to_ask():
        raise BadInput(f"{warning} Say --yes if that is what you want.")
    if not (click.confirm(f"{warning} Go on?", err=True) if answer is None else answer):
        raise click.Abort


def _hint(doctor: Doctor) -> str:
    if kept_vault(doctor.api) is None:
        return ""
    return " The server keeps a vault of yours: if you may know its passphrase, try `pmr key fetch` first."


def _rotated_result(doctor: Doctor, done: _Done, answer: Answer) -> Result:
    shared = doctor.ledger.shared_to_old_keys()
    given = ask_and_regrant(doctor, answer)
    said = [AGAIN] if done.made.resumed else []
    if shared:
        said.append(
            "The records above were shared with your old key, and still open here. If somebody else may have "
            "that key, ask their owners to seal them anew (`pmr record revise`)."
        )
    return Result(
        _data(doctor, done, shared) | {"regrants": regrant_data(given)},
        [_head(doctor, done), *_shared_table(shared), *regrant_shown(given)],
        [*said, NEW_KIT],
    )


def _lost_result(doctor: Doctor, done: _Done) -> Result:
    shared, own = doctor.ledger.shared_to_old_keys(), doctor.records()
    said = [AGAIN] if done.made.resumed else []
    if done.aside:
        said.append(
            f"The server's old copy is kept as {done.aside}: `pmr key restore --vault` takes its keys."
        )
    if shared:
        said.append(
            "The records above do not open here any more. Ask their owners to type `pmr key regrant`."
        )
    if own:
        said.append(
            f"None of your own records ({len(own)}) opens here any more. Their readers still open them: ask "
            "one to adopt and share each that you need."
        )
    return Result(
        _data(doctor, done, shared) | {"lostRecords": [str(one.id) for one in own]},
        [_head(doctor, done), *_shared_table(shared)],
        [*said, NEW_KIT],
    )


def _data(doctor: Doctor, done: _Done, shared: list[SharedRecord]) -> dict[str, Any]:
    published = done.published
    return {
        "account": doctor.account,
        "version": published.version,
        "bundle": published.bundle.hex(),
        "resumed": done.made.resumed,
        "transaction": receipt_data(published.receipt) if published.receipt else None,
        "aside": str(done.aside) if done.aside else None,
        "shared": [
            {
                "id": str(one.id),
                "owner": one.id.owner,
                "purpose": purpose_name(one.purpose),
                "expiresAt": one.expires_at,
            }
            for one in shared
        ],
    }


def _head(doctor: Doctor, done: _Done) -> Any:
    receipt = done.published.receipt
    return fields(
        account=doctor.account,
        version=str(done.published.version),
        transaction=receipt_text(receipt) if receipt else "it was published already",
    )


def _shared_table(shared: list[SharedRecord]) -> list[Any]:
    if not shared:
        return []
    rows = [(str(one.id), purpose_name(one.purpose), until(one.expires_at)) for one in shared]
    return ["", table("shared with your old key", "purpose", "until", rows=rows)]
