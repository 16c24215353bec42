"""The contracts through web3's own contract objects, not through pmr's: a second opinion on the ABI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from chain.in_process import Chain
from eth_abi import abi
from eth_utils import keccak
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError

from pmr.chain.artifact import load

GAS = 25_000_000
ZERO = "0x" + "00" * 20
FOREVER = 0


def root(number: int) -> bytes:
    """Some root, or any other digest, that is not zero."""
    return keccak(text=f"root {number}")


@dataclass(frozen=True)
class Ledger:
    """Both contracts and five accounts."""

    chain: Chain
    registry: Contract
    keys: Contract
    forwarder: Contract
    alice: str
    bob: str
    carol: str
    dave: str
    relayer: str

    def word(self, owner: str, position: int) -> int:
        """A record id, as docs/format.md says."""
        return int(owner, 16) << 48 | position

    def send(self, who: str, call: ContractFunction) -> list[tuple[str, dict[str, Any]]]:
        """Send a call and give its events by name; raise web3's error when it reverts."""
        call.call({"from": who, "gas": GAS})
        return self.events(self.mine(who, call))

    def mine(self, who: str, call: ContractFunction) -> Any:
        """Send a call and give its receipt."""
        w3 = self.chain.w3
        receipt = w3.eth.get_transaction_receipt(call.transact({"from": who, "gas": GAS}))
        assert receipt["status"] == 1
        return receipt

    def events(self, receipt: Any) -> list[tuple[str, dict[str, Any]]]:
        """Decode a receipt's events with web3."""
        found = []
        for log in receipt["logs"]:
            source = self.registry if log["address"] == self.registry.address else self.keys
            event = source.get_event_by_topic(log["topics"][0].to_0x_hex()).process_log(log)
            found.append((event["event"], dict(event["args"])))
        return found

    def create(self, owner: str, count: int = 1) -> list[int]:
        """Register records and give their ids."""
        first = self.registry.functions.recordsOf(owner, 0, 0).call()[1]
        for position in range(first, first + count):
            self.mine(owner, self.registry.functions.create(position, root(position)))
        return [self.word(owner, position) for position in range(first, first + count)]

    def grant(self, record: int, reader: str, expires_at: int = FOREVER, purpose: int = 1) -> None:
        """Grant as the record's owner."""
        owner = self.chain.w3.to_checksum_address((record >> 48).to_bytes(20, "big"))
        self.mine(owner, self.registry.functions.grant(record, reader, expires_at, purpose, root(0)))

    def revoke(self, record: int, reader: str) -> None:
        """Revoke as the record's owner."""
        owner = self.chain.w3.to_checksum_address((record >> 48).to_bytes(20, "big"))
        self.mine(owner, self.registry.functions.revoke(record, reader))


@pytest.fixture
def ledger(chain: Chain) -> Ledger:
    """The deployed contracts."""
    place = chain.deployment

    def at(address: str, name: str) -> Contract:
        return chain.w3.eth.contract(address=chain.w3.to_checksum_address(address), abi=load(name).abi)

    return Ledger(
        chain,
        at(place.registry, "RecordRegistry"),
        at(place.key_directory, "KeyDirectory"),
        at(place.forwarder, "ERC2771Forwarder"),
        *(wallet.address for wallet in chain.wallets[:5]),
    )


@contextmanager
def refused(signature: str, *values: Any) -> Iterator[None]:
    """Expect a revert with exactly this error, written as Solidity's signature, and these values."""
    types = signature[signature.index("(") + 1 : -1]
    data = keccak(text=signature)[:4] + abi.encode(types.split(",") if types else [], values)
    with pytest.raises(ContractLogicError) as caught:
        yield
    assert caught.value.data == "0x" + data.hex()
