"""A contract at an address: reads as typed values, writes as `Call`s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3

from pmr.chain.artifact import Artifact
from pmr.chain.connection import BlockName
from pmr.chain.transaction import Call, refusals
from pmr.errors import ChainError, NotDeployed
from pmr.types import Address


@dataclass(frozen=True)
class Contract:
    """An artifact that stands on a chain."""

    w3: Web3
    artifact: Artifact
    address: Address

    def read(self, function: str, *arguments: Any, block: BlockName | None = None) -> tuple[Any, ...]:
        """Ask a view; raise its `ContractError`, `NotDeployed` when nothing answers, or `ChainError`."""
        question: Any = {"to": self.address, "data": "0x" + self.artifact.encode(function, *arguments).hex()}
        with refusals(ChainError):
            answer = bytes(self.w3.eth.call(question, "latest" if block is None else block))  # type: ignore[arg-type]  # web3 narrows str to its literals
        if not answer:
            raise NotDeployed(f"Nothing answers {self.artifact.name}.{function} at {self.address}.")
        return self.artifact.decode(function, answer)

    def call(self, description: str, function: str, *arguments: Any) -> Call:
        """Give the call of a function."""
        return Call(self.address, self.artifact.encode(function, *arguments), description)

    def batch(self, calls: Sequence[Call]) -> Call:
        """Give one call that does all of these, or none of them."""
        description = "; ".join(dict.fromkeys(call.description for call in calls))
        return self.call(description, "multicall", [call.data for call in calls])
