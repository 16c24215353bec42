"""Calls that change the chain: tried first, then signed, sent and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError

from pmr.chain.connection import message
from pmr.chain.events import Event, decode_known
from pmr.chain.reverts import decode_revert
from pmr.chain.wallet import Wallet
from pmr.errors import (
    BadInput,
    ChainError,
    ContractError,
    NoFunds,
    TransactionFailed,
    TransactionReplaced,
    TransactionTooLarge,
)
from pmr.types import Address, Progress, no_progress

ATTEMPTS = 20
"""How often a transaction gets a new nonce when others send from the same account at once."""
TIMEOUT = 180.0
"""Seconds to wait until a transaction is in a block."""
POLL = 0.1
MAX_POLL = 2.0
MOST_GAS = 1 << 24
"""Gas that one transaction may have (EIP-7825, https://eips.ethereum.org/EIPS/eip-7825)."""
SURE = 4
"""How often a transaction must be missed after its nonce was used: receipts can lag behind."""

Journal = Callable[[bytes], None]
"""Given the signed transaction before it is sent, so that a crash loses nothing."""

_NONCE_TAKEN = ("nonce too low", "replacement transaction", "replacement fee", "oldnonce", "nonce is too low")
_NO_FUNDS = "insufficient funds"
_KNOWN = ("already known", "already imported", "known transaction", "alreadyknown")


@dataclass(frozen=True)
class Call:
    """Something to send to a contract. `description` is for people: `register record 0x…/7`."""

    to: Address | None
    """None deploys a contract."""
    data: bytes
    description: str


@dataclass(frozen=True)
class Receipt:
    """A transaction that is in a block and did what it should."""

    hash: bytes
    block: int
    gas_used: int
    seconds: float
    """From the first try until the block was seen."""
    logs: tuple[Event, ...]
    """The events of our contracts, in order."""
    contract: Address | None
    """Where a deployed contract stands."""


def send(  # noqa: PLR0913 (the last three have defaults and are named)
    w3: Web3,
    wallet: Wallet,
    call: Call,
    *,
    progress: Progress = no_progress,
    journal: Journal | None = None,
    timeout: float = TIMEOUT,
) -> Receipt:
    """Send a call and wait until it is in a block.

    It is tried on the pending block first, so that a refusal costs nothing. Threads and processes
    may send from one account at once.

    Raises a `ContractError` when the contract refuses, `NoFunds`, `TransactionTooLarge`,
    `ChainUnavailable`, and `TransactionFailed` when it is not in a block in `timeout` seconds.
    """
    started = time.monotonic()
    progress(call.description, 0, 1)
    for _ in range(ATTEMPTS):
        raw = _submit(w3, wallet, call, journal)
        found = _wait(w3, raw, started + timeout) if raw else None
        if found is not None:
            progress(call.description, 1, 1)
            return _accept(w3, raw, found, time.monotonic() - started)
        time.sleep(POLL)
    raise TransactionFailed(f"{call.description}: other transactions of {wallet.address} took its place.")


def resume(w3: Web3, raw: bytes, *, timeout: float = TIMEOUT) -> Receipt:
    """Send a transaction from a journal again, unless it is in a block already, and wait for it.

    Raises as `send` does; `TransactionReplaced` when another one took its nonce, `BadInput` for bytes
    that are no signed transaction.
    """
    started = time.monotonic()
    fields_of(raw)
    if _find(w3, keccak(raw)) is not None or _offer(w3, raw):
        found = _wait(w3, raw, started + timeout)
        if found is not None:
            return _accept(w3, raw, found, time.monotonic() - started)
    raise TransactionReplaced(f"Another transaction of {_sender(raw)} took its nonce.")


def is_known(w3: Web3, raw: bytes) -> bool:
    """Say whether a transaction of a journal is in a block, or waits for one at this node.

    One that is not may be left for good: the next of its account takes its nonce.
    """
    try:
        w3.eth.get_transaction(HexBytes(keccak(raw)))
    except TransactionNotFound:
        return False
    return True


@contextmanager
def refusals(otherwise: type[ChainError] = TransactionFailed) -> Iterator[None]:
    """Turn what web3 raises when a contract or a node refuses into errors of PMR.

    `otherwise` is for what a node refuses by itself.
    """
    try:
        yield
    except ContractLogicError as error:
        raise decode_revert(_revert_data(error)) from None
    except Web3RPCError as error:
        reason = message(error)
        if _NO_FUNDS in reason.lower():
            raise NoFunds(f"The node says: {reason}.") from None
        raise otherwise(f"The node says: {reason}.") from None


def _revert_data(error: ContractLogicError) -> bytes:
    text = error.data if isinstance(error.data, str) else ""
    try:
        return bytes.fromhex(text.removeprefix("Reverted ").removeprefix("0x"))
    except ValueError:
        return b""


def _submit(w3: Web3, wallet: Wallet, call: Call, journal: Journal | None) -> bytes:
    """Give the transaction that the node took; nothing when its nonce was taken meanwhile."""
    with wallet.lock:
        raw = wallet.sign_transaction(_prepare(w3, wallet.address, call))
        if journal is not None:
            journal(raw)
        return raw if _offer(w3, raw) else b""


def _prepare(w3: Web3, sender: Address, call: Call) -> dict[str, Any]:
    """Fill in a transaction; raise what the contract would."""
    fields: dict[str, Any] = {"from": sender, "data": "0x" + call.data.hex(), "value": 0}
    if call.to is not None:
        fields["to"] = call.to
    with refusals():
        fields["nonce"] = w3.eth.get_transaction_count(sender, "pending")
        gas = w3.eth.estimate_gas(fields, "pending")  # type: ignore[arg-type]  # a TxParams, built in steps
        if gas > MOST_GAS:
            raise TransactionTooLarge(f"{call.description} needs {gas:,} gas; the most is {MOST_GAS:,}.")
        fields |= {"gas": with_reserve(gas), "chainId": w3.eth.chain_id} | fees(w3)
        _check_funds(w3, sender, most_cost(fields))
    del fields["from"]
    return fields


def fees(w3: Web3) -> dict[str, Any]:
    """Give a transaction's type and its fees in wei per gas.

    EIP-1559 fees that hold while the base fee doubles; one gas price (EIP-2930) where blocks have no
    base fee, as on networks that stopped at Berlin.
    """
    base = w3.eth.get_block("latest").get("baseFeePerGas")
    if base is None:
        return {"type": 1, "accessList": [], "gasPrice": w3.eth.gas_price}
    tip = w3.eth.max_priority_fee
    return {"type": 2, "maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base + tip}


def most_cost(fields: Mapping[str, Any]) -> int:
    """Give the wei that a transaction can cost at most."""
    return int(fields["gas"]) * int(fields["maxFeePerGas" if "maxFeePerGas" in fields else "gasPrice"])


def with_reserve(gas: int) -> int:
    """Give a gas limit: what others do before this is mined can make it dearer.

    An empty inbox becomes a full one, for example.
    """
    return min(gas + gas // 5, MOST_GAS)


def _check_funds(w3: Web3, sender: Address, cost: int) -> None:
    balance = w3.eth.get_balance(sender, "pending")
    if balance < cost:
        raise NoFunds(f"{sender} has {balance} wei and may need {cost}.")


def _offer(w3: Web3, raw: bytes) -> bool:
    """Give a signed transaction to the node; say whether it has it, now or from before."""
    try:
        w3.eth.send_raw_transaction(raw)
    except Web3RPCError as error:
        reason = message(error).lower()
        if any(words in reason for words in _KNOWN):
            return True
        if any(words in reason for words in _NONCE_TAKEN):
            # It may be this very one that is in a block: an answer was lost and the request repeated.
            return _find(w3, keccak(raw)) is not None
        with refusals():
            raise
    return True


def _wait(w3: Web3, raw: bytes, deadline: float) -> Mapping[str, Any] | None:
    """Give the receipt; None when another transaction took the nonce. `TransactionFailed` if late."""
    sender, nonce, pause, missing = _sender(raw), fields_of(raw)["nonce"], POLL, 0
    while time.monotonic() < deadline:
        used = w3.eth.get_transaction_count(sender, "latest")
        found = _find(w3, keccak(raw))
        if found is not None:
            return found
        missing += used > nonce
        if missing == SURE:
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, MAX_POLL)
    raise TransactionFailed(f"0x{keccak(raw).hex()} is not in a block yet; it may still get there.")


def _find(w3: Web3, transaction: bytes) -> Mapping[str, Any] | None:
    try:
        return w3.eth.get_transaction_receipt(HexBytes(transaction))
    except TransactionNotFound:
        return None


def _accept(w3: Web3, raw: bytes, found: Mapping[str, Any], seconds: float) -> Receipt:
    if found["status"] != 1:
        raise _reason(w3, raw, found)
    return Receipt(
        hash=bytes(found["transactionHash"]),
        block=found["blockNumber"],
        gas_used=found["gasUsed"],
        seconds=seconds,
        logs=tuple(decode_known(found["logs"])),
        contract=found["contractAddress"],
    )


def _reason(w3: Web3, raw: bytes, found: Mapping[str, Any]) -> ContractError | TransactionFailed:
    """Say why a transaction reverted: it is tried again on the state before its block."""
    fields = fields_of(raw)
    attempt: dict[str, Any] = {"from": _sender(raw), "to": fields.get("to"), "data": fields["data"]}
    try:
        with refusals():
            w3.eth.call(attempt, found["blockNumber"] - 1)  # type: ignore[arg-type]  # a TxParams
    except (ContractError, TransactionFailed) as error:
        return error
    return TransactionFailed(f"0x{keccak(raw).hex()} reverted in block {found['blockNumber']}.")


def _sender(raw: bytes) -> Address:
    return to_checksum_address(Account.recover_transaction(raw))


def fields_of(raw: bytes) -> dict[str, Any]:
    """Read a signed transaction; raise `BadInput` for other bytes."""
    try:
        return TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    except Exception:  # noqa: BLE001 (RLP, its sizes and its checks each raise errors of their own)
        raise BadInput("These bytes are not a signed transaction (EIP-2718).") from None
