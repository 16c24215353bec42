"""The chain as the server asks it: a seam that tests replace, and what stands behind it."""

from __future__ import annotations

from typing import Any, Protocol

from web3 import Web3

from pmr.chain.connection import Head, head
from pmr.chain.deploy import verify
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import refusals
from pmr.errors import RecordNotFound
from pmr.server.word import asking_code, asking_gas
from pmr.types import Address, Deployment, Digest, Grant, RecordId


class Chain(Protocol):
    """What the contracts say now, and how old that is."""

    def head(self) -> Head:
        """The newest block; raise `ChainUnavailable`."""

    def root_of(self, record: RecordId) -> Digest | None:
        """The current root of a record; None when there is no such record."""

    def can_read(self, record: RecordId, account: Address) -> bool:
        """What `RecordRegistry.canRead` says; False for what does not exist."""

    def grant_of(self, record: RecordId, account: Address) -> Grant:
        """The grant of an account; one that is not live when there is none."""

    def code_at(self, account: Address) -> bytes:
        """The contract code of an account; empty for an ordinary one."""

    def call(self, to: Address, data: bytes, gas: int) -> bytes:
        """Give the one word (32 bytes) that a contract answers when called with `data` and at most `gas`.

        Without a transaction. Zero when it fails or answers with another length; what else it says is never
        read. Raises `ChainError` when it cannot be asked.
        """

    def check(self) -> None:
        """Raise `ChainError` unless the chain answers and the contracts stand where they should."""


class DeployedContracts:
    """A `Chain` behind JSON-RPC."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        """Ask the contracts of a deployment."""
        self._w3 = w3
        self._deployment = deployment
        self._registry = RecordRegistry(w3, deployment)

    def head(self) -> Head:
        """As `Chain` says."""
        return head(self._w3)

    def root_of(self, record: RecordId) -> Digest | None:
        """As `Chain` says."""
        try:
            return self._registry.record(record)[1]
        except RecordNotFound:
            return None

    def can_read(self, record: RecordId, account: Address) -> bool:
        """As `Chain` says."""
        return self._registry.can_read(record, account)

    def grant_of(self, record: RecordId, account: Address) -> Grant:
        """As `Chain` says."""
        return self._registry.grant_of(record, account)

    def code_at(self, account: Address) -> bytes:
        """As `Chain` says."""
        return bytes(self._w3.eth.get_code(account))

    def call(self, to: Address, data: bytes, gas: int) -> bytes:
        """As `Chain` says."""
        code = asking_code(to, data, gas)
        question: Any = {"data": "0x" + code.hex(), "gas": hex(asking_gas(code, gas))}
        with refusals():
            return bytes(self._w3.eth.call(question))

    def check(self) -> None:
        """As `Chain` says."""
        verify(self._w3, self._deployment)
