"""Anvil as the tests of the contracts want a chain: each block is a second after the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.any_chain import ask
from local_chain import open_local_chain
from web3 import Web3

from pmr.chain.wallet import Wallet
from pmr.types import Deployment


@dataclass(frozen=True)
class AnvilChain:
    """A node with the contracts, and who has money on it."""

    w3: Web3
    wallets: list[Wallet]
    deployment: Deployment

    def now(self) -> int:
        """The time of the newest block."""
        return int(self.w3.eth.get_block("latest")["timestamp"])

    def travel(self, to: int) -> None:
        """Mine a block with this time."""
        ask(self, "evm_setNextBlockTimestamp", to)
        ask(self, "evm_mine")


def open_anvil_chain(folder: Path, hardfork: str) -> Iterator[AnvilChain]:
    """Run a chain as long as the caller holds it."""
    for chain in open_local_chain(folder, hardfork):
        found = AnvilChain(chain.w3, chain.wallets, chain.deployment)
        ask(found, "anvil_setBlockTimestampInterval", 1)
        yield found
