"""Anvil on a free port with the contracts deployed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from web3 import Web3

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy_contracts
from pmr.chain.node import CHAIN_ID, LocalNode, accounts
from pmr.chain.wallet import Wallet
from pmr.types import Deployment

NODE_MODULES = Path(__file__).parents[2] / "node_modules"


@dataclass(frozen=True)
class LocalChain:
    """A running node with the contracts, and who has money on it."""

    node: LocalNode
    w3: Web3
    wallets: list[Wallet]
    deployment: Deployment


def open_local_chain(folder: Path, hardfork: str) -> Iterator[LocalChain]:
    """Run a chain as long as the caller holds it."""
    with LocalNode(folder / "chain.json", 0, node_modules=NODE_MODULES, hardfork=hardfork) as node:
        w3 = connect([node.url], CHAIN_ID)
        wallets = accounts()
        yield LocalChain(node, w3, wallets, deploy_contracts(w3, wallets[9], CHAIN_ID))
