"""`pmr key kit`, `restore` and `fetch`: keys on paper, and on a machine that has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pmr.cli.command import lone_command as key_command
from pmr.cli.output import Result, fields
from pmr.cli.person import SECRET_FILE, Person, for_person
from pmr.cli.secret import read_secret
from pmr.client.keystate import WAYS_OUT, KeyState, versions
from pmr.client.profile import write_new_secret
from pmr.client.restoring import Restored, read_own_kit, take_from_server
from pmr.client.restoring import restore as restore_keys
from pmr.client.vaults import unlock_vault
from pmr.crypto.recovery import write_kit
from pmr.errors import BadInput
from pmr.types import Address

_NEW_FILE = click.Path(path_type=Path, dir_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)
SERVERS = "server's copy"
MOST = 1 << 20
"""Bytes of a kit or a vault file that are read."""


@key_command("kit")
@click.option("--output", type=_NEW_FILE, help="A new file.  [pmr-kit-ACCOUNT.txt]")
@for_person
def kit(person: Person, output: Path | None) -> Result:
    """Write your recovery kit: all your keys as words on a page to print."""
    wallet = person.wallet()
    keyring = unlock_vault(person.profile.read_vault(), wallet, person.passphrase())
    path = output or Path(f"pmr-kit-{wallet.address[:10]}.txt")
    try:
        write_new_secret(path, write_kit(keyring, wallet.address).encode())
    except FileExistsError:
        raise BadInput(f"{path} exists and was not touched. Name another file with --output.") from None
    versions = list(keyring.keys)
    return Result(
        {"account": wallet.address, "versions": versions, "kit": str(path)},
        [fields(account=wallet.address, versions=_numbers(versions), kit=str(path))],
        [
            "Whoever holds this file can open every record that was sealed to you. It is not encrypted.",
            f"Print it, then delete it: `shred -u {path}`. Keep the page like a passport, on paper alone.",
            "After `pmr key rotate`, make a new one: this one does not have later keys.",
        ],
    )


@key_command("restore")
@click.option("--kit", "kit_file", type=_FILE, help="A recovery kit, as a text file.")
@click.option("--vault", "vault_file", type=_FILE, help="Or a vault file that was kept.")
@click.option(
    "--vault-passphrase-file", type=SECRET_FILE, help="Its first line opens that vault; else you are asked."
)
@for_person
def restore(
    person: Person, kit_file: Path | None, vault_file: Path | None, vault_passphrase_file: Path | None
) -> Result:
    """Bring the keys of a recovery kit, or of an old vault file, into your vault, or make one of them."""
    path, source = _one_of(kit_file, vault_file)
    wallet = person.wallet()
    if kit_file:
        found = read_own_kit(_text(path), wallet.address)
    else:
        question = f"Passphrase of {path}"
        found = unlock_vault(_bytes(path), wallet, read_secret(vault_passphrase_file, question))
    passphrase = person.passphrase(new=not person.profile.has_vault())
    done = restore_keys(person.profile, person.ledger(), wallet, found, passphrase)
    return _restored(person, wallet.address, done, source)


@key_command("fetch")
@for_person
def fetch(person: Person) -> Result:
    """Bring the server's copy of your vault here; keys of a vault that is here already stay."""
    doctor, wallet = person.enter()
    stored = doctor.api.vault()
    done = take_from_server(person.profile, doctor.ledger, wallet, stored, person.passphrase())
    return _restored(person, doctor.account, done, SERVERS)


def _one_of(kit_file: Path | None, vault_file: Path | None) -> tuple[Path, str]:
    """Give the one file that was named, and what it is."""
    if kit_file and not vault_file:
        return kit_file, "kit"
    if vault_file and not kit_file:
        return vault_file, "vault file"
    raise BadInput("Give one of --kit FILE and --vault FILE.")


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf8")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not a text file.") from None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise BadInput(f"{path} is too large to be a kit or a vault.")
    return data


def _restored(person: Person, account: Address, done: Restored, source: str) -> Result:
    state = done.state
    data: dict[str, Any] = {
        "account": account,
        "vault": str(person.profile.vault),
        "versions": [*state.held, *state.pending],
        "published": state.published,
        "missing": list(state.missing),
        "leftOut": list(done.left_out),
        "current": state.current,
        "aside": str(done.aside) if done.aside else None,
    }
    shown = fields(
        account=account,
        vault=str(person.profile.vault),
        versions=_numbers(data["versions"]),
        newest_on_chain=str(state.published or "none"),
    )
    return Result(data, [shown], [*_warnings(state, done, source), *_advice(state, source)])


def _warnings(state: KeyState, done: Restored, source: str) -> list[str]:
    said = []
    if not state.current:
        said.append(
            f"THE KEYS ARE OLDER THAN THE CHAIN: version {state.published} is published, and neither the "
            f"{source} nor this machine has it. What was sealed to it does not open, and you cannot seal "
            f"anything new. {WAYS_OUT}"
        )
    elif state.missing:
        said.append(
            f"Version {_numbers(state.missing)} is missing: what was sealed to it does not open here."
        )
    if done.left_out:
        said.append(
            f"Left out: {versions(done.left_out)} of the {source}. The chain names another key in its place."
        )
    if done.aside:
        said.append(f"The vault that was here before is kept as {done.aside}.")
    return said


def _advice(state: KeyState, source: str) -> list[str]:
    if not state.current:
        return []
    if state.pending:
        return ["Next: `pmr key publish`."]
    if source != SERVERS:
        return ["Next: `pmr key publish` leaves this vault with the server, in the place of the copy there."]
    return ["Next: `pmr record list`, or `pmr record list --shared`."]


def _numbers(versions: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, versions)) or "none"
