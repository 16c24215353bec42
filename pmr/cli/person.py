"""Who is at the keyboard: the options that every doctor's command has, and the `Doctor` behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from pmr.chain.setting import open_chain
from pmr.chain.wallet import Wallet
from pmr.cli.progress import progress_bars
from pmr.cli.secret import read_secret
from pmr.client.api import Api
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.journal import Journal
from pmr.client.ledger import Ledger
from pmr.client.profile import Profile
from pmr.client.serverconfig import check_server
from pmr.client.vaults import unlock_vault
from pmr.config import Config
from pmr.crypto.keyring import Keyring
from pmr.errors import BadAddress, BadKeystore
from pmr.types import Address, parse_address

SECRET_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True)
class Person:
    """A doctor's folder and the files that hold secrets."""

    config: Config
    profile: Profile
    keystore: Path
    password_file: Path | None
    passphrase_file: Path | None

    def wallet(self) -> Wallet:
        """Unlock the keystore; raise `BadKeystore`."""
        self.account()
        password = read_secret(self.password_file, f"Password of {self.keystore}")
        return Wallet.from_keystore(self.keystore, password)

    def passphrase(self, *, new: bool = False) -> str:
        """Ask for the vault's passphrase; twice for a new one."""
        what = "New passphrase" if new else "Passphrase"
        return read_secret(self.passphrase_file, f"{what} of your vault", confirm=new)

    def account(self) -> Address:
        """Give the keystore's account; needs no password. Raises `BadKeystore`."""
        return keystore_account(self.keystore)

    def ledger(self) -> Ledger:
        """Give the chain as the account sees it, without its key."""
        return Ledger(*open_chain(self.config), self.account())

    @contextmanager
    def on_chain(self) -> Iterator[Doctor]:
        """Give the doctor for what needs neither keys nor a server."""
        w3, deployment = open_chain(self.config)
        wallet = self.wallet()
        api = Api(Http(self.config.server_address, ca=self.config.server_ca), wallet, deployment.chain_id)
        ledger = Ledger(w3, deployment, wallet.address, wallet)
        yield Doctor(ledger, api, journal=self.journal(None))

    def journal(self, keyring: Keyring | None) -> Journal:
        """Give the doctor's journal; what this command finished is forgotten when all was told."""
        journal = Journal(self.profile.folder / "journal", keyring)
        click.get_current_context().call_on_close(journal.forget_finished)
        return journal

    @contextmanager
    def at_work(self, *, keys: bool = True) -> Iterator[Doctor]:
        """Give the doctor: with the vault open if `keys`, with progress on stderr.

        Raises as `enter`.
        """
        doctor, wallet = self.enter()
        keyring = self._keyring(wallet) if keys else None
        with progress_bars() as progress:
            yield replace(doctor, keyring=keyring, progress=progress, journal=self.journal(keyring))

    def enter(self, wallet: Wallet | None = None) -> tuple[Doctor, Wallet]:
        """Give the doctor before the vault is open, and the wallet that opens it.

        Raises as `open_chain`, and `ServerMismatch` when the server names other contracts.
        """
        w3, deployment = open_chain(self.config)
        http = Http(self.config.server_address, ca=self.config.server_ca)
        check_server(http, deployment)
        wallet = wallet or self.wallet()
        ledger = Ledger(w3, deployment, wallet.address, wallet)
        return Doctor(ledger, Api(http, wallet, deployment.chain_id)), wallet

    def unlocked(self) -> tuple[Wallet, Keyring]:
        """Give the wallet and the vault's keys, without chain or server."""
        wallet = self.wallet()
        return wallet, self._keyring(wallet)

    def _keyring(self, wallet: Wallet) -> Keyring:
        return unlock_vault(self.profile.read_vault(), wallet, self.passphrase())


def keystore_account(path: Path) -> Address:
    """Give the account that a keystore file names; raise `BadKeystore`."""
    try:
        return parse_address("0x" + str(json.loads(path.read_text("utf8"))["address"]).removeprefix("0x"))
    except OSError as error:
        raise BadKeystore(
            f"{path} cannot be read: {error.strerror}. Make one with `pmr wallet new`."
        ) from None
    except (ValueError, KeyError, TypeError, BadAddress):
        raise BadKeystore(f"{path} is not a keystore, or does not name its account.") from None


def for_person(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say who it is for, and its function a `Person`."""

    @click.option(
        "--home", type=click.Path(path_type=Path, file_okay=False), help="Your folder.  [PMR_HOME, ~/.pmr]"
    )
    @click.option("--keystore", type=SECRET_FILE, help="Your wallet's encrypted key.  [HOME/keystore.json]")
    @click.option(
        "--password-file", type=SECRET_FILE, help="Its first line opens the keystore; else you are asked."
    )
    @click.option(
        "--passphrase-file", type=SECRET_FILE, help="Its first line opens the vault; else you are asked."
    )
    @wraps(function)
    def run(
        *args: Any,
        home: Path | None,
        keystore: Path | None,
        password_file: Path | None,
        passphrase_file: Path | None,
        **kwargs: Any,
    ) -> Any:
        config = Config.load()
        profile = Profile(home or config.home)
        person = Person(config, profile, keystore or profile.keystore, password_file, passphrase_file)
        return function(person, *args, **kwargs)

    return run
