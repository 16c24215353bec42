"""A doctor's folder with a keystore, and `pmr` commands in it: in this process, or in one to be killed."""

from __future__ import annotations

import json
import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from client_system import ROOT, System
from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from forked_commands import Command

from pmr.chain.node import MNEMONIC
from pmr.chain.wallet import Wallet
from pmr.cli.main import run
from pmr.client.api import Api
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.keystate import key_state
from pmr.client.ledger import Ledger
from pmr.client.profile import Profile
from pmr.client.vaults import unlock_vault
from pmr.crypto.keyring import Keyring

PASSPHRASE = "correct horse"
SECRETS = {"password": "wallet secret", "passphrase": PASSPHRASE, "other": "battery staple"}


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str


class Keyboard(StringIO):
    """What somebody types, if there is somebody."""

    def __init__(self, typed: str, somebody: bool) -> None:
        super().__init__(typed)
        self._somebody = somebody

    def isatty(self) -> bool:
        return self._somebody


@dataclass(frozen=True)
class Home:
    """One doctor's machine."""

    system: System
    folder: Path
    wallet: Wallet

    @classmethod
    def make(cls, system: System, folder: Path, index: int) -> Home:
        """A folder with the keystore of one of the chain's accounts."""
        key = bytes(key_from_seed(seed_from_mnemonic(MNEMONIC, ""), f"m/44'/60'/0'/0/{index}"))
        home = folder / "home"
        home.mkdir(parents=True)
        keystore = Account.encrypt(key, SECRETS["password"], kdf="scrypt", iterations=2)
        (home / "keystore.json").write_text(json.dumps(keystore))
        for name, secret in SECRETS.items():
            (folder / name).write_text(secret + "\n")
        return cls(system, folder, Wallet.from_key(key))

    @property
    def profile(self) -> Profile:
        return Profile(self.folder / "home")

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | self.system.settings | {"HOME": str(self.folder), "PYTHONPATH": str(ROOT)}

    def arguments(self, *words: str, passphrase: str = "passphrase") -> list[str]:
        """A command with the options that name this home and its secrets."""
        options = {"home": "home", "password-file": "password", "passphrase-file": passphrase}
        named = [word for name, file in options.items() for word in (f"--{name}", str(self.folder / file))]
        return [*words, *named]

    def run(self, *words: str, passphrase: str = "passphrase", typed: str | None = None) -> Told:
        """Run a command in this process; with `typed` somebody is at the terminal and types that."""
        out, err, keyboard = StringIO(), StringIO(), Keyboard(typed or "", typed is not None)
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch("sys.stdin", keyboard),
            chdir(self.folder),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run(self.arguments(*words, passphrase=passphrase))
        return Told(code, out.getvalue(), err.getvalue())

    def json(self, *words: str, passphrase: str = "passphrase") -> Any:
        """Run a command that must succeed and give its document."""
        done = self.run(*words, "--json", passphrase=passphrase)
        assert done.code == 0, done.err
        return json.loads(done.out)

    def command(self, *words: str, **when: Any) -> Command:
        """A command for a process of its own; `when` says when that is killed."""
        return Command(self.arguments(*words, "--json"), str(self.folder), self.environment, **when)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.system.w3, self.system.deployment, self.wallet.address, self.wallet)

    @property
    def api(self) -> Api:
        return Api(Http(self.system.url), self.wallet, self.ledger.chain_id)

    @property
    def versions(self) -> int:
        """How many versions the chain names."""
        return self.ledger.key_of(self.wallet.address)[1]

    @property
    def keyring(self) -> Keyring:
        """What is in the vault."""
        return unlock_vault(self.profile.read_vault(), self.wallet, PASSPHRASE)

    @property
    def doctor(self) -> Doctor:
        """The doctor with the vault open, in this process."""
        return Doctor(self.ledger, self.api, self.keyring)

    def demand_whole(self) -> None:
        """Check that vault, server and chain agree on every version."""
        state = key_state(self.ledger, self.wallet.address, self.keyring)
        assert (state.missing, state.foreign, state.pending) == ((), (), ())
        assert self.api.vault() == self.profile.read_vault()
