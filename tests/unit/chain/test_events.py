"""Logs become typed events; ranges shrink and grow as the node wants."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak
from web3 import Web3
from web3.providers.base import BaseProvider

from pmr.chain import events
from pmr.errors import ChainError
from pmr.types import RecordId, parse_address

ALICE = parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
BOB = parse_address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
RECORD = RecordId(ALICE, 7)
PMR = Path(events.__file__).parents[1]


def log(signature: str, topics: list[bytes], data: bytes) -> dict[str, Any]:
    """A log as JSON-RPC gives it."""
    return {
        "topics": ["0x" + topic.hex() for topic in [keccak(text=signature), *topics]],
        "data": "0x" + data.hex(),
        "blockNumber": "0x10",
        "blockHash": "0x" + "aa" * 32,
        "logIndex": "0x2",
        "transactionHash": "0x" + "bb" * 32,
    }


def word(value: int | str) -> bytes:
    return (int(value, 16) if isinstance(value, str) else value).to_bytes(32, "big")


PLACE = events.Place(16, b"\xaa" * 32, 2, b"\xbb" * 32)
ROOT = b"\x05" * 32
GRANTED = "AccessGranted(uint208,address,uint40,uint8,bytes32)"
CASES = [
    (
        log("RecordCreated(uint208,address,bytes32)", [word(RECORD.word), word(ALICE)], ROOT),
        events.RecordCreated(PLACE, RECORD, ALICE, ROOT),
    ),
    (
        log("RecordRevised(uint208,bytes32)", [word(RECORD.word)], ROOT),
        events.RecordRevised(PLACE, RECORD, ROOT),
    ),
    (
        log(GRANTED, [word(RECORD.word), word(BOB)], word(9) + word(3) + ROOT),
        events.AccessGranted(PLACE, RECORD, BOB, 9, 3, ROOT),
    ),
    (
        log("AccessRevoked(uint208,address)", [word(RECORD.word), word(BOB)], b""),
        events.AccessRevoked(PLACE, RECORD, BOB),
    ),
    (
        log("KeyPublished(address,uint48,bytes32)", [word(BOB)], word(4) + ROOT),
        events.KeyPublished(PLACE, BOB, 4, ROOT),
    ),
]


@pytest.mark.parametrize(("raw", "expected"), CASES, ids=[type(e).__name__ for _, e in CASES])
def test_decode_gives_the_event(raw: Mapping[str, Any], expected: events.Event) -> None:
    assert events.decode(raw) == expected


@pytest.mark.parametrize(
    "raw", [log("Transfer(address)", [word(BOB)], b""), log("", [], b"") | {"topics": []}]
)
def test_decode_of_a_strange_log_is_refused(raw: Mapping[str, Any]) -> None:
    with pytest.raises(ChainError):
        events.decode(raw)
    assert list(events.decode_known([raw])) == []


@pytest.mark.parametrize(
    "raw",
    [
        log("RecordRevised(uint208,bytes32)", [word(RECORD.word)], b""),
        log("RecordRevised(uint208,bytes32)", [], ROOT),
        log("RecordRevised(uint208,bytes32)", [word(2**255)], ROOT),
        {**CASES[1][0], "data": "0xzz"},
        {**CASES[1][0], "blockNumber": None},
        {name: value for name, value in CASES[1][0].items() if name != "logIndex"},
    ],
)
def test_decode_of_a_malformed_log_is_refused(raw: Mapping[str, Any]) -> None:
    with pytest.raises(ChainError):
        events.decode(raw)


class Node(BaseProvider):
    """Serves a log in each block, at most `limit` blocks at a time."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.asked: list[tuple[int, int]] = []

    def make_request(self, method: Any, params: Any) -> Any:
        assert method == "eth_getLogs"
        first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
        self.asked.append((first, last))
        if last - first >= self.limit:
            return {"error": {"code": -32005, "message": "block range too large"}}
        return {"result": [{"blockNumber": hex(number)} for number in range(first, last + 1)]}


@pytest.mark.parametrize("limit", [1, 3, 1000, 10**9])
@pytest.mark.parametrize(("first", "last"), [(5, 4), (5, 5), (0, 99), (7, 2500)])
def test_fetch_logs_gives_every_block_once_in_order(limit: int, first: int, last: int) -> None:
    node = Node(limit)
    found = [int(raw["blockNumber"], 16) for raw in events.fetch_logs(Web3(node), [ALICE], [], first, last)]
    assert found == list(range(first, last + 1))


def test_fetch_logs_asks_for_more_where_the_node_allows_it() -> None:
    node = Node(10**9)
    list(events.fetch_logs(Web3(node), [ALICE], [], 0, 99_999))
    assert len(node.asked) == 4


def test_fetch_logs_of_a_block_that_the_node_refuses_says_so() -> None:
    with pytest.raises(ChainError, match="block range too large"):
        list(events.fetch_logs(Web3(Node(0)), [ALICE], [], 3, 9))


def test_only_events_asks_for_logs() -> None:
    askers = re.compile(r"eth_getLogs|get_logs|eth_newFilter|eth\.filter\(|create_filter")
    found = {
        path.relative_to(PMR).as_posix() for path in PMR.rglob("*.py") if askers.search(path.read_text())
    }
    assert found == {"chain/events.py"}
