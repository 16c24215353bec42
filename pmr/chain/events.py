"""The contracts' events: the log of who was allowed what. The only place that asks for logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

from eth_abi import abi as codec
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address
from web3 import Web3
from web3.types import RPCEndpoint

from pmr.chain.artifact import WORD, load
from pmr.errors import ChainError
from pmr.types import POSITION_BITS, Address, Deployment, Digest, RecordId

FIRST_RANGE = 10_000
"""Blocks asked for at first. It grows while nodes answer, and shrinks when they refuse."""

_CONTRACTS = ("RecordRegistry", "KeyDirectory")

Log = Mapping[str, Any]
Topics = Sequence[bytes | Sequence[bytes] | None]
"""One entry a topic: a value, several to choose from, or None for any."""


@dataclass(frozen=True)
class Place:
    """Where in the chain an event is."""

    block: int
    block_hash: bytes
    log_index: int
    transaction: bytes


@dataclass(frozen=True)
class Event:
    """What happened, and where in the chain."""

    place: Place


@dataclass(frozen=True)
class RecordCreated(Event):
    """`owner` registered a record."""

    id: RecordId
    owner: Address
    root: Digest


@dataclass(frozen=True)
class RecordRevised(Event):
    """A record has a new root."""

    id: RecordId
    root: Digest


@dataclass(frozen=True)
class AccessGranted(Event):
    """A reader may read a record until `expires_at` (Unix seconds, 0 for no end)."""

    id: RecordId
    reader: Address
    expires_at: int
    purpose: int
    envelope: Digest


@dataclass(frozen=True)
class AccessRevoked(Event):
    """A reader may no longer read a record."""

    id: RecordId
    reader: Address


@dataclass(frozen=True)
class KeyPublished(Event):
    """An account published a key bundle."""

    account: Address
    version: int
    bundle: Digest


def signature(event: type[Event]) -> bytes:
    """Give the first topic of a kind of event."""
    return next(key for key, kind in _kinds().items() if kind is event)


def record_topic(record: RecordId) -> bytes:
    """Give a record id as a topic."""
    return record.word.to_bytes(WORD, "big")


def address_topic(account: Address) -> bytes:
    """Give an account as a topic."""
    return bytes(12) + bytes.fromhex(account[2:])


def decode(log: Log) -> Event:
    """Read a log of our contracts, as JSON-RPC or web3 gives it; raise `ChainError` for any other."""
    try:
        return _decode(log)
    except (DecodingError, ValueError, KeyError, TypeError) as error:
        raise ChainError(f"A log is malformed: {error}.") from None


def _decode(log: Log) -> Event:
    topics = [_bytes(value) for value in log["topics"]]
    if not topics or topics[0] not in _kinds():
        raise ChainError("A log is of an event that PMR does not know.")
    kind = _kinds()[topics[0]]
    return kind(_place(log), *_read(kind, topics[1:], _bytes(log["data"])))


def decode_known(logs: Iterable[Log]) -> Iterator[Event]:
    """Read the logs that are of our contracts' events and leave out the others."""
    known = _kinds()
    for log in logs:
        if log["topics"] and _bytes(log["topics"][0]) in known:
            yield decode(log)


def fetch_events(
    w3: Web3, deployment: Deployment, first: int, last: int, topics: Topics = ()
) -> Iterator[Event]:
    """Give our contracts' events of the blocks `first` to `last`, in the chain's order.

    Raises `ChainError` when the node refuses a single block, `ChainUnavailable`.
    """
    addresses = [deployment.registry, deployment.key_directory]
    return decode_known(fetch_logs(w3, addresses, topics, first, last))


def grants_of(w3: Web3, deployment: Deployment, record: RecordId, reader: Address) -> list[AccessGranted]:
    """Give every grant of a record to a reader up to the newest block, oldest first."""
    topics = [signature(AccessGranted), record_topic(record), address_topic(reader)]
    found = fetch_events(w3, deployment, deployment.block, w3.eth.block_number, topics)
    return [event for event in found if isinstance(event, AccessGranted)]


def history_of(w3: Web3, deployment: Deployment, record: RecordId) -> list[Event]:
    """Give everything that happened to a record up to the newest block, oldest first."""
    kinds = [signature(kind) for kind in (RecordCreated, RecordRevised, AccessGranted, AccessRevoked)]
    topics: Topics = [kinds, record_topic(record)]
    return list(fetch_events(w3, deployment, deployment.block, w3.eth.block_number, topics))


def fetch_logs(
    w3: Web3, addresses: Sequence[Address], topics: Topics, first: int, last: int
) -> Iterator[Log]:
    """Give raw logs of the blocks `first` to `last`: fewer blocks at a time where a node wants that.

    Raises `ChainError` when the node refuses a single block, `ChainUnavailable`.
    """
    span = FIRST_RANGE
    while first <= last:
        end = min(first + span - 1, last)
        answer = _ask(w3, addresses, topics, first, end)
        if "error" in answer:
            if end == first:
                raise ChainError(f"The node refuses the logs of block {first}: {answer['error']}.")
            span = (end - first + 1) // 2
            continue
        yield from cast(list[Log], answer["result"])
        first, span = end + 1, span * 2


def _ask(w3: Web3, addresses: Sequence[Address], topics: Topics, first: int, last: int) -> Mapping[str, Any]:
    wanted = {
        "address": list(addresses),
        "topics": [_hex(value) for value in topics],
        "fromBlock": hex(first),
        "toBlock": hex(last),
    }
    # Not through web3's formatters, which take 50 times as long as the decoding here.
    return cast(Mapping[str, Any], w3.provider.make_request(RPCEndpoint("eth_getLogs"), [wanted]))


def _hex(value: bytes | Sequence[bytes] | None) -> str | list[Any] | None:
    if value is None:
        return None
    return "0x" + value.hex() if isinstance(value, bytes) else [_hex(one) for one in value]


def _place(log: Log) -> Place:
    return Place(
        block=_number(log["blockNumber"]),
        block_hash=_bytes(log["blockHash"]),
        log_index=_number(log["logIndex"]),
        transaction=_bytes(log["transactionHash"]),
    )


def _bytes(value: str | bytes) -> bytes:
    return bytes.fromhex(value[2:]) if isinstance(value, str) else bytes(value)


def _number(value: int | str) -> int:
    return value if isinstance(value, int) else int(value, 16)


def _read(kind: type[Event], topics: Sequence[bytes], data: bytes) -> list[Any]:
    """Give the fields of an event: in each of ours, the indexed ones come first."""
    inputs = _inputs(kind.__name__)
    types = [field["type"] for field in inputs]
    return [
        _typed(field, value)
        for field, value in zip(inputs, codec.decode(types, b"".join(topics) + data), strict=True)
    ]


def _typed(field: Mapping[str, Any], value: Any) -> Any:
    if field["internalType"] == "RecordId":
        return RecordId(_account((value >> POSITION_BITS).to_bytes(20, "big")), value % (1 << POSITION_BITS))
    return _account(bytes.fromhex(value[2:])) if field["type"] == "address" else value


@lru_cache(maxsize=4096)
def _account(data: bytes) -> Address:
    """Give an address its checksum, which takes longer than all else about a log."""
    return to_checksum_address(data)


@cache
def _kinds() -> Mapping[bytes, type[Event]]:
    named = {kind.__name__: kind for kind in Event.__subclasses__()}
    return {key: named[entry["name"]] for name in _CONTRACTS for key, entry in load(name).events.items()}


@cache
def _inputs(name: str) -> Sequence[Mapping[str, Any]]:
    entries = {entry["name"]: entry for contract in _CONTRACTS for entry in load(contract).events.values()}
    return cast(Sequence[Mapping[str, Any]], entries[name]["inputs"])
