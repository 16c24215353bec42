"""The three contracts onto a chain, each once, whatever was cut off, dropped or taken before."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionNotFound

from pmr.chain.artifact import load
from pmr.chain.coin import show_coin
from pmr.chain.deploy_journal import Attempt, DeployJournal
from pmr.chain.transaction import MAX_POLL, POLL, Call, fields_of, is_known, most_cost, resume, send
from pmr.chain.wallet import Wallet
from pmr.errors import (
    DeploymentDropped,
    TooDear,
    TransactionFailed,
    TransactionReplaced,
)
from pmr.types import Address, Progress, no_progress

FORWARDER = "ERC2771Forwarder"
FORWARDER_NAME = "PMR Forwarder"
"""The EIP-712 domain name of sponsored requests."""
TRUSTING = ("RecordRegistry", "KeyDirectory")
"""What is deployed after the forwarder, and is told its address."""
ROUNDS = 5
"""How often what the chain dropped is sent again."""
STANDSTILL = 300.0
"""Seconds without a new block after which waiting for one ends."""


@dataclass(frozen=True)
class Made:
    """A contract on the chain."""

    name: str
    address: Address
    block: int
    """Its block, or one before when the node does not remember it."""
    hash: bytes
    """Of the transaction that made it."""


class Maker:
    """Deploys with one account. What its journal knows is finished, not repeated."""

    def __init__(
        self,
        w3: Web3,
        wallet: Wallet,
        journal: DeployJournal,
        progress: Progress = no_progress,
        limit: int | None = None,
    ) -> None:
        """`limit` is the most wei that all transactions together may cost; None for no limit."""
        self._w3 = w3
        self._wallet = wallet
        self._journal = journal
        self._progress = progress
        self._limit = limit
        self._costs: dict[str, int] = {}

    def make(self) -> Sequence[Made]:
        """Deploy what is not there: forwarder, registry, key directory, in this order.

        Raises what `send` raises, and `TooDear`.
        """
        forwarder = self._one(FORWARDER, FORWARDER_NAME)
        return [forwarder, *(self._one(name, forwarder.address) for name in TRUSTING)]

    def make_lasting(self, confirmations: int) -> Sequence[Made]:
        """Deploy, and wait until each has so many blocks on top; send again what the chain dropped.

        Raises as `make`, `DeploymentDropped` when it goes on dropping.
        """
        for _ in range(ROUNDS):
            made = self.make()
            self._wait_for(max(one.block for one in made) + confirmations)
            dropped = [one.name for one in made if not self._lasts(one, confirmations)]
            if not dropped:
                return made
            self._tell(f"the chain dropped {', '.join(dropped)}: once more")
        raise DeploymentDropped(
            f"{', '.join(dropped)} went {ROUNDS} times. Run again when the chain is calm."
        )

    def _one(self, name: str, argument: str) -> Made:
        data = load(name).encode_constructor(argument)
        for attempt in self._journal.attempts(data):
            if (found := self._finish(attempt)) is not None:
                return found
        call = Call(None, data, f"deploy {name}")
        receipt = send(
            self._w3, self._wallet, call, progress=self._progress, journal=lambda raw: self._note(name, raw)
        )
        if receipt.contract is None:
            raise TransactionFailed(f"The node names no address of the deployed {name}.")
        return Made(name, receipt.contract, receipt.block, receipt.hash)

    def _note(self, name: str, raw: bytes) -> None:
        """Refuse what costs too much; write down what is about to be sent."""
        self._costs[name] = most_cost(fields_of(raw))
        total = sum(self._costs.values())
        if self._limit is not None and total > self._limit:
            much, agreed = show_coin(total, "coin"), show_coin(self._limit, "coin")
            raise TooDear(
                f"With {name} it could come to {much}; {agreed} were agreed to. It was not sent: "
                "run again, and it goes on from there at the price of then."
            )
        self._journal.note(name, raw, self._w3.eth.block_number)

    def _finish(self, attempt: Attempt) -> Made | None:
        """Give what a noted transaction made, waiting for it; None when it will never make it."""
        found = receipt_of(self._w3, attempt.hash)
        if found is not None:
            return _made(attempt, found) if found["status"] == 1 else None
        if stands(self._w3, attempt):
            return Made(attempt.contract, attempt.address, attempt.since, attempt.hash)
        if is_stranded(self._w3, attempt):
            return None
        self._tell(f"go on with deploy {attempt.contract}")
        return self._resume(attempt)

    def _resume(self, attempt: Attempt) -> Made | None:
        try:
            receipt = resume(self._w3, attempt.raw)
        except TransactionReplaced:
            self._tell(f"nonce {attempt.nonce} was taken by another transaction")
            return None
        except TransactionFailed:
            # Late is not lost. What the node does not even want (a fee of days ago) is made anew: with
            # the same nonce, so that only one of the two can ever be in a block.
            if is_known(self._w3, attempt.raw):
                raise
            return None
        return Made(attempt.contract, attempt.address, receipt.block, attempt.hash)

    def _wait_for(self, block: int) -> None:
        newest = self._w3.eth.block_number
        if newest < block:
            self._tell(f"wait for block {block}")
        deadline, pause = time.monotonic() + STANDSTILL, POLL
        while newest < block:
            if time.monotonic() > deadline:
                raise TransactionFailed(
                    f"Block {newest} has been the newest for {STANDSTILL:.0f} s; {block} is waited for. "
                    "Nothing is lost: run again."
                )
            time.sleep(pause)
            pause = min(pause * 1.5, MAX_POLL)
            before, newest = newest, self._w3.eth.block_number
            if newest > before:
                deadline = time.monotonic() + STANDSTILL

    def _lasts(self, made: Made, confirmations: int) -> bool:
        found = receipt_of(self._w3, made.hash)
        if found is None:
            return bool(self._w3.eth.get_code(made.address))
        return bool(
            found["blockNumber"] == made.block and made.block + confirmations <= self._w3.eth.block_number
        )

    def _tell(self, what: str) -> None:
        self._progress(what, 0, 1)


def stands(w3: Web3, attempt: Attempt) -> bool:
    """Say whether the contract is there; another transaction with this nonce may have made another one."""
    return load(attempt.contract).is_code_of(bytes(w3.eth.get_code(attempt.address)))


def is_stranded(w3: Web3, attempt: Attempt) -> bool:
    """Say whether a transaction waits for others of its account that are not there any more."""
    following = w3.eth.get_transaction_count(attempt.deployer, "pending")
    return attempt.nonce > following and not is_known(w3, attempt.raw)


def receipt_of(w3: Web3, transaction: bytes) -> Mapping[str, Any] | None:
    """Give the receipt of a transaction that is in a block."""
    try:
        return w3.eth.get_transaction_receipt(HexBytes(transaction))
    except TransactionNotFound:
        return None


def _made(attempt: Attempt, receipt: Mapping[str, Any]) -> Made:
    return Made(attempt.contract, attempt.address, receipt["blockNumber"], attempt.hash)


def constructor_arguments(forwarder: Address) -> Iterator[tuple[str, str]]:
    """Give each contract's name and what its constructor is told, in the order of deployment."""
    yield FORWARDER, FORWARDER_NAME
    for name in TRUSTING:
        yield name, forwarder
