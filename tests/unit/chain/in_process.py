"""A chain inside the test's process: py-evm through eth-tester, with the contracts deployed."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# The fastest of the keccak libraries that are installed; it must be named before the first hash.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

import pytest
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed as TesterRevert
from web3 import EthereumTesterProvider, Web3
from web3.types import RPCEndpoint, RPCResponse

from pmr.chain.deploy import deploy_contracts
from pmr.chain.node import MNEMONIC, accounts
from pmr.chain.transaction import refusals
from pmr.chain.wallet import Wallet
from pmr.types import Deployment


class InProcess(EthereumTesterProvider):
    """eth-tester, with reverts as real nodes give them."""

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        # It has no pending block; the newest is the same where each transaction gets a block at once.
        params = ["latest" if value == "pending" else value for value in params]
        try:
            return super().make_request(method, params)
        except TesterRevert as error:
            text = str(error).removeprefix("execution reverted: ")
            data = ast.literal_eval(text) if text.startswith("b") else b""
            failure = {"code": 3, "message": "execution reverted", "data": "0x" + data.hex()}
            return {"jsonrpc": "2.0", "id": 1, "error": failure}  # type: ignore[typeddict-item]  # as geth answers


@dataclass(frozen=True)
class Chain:
    """The chain, who may use it and where the contracts are."""

    tester: EthereumTester
    w3: Web3
    wallets: list[Wallet]
    deployment: Deployment

    def now(self) -> int:
        """The time of the newest block."""
        return int(self.w3.eth.get_block("latest")["timestamp"])

    def try_call(self, transaction: Any) -> None:
        """Try a transaction without sending it; raise what `pmr.chain` makes of a refusal."""
        with refusals():
            self.w3.eth.call(transaction)

    def travel(self, to: int) -> None:
        """Mine a block with this time."""
        self.tester.time_travel(to)
        self.tester.mine_block()


def open_chain() -> Chain:
    """A new chain with the contracts deployed."""
    tester = EthereumTester(PyEVMBackend.from_mnemonic(MNEMONIC, hd_path="m/44'/60'/0'/0"))
    # Ahead of the clock, so that each block is exactly a second after the one before.
    tester.time_travel(2_000_000_000)
    w3 = Web3(InProcess(tester))
    wallets = accounts()
    return Chain(tester, w3, wallets, deploy_contracts(w3, wallets[9], w3.eth.chain_id))


@pytest.fixture(scope="session")
def deployed_chain() -> Chain:
    """One chain for all tests of a process."""
    return open_chain()


@pytest.fixture
def chain(deployed_chain: Chain) -> Iterator[Chain]:
    """The deployed contracts, as new for each test."""
    snapshot = deployed_chain.tester.take_snapshot()
    yield deployed_chain
    deployed_chain.tester.revert_to_snapshot(snapshot)
