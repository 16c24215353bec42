"""Requests that somebody signs and somebody else pays for (OpenZeppelin's ERC2771Forwarder)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pmr.chain.artifact import load
from pmr.chain.wallet import Wallet
from pmr.types import Address

FIELDS = ["from:address", "to:address", "value:uint256", "gas:uint256", "nonce:uint256", "deadline:uint48"]
DOMAIN = ["name:string", "version:string", "chainId:uint256", "verifyingContract:address"]


def typed(fields: list[str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in (field.split(":") for field in fields)]


@dataclass(frozen=True)
class Request:
    """What a signer wants to be sent to a contract."""

    sender: Address
    to: Address
    data: bytes
    nonce: int
    deadline: int
    gas: int = 5_000_000

    def message(self, chain_id: int, forwarder: Address) -> dict[str, Any]:
        """What is signed, as EIP-712 says."""
        return {
            "types": {"EIP712Domain": typed(DOMAIN), "ForwardRequest": typed([*FIELDS, "data:bytes"])},
            "primaryType": "ForwardRequest",
            "domain": {
                "name": "PMR Forwarder", "version": "1", "chainId": chain_id, "verifyingContract": forwarder,
            },
            "message": {
                "from": self.sender, "to": self.to, "value": 0, "gas": self.gas, "nonce": self.nonce,
                "deadline": self.deadline, "data": self.data,
            },
        }  # fmt: skip

    def signed(self, wallet: Wallet, chain_id: int, forwarder: Address) -> tuple[Any, ...]:
        """The forwarder's ForwardRequestData, with the wallet's signature."""
        signature = wallet.sign_typed(self.message(chain_id, forwarder))
        return self.sender, self.to, 0, self.gas, self.deadline, self.data, signature

    def execution(self, wallet: Wallet, chain_id: int, forwarder: Address) -> bytes:
        """The forwarder's calldata."""
        return load("ERC2771Forwarder").encode("execute", self.signed(wallet, chain_id, forwarder))
