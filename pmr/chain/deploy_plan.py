"""What a deployment will send, cost and make, asked of the chain; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.types import Nonce
from web3.utils.address import get_create_address

from pmr.chain.artifact import load
from pmr.chain.coin import show_coin
from pmr.chain.deploy_journal import DeployJournal
from pmr.chain.deploy_steps import FORWARDER, FORWARDER_NAME, TRUSTING, is_stranded, receipt_of, stands
from pmr.chain.transaction import fees, most_cost, refusals, with_reserve
from pmr.errors import NoFunds, TooDear
from pmr.types import Address

ROOM = 2
"""How many times what is needed now may be spent before a deployment stops: prices move."""


@dataclass(frozen=True)
class Planned:
    """One contract."""

    name: str
    address: Address
    gas: int
    """Gas that the node estimates; 0 for what is sent or there already."""
    state: str
    """`to send`, `sent` or `there`."""


@dataclass(frozen=True)
class Plan:
    """What a deployment comes to. Amounts are in wei, prices in wei per gas."""

    deployer: Address
    balance: int
    price: int
    """The price of the newest block."""
    contracts: Sequence[Planned]
    needed: int
    """What the account must have: more than the cost, so that the transactions hold while prices rise."""

    @property
    def gas(self) -> int:
        """Of all that is to be sent."""
        return sum(planned.gas for planned in self.contracts)

    @property
    def cost(self) -> int:
        """At the price of the newest block."""
        return self.gas * self.price

    @property
    def limit(self) -> int:
        """The most that is spent without asking again."""
        return ROOM * self.needed

    @property
    def enough(self) -> bool:
        """Whether the account can pay."""
        return self.balance >= self.needed

    def demand(self, coin: str, limit: int) -> None:
        """Raise `NoFunds` or `TooDear`, saying how much there is and how much there must be."""
        needed = f"{show_coin(self.needed, coin)}, of which about {show_coin(self.cost, coin)} will be spent"
        if not self.enough:
            has = show_coin(self.balance, coin)
            raise NoFunds(f"{self.deployer} has {has} and needs {needed}.")
        if limit < self.needed:
            raise TooDear(f"The limit is {show_coin(limit, coin)}, and it needs {needed}. Nothing was sent.")


def plan_deployment(w3: Web3, journal: DeployJournal) -> Plan:
    """Ask the chain what deploying takes, what the journal knows left out.

    Raises `ChainUnavailable`, `TransactionFailed` when the node refuses to estimate.
    """
    with refusals():
        contracts = list(_Walk(w3, journal).contracts())
        offer = fees(w3)
        balance = w3.eth.get_balance(journal.deployer, "pending")
    needed = sum(most_cost(offer | {"gas": with_reserve(one.gas)}) for one in contracts)
    return Plan(journal.deployer, balance, _price(offer), contracts, needed)


def _price(offer: dict[str, Any]) -> int:
    """Give what gas costs now: twice the base fee is offered, and once is paid."""
    if "gasPrice" in offer:
        return int(offer["gasPrice"])
    tip = int(offer["maxPriorityFeePerGas"])
    return (int(offer["maxFeePerGas"]) - tip) // 2 + tip


class _Walk:
    """Goes through the contracts as the deployment will, with the nonces that it will use."""

    def __init__(self, w3: Web3, journal: DeployJournal) -> None:
        self._w3 = w3
        self._journal = journal
        self._nonce: int = w3.eth.get_transaction_count(journal.deployer, "pending")

    def contracts(self) -> Iterator[Planned]:
        forwarder = self._contract(FORWARDER, FORWARDER_NAME)
        yield forwarder
        for name in TRUSTING:
            yield self._contract(name, forwarder.address)

    def _contract(self, name: str, argument: str) -> Planned:
        data = load(name).encode_constructor(argument)
        return self._known(name, data) or self._new(name, data)

    def _known(self, name: str, data: bytes) -> Planned | None:
        for attempt in self._journal.attempts(data):
            if stands(self._w3, attempt):
                return Planned(name, attempt.address, 0, "there")
            done = receipt_of(self._w3, attempt.hash) is not None
            if not done and attempt.nonce >= self._used() and not is_stranded(self._w3, attempt):
                self._nonce = max(self._nonce, attempt.nonce + 1)
                return Planned(name, attempt.address, 0, "sent")
        return None

    def _new(self, name: str, data: bytes) -> Planned:
        sender, nonce = self._journal.deployer, self._nonce
        self._nonce += 1
        question: Any = {"from": sender, "data": "0x" + data.hex()}
        gas = self._w3.eth.estimate_gas(question, "pending")
        return Planned(name, get_create_address(sender, Nonce(nonce)), gas, "to send")

    def _used(self) -> int:
        return self._w3.eth.get_transaction_count(self._journal.deployer, "latest")
