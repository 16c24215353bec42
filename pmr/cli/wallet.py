"""`pmr wallet`: a keystore for whoever has none."""

from __future__ import annotations

import click

from pmr.cli.command import command
from pmr.cli.output import Result, fields
from pmr.cli.person import Person, for_person
from pmr.cli.secret import read_secret
from pmr.errors import BadInput

MIN_PASSWORD = 8


@click.group()
def wallet() -> None:
    """Your Ethereum account on this machine: an encrypted keystore file (V3, as geth writes)."""


@command(wallet, "new")
@for_person
def new(person: Person) -> Result:
    """Make an account and write its keystore; an existing one is never overwritten."""
    from pmr.chain.wallet import new_keystore  # noqa: PLC0415 - what is slow to import waits

    password = read_secret(person.password_file, "New password of your keystore", confirm=True)
    if len(password) < MIN_PASSWORD:
        raise BadInput(f"A password has at least {MIN_PASSWORD} characters.")
    made = new_keystore(person.keystore, password)
    return Result(
        {"account": made.address, "keystore": str(person.keystore)},
        [fields(account=made.address, keystore=str(person.keystore))],
        [
            "Keep a copy of the file and its password: nobody can restore them.",
            "Next: have some of the chain's coin sent to the account, then `pmr key new`.",
        ],
    )


@command(wallet, "show")
@for_person
def show_(person: Person) -> Result:
    """Show the account of the keystore; asks for no password."""
    account = person.account()
    return Result(
        {"account": account, "keystore": str(person.keystore)},
        [fields(account=account, keystore=str(person.keystore))],
        ["Next: `pmr key new` makes the key that your records are sealed with."],
    )
