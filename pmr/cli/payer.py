"""Who pays for a deployment: an encrypted keystore, a key in a file, or the local chain's own account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pmr.chain.key_file import read_key_file
from pmr.chain.network import Network
from pmr.chain.node import CHAIN_ID, accounts
from pmr.chain.wallet import Wallet
from pmr.cli.person import keystore_account
from pmr.cli.secret import read_secret
from pmr.config import Config
from pmr.errors import BadInput
from pmr.types import Address


@dataclass(frozen=True)
class Payer:
    """An account, and how to unlock it when something is to be signed."""

    address: Address
    unlock: Callable[[], Wallet]


def choose_payer(
    config: Config, network: Network, keystore: Path | None, password_file: Path | None, key_file: Path | None
) -> Payer:
    """Give who pays; raise `BadInput` for two or none, `BadKeystore` for one that does not open."""
    if keystore and key_file:
        raise BadInput("Give one of --keystore and --key-file.")
    if keystore:
        return _of_keystore(keystore, password_file)
    if file := key_file or (Path(config.deploy_key_file) if config.deploy_key_file else None):
        return _of_wallet(read_key_file(file))
    if network.local and network.chain_id == CHAIN_ID:
        return _of_wallet(accounts(1)[0])
    raise BadInput("Say who pays: --keystore, --key-file or PMR_DEPLOY_KEY_FILE.")


def _of_keystore(path: Path, password_file: Path | None) -> Payer:
    def unlock() -> Wallet:
        return Wallet.from_keystore(path, read_secret(password_file, f"Password of {path}"))

    return Payer(keystore_account(path), unlock)


def _of_wallet(wallet: Wallet) -> Payer:
    return Payer(wallet.address, lambda: wallet)
