"""Deploy the contracts to the configured network, unless they are there already.

Usage: python scripts/deploy.py [keystore]

Without a keystore the first account of the local chain pays; other networks need one, whose
password is read from the terminal. What is deployed is written to the state folder
(`.pmr/deployments/31337.json`); a second run changes nothing.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy, deployment_path
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, accounts
from pmr.chain.wallet import Wallet
from pmr.config import Config
from pmr.errors import ConfigError, PmrError


def main(arguments: list[str]) -> None:
    """Deploy and say where the contracts are."""
    config = Config.load()
    network = find_network(config.network, Path(config.networks_file) if config.networks_file else None)
    w3 = connect([config.rpc_url] if config.rpc_url else network.rpc_urls, network.chain_id)
    folder = config.state / "deployments"
    deployment = deploy(w3, _wallet(arguments, network.chain_id), network, folder, _show)
    print(f"registry       {deployment.registry}")
    print(f"key directory  {deployment.key_directory}")
    print(f"forwarder      {deployment.forwarder}")
    print(f"written to     {deployment_path(folder, network.chain_id)}")


def _wallet(arguments: list[str], chain_id: int) -> Wallet:
    if arguments:
        return Wallet.from_keystore(Path(arguments[0]), getpass.getpass("Password: "))
    if chain_id != CHAIN_ID:
        raise ConfigError("Only the local chain has accounts that everyone may use: name a keystore.")
    return accounts(1)[0]


def _show(what: str, done: int, total: int) -> None:
    if done == total:
        print(what)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1:])
    except PmrError as error:
        sys.exit(f"{error}")
