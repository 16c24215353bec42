"""The three doctors of the story: folders that anybody can go on using by hand."""

from __future__ import annotations

import json
from pathlib import Path

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from web3 import Web3

from pmr.chain.node import MNEMONIC
from pmr.chain.wallet import Wallet
from pmr.client.api import Api
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.journal import Journal
from pmr.client.ledger import Ledger
from pmr.client.profile import Profile, write_secret
from pmr.client.vaults import new_vault, unlock_vault
from pmr.errors import NotFound
from pmr.types import Deployment

SECRET = "only for trying"  # noqa: S105 - the accounts' keys are known to everybody too
_SCRYPT_ROUNDS = 4096


class Cast:
    """Makes the doctors, each from one of the local chain's well-known accounts."""

    def __init__(self, folder: Path, w3: Web3, deployment: Deployment, server: str) -> None:
        """Keep their folders in `folder`."""
        self.folder = folder
        self._w3 = w3
        self._deployment = deployment
        self._server = server

    def doctor(self, name: str, index: int) -> tuple[Doctor, bytes]:
        """Give the doctor of the chain's account `index`, and the vault; made at first use."""
        profile = Profile(self.folder / name)
        wallet = _wallet(profile, index)
        api = Api(Http(self._server), wallet, self._deployment.chain_id)
        vault = _vault(profile, wallet, api)
        ledger = Ledger(self._w3, self._deployment, wallet.address, wallet)
        keyring = unlock_vault(vault, wallet, SECRET)
        return Doctor(ledger, api, keyring, journal=Journal(profile.folder / "journal", keyring)), vault

    def write_secret(self) -> Path:
        """Write the password and passphrase of all three into a file, for commands by hand."""
        path = self.folder / "secret"
        write_secret(path, f"{SECRET}\n".encode())
        return path


def _wallet(profile: Profile, index: int) -> Wallet:
    key = key_from_seed(seed_from_mnemonic(MNEMONIC, ""), f"m/44'/60'/0'/0/{index}")
    if not profile.keystore.exists():
        keystore = Account.encrypt(key, SECRET, kdf="scrypt", iterations=_SCRYPT_ROUNDS)
        write_secret(profile.keystore, json.dumps(keystore).encode())
    return Wallet.from_key(key)


def _vault(profile: Profile, wallet: Wallet, api: Api) -> bytes:
    """Give the folder's vault; when the folder was lost, the server's copy; else a new one."""
    if not profile.has_vault():
        try:
            profile.add_vault(api.vault())
        except NotFound:
            profile.add_vault(new_vault(wallet, SECRET))
    return profile.read_vault()
