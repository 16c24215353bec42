"""`pmr key new`, `publish`, `show` and `passphrase`."""

from __future__ import annotations

from pathlib import Path

import click

from pmr.chain.wallet import Wallet
from pmr.cli.command import lone_command as key_command
from pmr.cli.output import Result, fields
from pmr.cli.person import SECRET_FILE, Person, for_person
from pmr.cli.receipts import receipt_data, receipt_text
from pmr.cli.secret import read_secret
from pmr.client.bundles import newest_bundle
from pmr.client.keystate import key_lost, key_state
from pmr.client.publishing import leave_vault
from pmr.client.vaults import VaultLock, new_vault, unlock
from pmr.crypto.keyring import Keyring
from pmr.crypto.vault import vault_info
from pmr.errors import ChainError, KeyExists, PmrError, SetupError
from pmr.types import parse_address

KIT = "Next: `pmr key kit` writes a recovery kit to print: without it, a lost passphrase loses all."


@key_command("new")
@for_person
def new(person: Person) -> Result:
    """Make a key and seal it into your vault; an existing vault is never overwritten."""
    if person.profile.has_vault():
        raise KeyExists(f"{person.profile.vault} exists; it is never overwritten by a new key.")
    _demand_first_key(person)
    wallet = person.wallet()
    data = new_vault(wallet, person.passphrase(new=True))
    with person.profile.locked():
        person.profile.add_vault(data)
    info = vault_info(data)
    return Result(
        {
            "account": wallet.address,
            "version": info.version,
            "vault": str(person.profile.vault),
            "wallet": info.wallet,
        },
        [
            fields(
                account=wallet.address, vault=str(person.profile.vault), opens_with=_lock(wallet=info.wallet)
            )
        ],
        [KIT, "Then: `pmr key publish`, so that others can share with you."],
    )


@key_command("publish")
@for_person
def publish(person: Person) -> Result:
    """Publish your key, and leave a copy of the sealed vault with the server."""
    with person.at_work() as doctor:
        vault = person.profile.read_vault()
        done = doctor.publish_key(vault, person.profile.was_left)
        person.profile.note_left(vault)
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


@key_command("show")
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


@key_command("passphrase")
@click.option(
    "--new-passphrase-file", type=SECRET_FILE, help="Its first line is the new one; else you are asked."
)
@for_person
def passphrase(person: Person, new_passphrase_file: Path | None) -> Result:
    """Change your vault's passphrase, here and in the server's copy."""
    wallet, old = person.wallet(), person.passphrase()
    chosen = read_secret(new_passphrase_file, "New passphrase of your vault", confirm=True)
    with person.profile.locked():
        before = person.profile.read_vault()
        keyring = unlock(before, wallet, old)[1]
        data = VaultLock.new(wallet, chosen).seal(keyring)
        person.profile.replace_vault(data)
    failed = _leave(person, wallet, keyring, before, data)
    wallets_part = vault_info(data).wallet
    return Result(
        {
            "account": wallet.address,
            "vault": str(person.profile.vault),
            "wallet": wallets_part,
            "server": failed is None,
        },
        [
            fields(
                account=wallet.address,
                vault=str(person.profile.vault),
                opens_with=_lock(wallet=wallets_part),
                server="keeps the new vault" if failed is None else f"keeps the old vault. {failed}",
            )
        ],
        [
            *([] if failed is None else ["Next: `pmr key publish` leaves the new vault with the server."]),
            "Copies of the old vault open with the old passphrase: if somebody knows it, `pmr key rotate`.",
        ],
    )


def _demand_first_key(person: Person) -> None:
    """Refuse a first key for an account that has one, as far as the chain can be asked."""
    try:
        version = person.ledger().key_of(person.account())[1]
    except (ChainError, SetupError):
        return
    if version:
        raise key_lost(person.account(), version)


def _leave(person: Person, wallet: Wallet, keyring: Keyring, before: bytes, vault: bytes) -> PmrError | None:
    """Leave a vault with the server in the place of the one before it; give what went wrong."""
    left = person.profile.was_left
    try:
        doctor, _ = person.enter(wallet)
        state = key_state(doctor.ledger, wallet.address, keyring)
        leave_vault(doctor.api, vault, state, lambda stored: stored == before or left(stored))
    except PmrError as error:
        return error
    person.profile.note_left(vault)
    return None


def _lock(*, wallet: bool) -> str:
    if wallet:
        return "passphrase and wallet"
    return "passphrase alone: this wallet signs differently each time, so it cannot take part"
