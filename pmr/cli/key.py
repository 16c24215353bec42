"""`pmr key`: the key that records are sealed to, and its publication."""

from __future__ import annotations

import click

from pmr.cli.command import command
from pmr.cli.output import Result, fields
from pmr.cli.person import Person, for_person
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.client.bundles import newest_bundle
from pmr.client.vaults import new_vault
from pmr.crypto.vault import vault_info
from pmr.errors import KeyExists
from pmr.types import parse_address


@click.group()
def key() -> None:
    """Your key: made here, kept in a vault under your passphrase and wallet, published for others."""


@command(key, "new")
@for_person
def new(person: Person) -> Result:
    """Make a key and seal it into your vault; an existing vault is never overwritten."""
    if person.profile.has_vault():
        raise KeyExists(f"{person.profile.vault} exists; it is never overwritten by a new key.")
    wallet = person.wallet()
    data = new_vault(wallet, person.passphrase(new=True))
    person.profile.add_vault(data)
    info = vault_info(data)
    lock = "passphrase and wallet" if info.wallet else "passphrase alone: this wallet never signs alike twice"
    return Result(
        {
            "account": wallet.address,
            "version": info.version,
            "vault": str(person.profile.vault),
            "wallet": info.wallet,
        },
        [fields(account=wallet.address, vault=str(person.profile.vault), opens_with=lock)],
        [
            "Without its passphrase the vault is lost.",
            "Next: `pmr key publish`, so that others can share with you.",
        ],
    )


@command(key, "publish")
@for_person
def publish(person: Person) -> Result:
    """Publish your key, and leave a copy of the sealed vault with the server."""
    with person.at_work() as doctor:
        done = doctor.publish_key(person.profile.read_vault())
    told = receipt_text(done.receipt) if done.receipt else "it was published already"
    return Result(
        {
            "account": doctor.account,
            "version": done.version,
            "bundle": done.bundle.hex(),
            "transaction": receipt_data(done.receipt) if done.receipt else None,
        },
        [
            fields(
                account=doctor.account, version=str(done.version), bundle=done.bundle.hex(), transaction=told
            )
        ],
        ["Next: `pmr record create FILE --title TITLE`."],
    )


@command(key, "show")
@click.argument("account", required=False)
@for_person
def show(person: Person, account: str | None) -> Result:
    """Show and check the published key of ACCOUNT (yours when left out)."""
    with person.at_work(keys=False) as doctor:
        whose = parse_address(account) if account else doctor.account
        bundle = newest_bundle(doctor.ledger, doctor.api.bundle, whose)
    return Result(
        {
            "account": whose,
            "version": bundle.version,
            "bundle": bundle.digest.hex(),
            "ed25519": bundle.ed25519.hex(),
        },
        [
            fields(
                account=whose,
                version=str(bundle.version),
                bundle=bundle.digest.hex(),
                signs_with=bundle.ed25519.hex(),
            )
        ],
        [f"Next: `pmr record share ID {whose}` lets this account read one of your records."],
    )


@command(key, "fetch")
@for_person
def fetch(person: Person) -> Result:
    """Fetch your vault from the server, on a machine that has none."""
    with person.at_work(keys=False) as doctor:
        data = doctor.api.vault()
        info = vault_info(data)
        person.profile.add_vault(data)
    return Result(
        {"account": info.account, "version": info.version, "vault": str(person.profile.vault)},
        [fields(account=info.account, vault=str(person.profile.vault))],
        ["Next: `pmr record list`, or `pmr record list --shared`."],
    )
