"""Measure what calls to the ledger cost and write snapshots/gas.json; tests measure by the same code.

What is measured, and in which state: snapshots/README.md. A view is measured as a transaction too, so
that its figure is the gas that an `eth_call` needs.

Usage: python scripts/snapshot_gas.py
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils import to_checksum_address
from web3 import Web3

from pmr.chain.artifact import load
from pmr.chain.connection import connect
from pmr.chain.deploy import deploy_contracts
from pmr.chain.node import CHAIN_ID, LocalNode, accounts
from pmr.types import Deployment, RecordId

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "snapshots" / "gas.json"
BATCH = 100
PAGE = 50
EXPIRY = 2**32 - 1
PURPOSE = 1
MOST_GAS = 16_000_000


def digest(number: int) -> bytes:
    """Give the digest of something, the dearest kind: without a zero byte."""
    return bytes(byte or 1 for byte in hashlib.sha256(f"digest {number}".encode()).digest())


def stranger(number: int) -> ChecksumAddress:
    """Give an account that nobody has used, without a zero byte."""
    return to_checksum_address(digest(1_000_000 + number)[:20])


@dataclass(frozen=True)
class Meter:
    """Sends calls to the registry from one unlocked account and gives the gas used."""

    w3: Web3
    deployment: Deployment
    owner: ChecksumAddress

    def spend(self, function: str, *arguments: Any) -> int:
        """Send one call."""
        return self._send(load("RecordRegistry").encode(function, *arguments))

    def spend_batch(self, function: str, calls: Sequence[Sequence[Any]]) -> int:
        """Send one multicall of calls to one function."""
        return self.spend("multicall", [load("RecordRegistry").encode(function, *call) for call in calls])

    def create_many(self, first: int, count: int) -> int:
        """Register records at the positions from `first` on, in one transaction."""
        return self.spend_batch("create", [(place, digest(place)) for place in range(first, first + count)])

    def grant_many(self, first: int, count: int, reader: ChecksumAddress) -> int:
        """Share the records at the positions from `first` on with one reader, in one transaction."""
        return self.spend_batch("grant", [self.share(n, reader) for n in range(first, first + count)])

    def share(self, position: int, reader: ChecksumAddress) -> tuple[Any, ...]:
        """Give what `grant` takes."""
        return self.word(position), reader, EXPIRY, PURPOSE, digest(position)

    def word(self, position: int) -> int:
        """Give a record of the owner as the contract names it."""
        return RecordId(self.owner, position).word

    def _send(self, data: bytes) -> int:
        transaction: Any = {
            "from": self.owner,
            "to": self.deployment.registry,
            "data": "0x" + data.hex(),
            "gas": MOST_GAS,
        }
        receipt = self.w3.eth.wait_for_transaction_receipt(self.w3.eth.send_transaction(transaction))
        if receipt["status"] != 1:
            raise SystemExit(f"The registry refused {transaction}.")
        return receipt["gasUsed"]


def measure(w3: Web3, deployment: Deployment) -> dict[str, int]:
    """Give the gas of each kind of call; the chain's first two accounts have not used the registry yet."""
    owner, reader = list(w3.eth.accounts)[:2]
    meter = Meter(w3, deployment, owner)
    meter.create_many(0, 2)
    meter.grant_many(0, 1, reader)
    return measure_single(meter, 2, reader) | measure_batches(meter, 3, reader)


def measure_single(meter: Meter, position: int, reader: ChecksumAddress) -> dict[str, int]:
    """Create a record at the next position and do all that can be done with it."""
    record, later = meter.word(position), EXPIRY - 1
    return {
        "create": meter.spend("create", position, digest(position)),
        "grant": meter.spend("grant", *meter.share(position, reader)),
        "regrant": meter.spend("grant", record, reader, later, PURPOSE + 1, digest(position + 1)),
        "revoke": meter.spend("revoke", record, reader),
        "revise": meter.spend("revise", record, digest(position), digest(position + 1)),
    }


def measure_batches(meter: Meter, position: int, reader: ChecksumAddress) -> dict[str, int]:
    """Create 100 records and share all of them, then read a page of both lists."""
    return {
        "create_batch_100": each(meter.create_many(position, BATCH)),
        "grant_batch_100": each(meter.grant_many(position, BATCH, reader)),
        "created_page_50": meter.spend("recordsOf", meter.owner, PAGE, PAGE),
        "shared_page_50": meter.spend("sharedWith", reader, meter.word(position + PAGE), PAGE),
    }


def measure_circle(w3: Web3, deployment: Deployment) -> int:
    """Share one record with 100 readers, who each have an inbox; give the gas of each grant.

    Each inbox has a head of its own to be changed, so this is dearer than 100 records for one reader.
    """
    meter = Meter(w3, deployment, w3.eth.accounts[0])
    meter.create_many(0, 2)
    readers = [stranger(number) for number in range(BATCH)]
    known, new = ([meter.share(position, reader) for reader in readers] for position in (0, 1))
    meter.spend_batch("grant", known)
    return each(meter.spend_batch("grant", new))


def each(gas: int) -> int:
    """Give one call's part of a batch's gas, rounded up."""
    return -(-gas // BATCH)


def main() -> None:
    """Measure on a local chain that is removed afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalNode(Path(folder) / "chain.json", 0, node_modules=ROOT / "node_modules") as node,
    ):
        w3 = connect([node.url], CHAIN_ID)
        found = measure(w3, deploy_contracts(w3, accounts()[9], CHAIN_ID))
    SNAPSHOT.parent.mkdir(exist_ok=True)
    SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n", "utf8")
    print(SNAPSHOT.read_text("utf8"), end="")


if __name__ == "__main__":
    main()
