"""What a test may ask of a chain, whether it runs in this process or as a node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from web3 import Web3
from web3.types import RPCEndpoint

from pmr.chain.transaction import refusals
from pmr.chain.wallet import Wallet
from pmr.errors import ContractError, TransactionFailed
from pmr.types import Deployment


class AnyChain(Protocol):
    """A chain with the contracts, on which each block is a second after the one before."""

    @property
    def w3(self) -> Web3: ...

    @property
    def wallets(self) -> list[Wallet]: ...

    @property
    def deployment(self) -> Deployment: ...

    def now(self) -> int:
        """The time of the newest block."""

    def travel(self, to: int) -> None:
        """Mine a block with this time."""


@contextmanager
def undone(chain: AnyChain) -> Iterator[None]:
    """Afterwards the chain is as it was before."""
    snapshot = ask(chain, "evm_snapshot")
    yield
    ask(chain, "evm_revert", snapshot)


def ask(chain: AnyChain, method: str, *parameters: Any) -> Any:
    """Send a request of JSON-RPC and give its result."""
    answer = chain.w3.provider.make_request(RPCEndpoint(method), list(parameters))
    assert "error" not in answer, answer["error"]
    return answer["result"]


def attempt(chain: AnyChain, transaction: Any) -> str:
    """Send a transaction; give the name of its refusal, or nothing when it is in a block."""
    try:
        with refusals():
            chain.w3.eth.call(transaction)
    except ContractError as error:
        return error.solidity
    except TransactionFailed as error:
        return re.sub(r".* reverted with (\w+).*", r"\1", str(error))
    receipt = chain.w3.eth.wait_for_transaction_receipt(chain.w3.eth.send_transaction(transaction))
    assert receipt["status"] == 1
    return ""
