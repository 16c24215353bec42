"""What a deployment has signed so far, noted before it is sent, so that a run cut off goes on.

It holds no secret: signed transactions are what everybody sees once they are sent.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from eth_utils import keccak
from web3.types import Nonce
from web3.utils.address import get_create_address

from pmr.chain.transaction import fields_of
from pmr.chain.whole_file import write_whole
from pmr.errors import BadInput, DamagedState, DeploymentUnfinished
from pmr.types import Address


@dataclass(frozen=True)
class Attempt:
    """A signed transaction that deploys a contract."""

    contract: str
    deployer: Address
    raw: bytes
    since: int
    """The newest block when it was signed: it is in none before."""

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The transaction's fields, by the names of EIP-1559 and EIP-2930."""
        return fields_of(self.raw)

    @property
    def nonce(self) -> int:
        """Which of the deployer's transactions it is."""
        return int(self.fields["nonce"])

    @property
    def hash(self) -> bytes:
        """Its name on chain."""
        return keccak(self.raw)

    @property
    def address(self) -> Address:
        """Where the contract will stand, or stands."""
        return get_create_address(self.deployer, Nonce(self.nonce))


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    contract: str
    nonce: int
    address: str
    hash: str
    since: int
    transaction: str


class _File(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    chain_id: int
    deployer: str
    transactions: list[_Sent]


class DeployJournal:
    """The attempts of one account on one chain, in a file, or in memory alone."""

    def __init__(self, deployer: Address, path: Path | None = None, chain_id: int = 0) -> None:
        """Read the file if there is one.

        Raises `DeploymentUnfinished` when another account wrote it, `DamagedState` when it is unreadable.
        """
        self.deployer = deployer
        self._path = path
        self._chain_id = chain_id
        self._attempts = self._read(path) if path is not None and path.exists() else []

    def attempts(self, data: bytes) -> list[Attempt]:
        """Give the transactions that deploy exactly this, latest first."""
        return [attempt for attempt in reversed(self._attempts) if bytes(attempt.fields["data"]) == data]

    def note(self, contract: str, raw: bytes, since: int) -> None:
        """Keep a signed transaction; it is on disk when this returns."""
        self._attempts.append(Attempt(contract, self.deployer, raw, since))
        if self._path is not None:
            sent = [_sent(attempt) for attempt in self._attempts]
            file = msgspec.json.encode(_File(self._chain_id, self.deployer, sent))
            write_whole(self._path, msgspec.json.format(file, indent=2).decode() + "\n")

    def _read(self, path: Path) -> list[Attempt]:
        try:
            file = msgspec.json.decode(path.read_bytes(), type=_File)
            attempts = [self._attempt(sent) for sent in file.transactions]
        except (OSError, ValueError, BadInput) as error:
            raise DamagedState(
                f"{path}: {error} It says what a deployment sent: restore it, or remove it to deploy anew."
            ) from None
        if file.deployer != self.deployer:
            raise DeploymentUnfinished(
                f"{path} was begun by {file.deployer}, not {self.deployer}: go on with that account's key, "
                "or remove the file to begin anew, which leaves unused what was deployed."
            )
        return attempts

    def _attempt(self, sent: _Sent) -> Attempt:
        raw = bytes.fromhex(sent.transaction[2:])
        fields_of(raw)
        return Attempt(sent.contract, self.deployer, raw, sent.since)


def _sent(attempt: Attempt) -> _Sent:
    return _Sent(
        attempt.contract,
        attempt.nonce,
        attempt.address,
        "0x" + attempt.hash.hex(),
        attempt.since,
        "0x" + attempt.raw.hex(),
    )


def journal_path(folder: Path, chain_id: int) -> Path:
    """Give the path of a chain's journal, which is there while a deployment is unfinished."""
    return folder / f"{chain_id}.unfinished.json"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder of deployments; raise `DeploymentUnfinished` while another process does."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DeploymentUnfinished(f"Another process deploys into {folder}: wait for it.") from None
