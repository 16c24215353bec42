"""Sending: refusals cost nothing, nonces are never lost, and what is unknown says so."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils import keccak
from hexbytes import HexBytes
from web3 import Web3

from chain.in_process import Chain, InProcess
from pmr.chain import transaction
from pmr.chain.events import AccessGranted, RecordCreated
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import Call, resume, send
from pmr.chain.wallet import Wallet
from pmr.errors import (
    BadInput,
    NoFunds,
    RecordNotFound,
    TransactionFailed,
    TransactionReplaced,
    TransactionTooLarge,
    WrongPosition,
)
from pmr.types import RecordId

ROOT = b"\x05" * 32
Answer = Callable[[Any], Any]


class Troubled(InProcess):
    """The in-process chain with some answers replaced, each once, in order."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain.tester)
        self.planned: dict[str, list[Answer]] = {}
        self.sent: list[bytes] = []

    def make_request(self, method: Any, params: Any) -> Any:
        if method == "eth_sendRawTransaction":
            self.sent.append(bytes.fromhex(params[0][2:]))
        if planned := self.planned.get(method):
            return planned.pop(0)(params)
        return super().make_request(method, params)

    def plan(self, method: str, *answers: Answer) -> None:
        self.planned[method] = list(answers)


def failing(message: str) -> Answer:
    return lambda _: {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message}}


@pytest.fixture
def node(chain: Chain) -> Troubled:
    return Troubled(chain)


@pytest.fixture
def w3(node: Troubled) -> Web3:
    return Web3(node)


@pytest.fixture
def registry(chain: Chain, w3: Web3) -> RecordRegistry:
    return RecordRegistry(w3, chain.deployment)


@pytest.fixture
def alice(chain: Chain) -> Wallet:
    return chain.wallets[0]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has to be waited for here."""
    monkeypatch.setattr(transaction, "POLL", 0.001)


def test_send_gives_receipt_events_and_progress(w3: Web3, registry: RecordRegistry, alice: Wallet) -> None:
    shown: list[tuple[str, int, int]] = []
    receipt = send(w3, alice, registry.create(0, ROOT), progress=lambda *step: shown.append(step))
    (event,) = receipt.logs
    assert isinstance(event, RecordCreated)
    assert (event.id, event.owner, event.root) == (RecordId(alice.address, 0), alice.address, ROOT)
    assert event.place.block == receipt.block == w3.eth.block_number
    assert event.place.transaction == receipt.hash
    assert receipt.gas_used > 40_000
    assert shown == [("register record 0", 0, 1), ("register record 0", 1, 1)]


def test_send_of_a_batch_gives_all_events_in_order(
    w3: Web3, registry: RecordRegistry, alice: Wallet, chain: Chain
) -> None:
    bob = chain.wallets[1].address
    calls = [registry.create(0, ROOT), registry.grant(RecordId(alice.address, 0), bob, 0, 1, ROOT)]
    receipt = send(w3, alice, registry.multicall(calls))
    assert [type(event) for event in receipt.logs] == [RecordCreated, AccessGranted]
    assert [event.place.log_index for event in receipt.logs] == [0, 1]


def test_send_of_what_the_contract_refuses_sends_nothing(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    journal: list[bytes] = []
    before = w3.eth.get_balance(alice.address)
    with pytest.raises(WrongPosition) as caught:
        send(w3, alice, registry.create(3, ROOT), journal=journal.append)
    assert caught.value.values == {"expected": 0, "given": 3}
    assert (journal, node.sent) == ([], [])
    assert w3.eth.get_balance(alice.address) == before


def test_send_writes_the_journal_before_the_node_has_it(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    def journal(raw: bytes) -> None:
        assert node.sent == []
        kept.append(raw)

    kept: list[bytes] = []
    receipt = send(w3, alice, registry.create(0, ROOT), journal=journal)
    assert kept == node.sent
    assert keccak(kept[0]) == receipt.hash


def test_send_that_the_node_finds_too_dear_is_no_funds(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_sendRawTransaction", failing("Insufficient funds for gas * price + value"))
    with pytest.raises(NoFunds):
        send(w3, alice, registry.create(0, ROOT))


def test_send_that_the_account_cannot_pay_names_both_sums(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_getBalance", lambda _: {"jsonrpc": "2.0", "id": 1, "result": 5})
    with pytest.raises(NoFunds, match=f"{alice.address} has 5 wei and may need"):
        send(w3, alice, registry.create(0, ROOT))
    assert node.sent == []


@pytest.mark.parametrize(
    "message",
    ["nonce too low: next nonce 5, tx nonce 4", "replacement transaction underpriced", "OldNonce"],
)
def test_send_whose_nonce_was_taken_tries_the_next_one(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, message: str
) -> None:
    node.plan("eth_sendRawTransaction", failing(message), failing(message))
    receipt = send(w3, alice, registry.create(0, ROOT))
    assert len(node.sent) == 3
    assert receipt.hash == keccak(node.sent[-1])


def test_send_that_never_gets_a_nonce_gives_up(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_sendRawTransaction", *[failing("nonce too low")] * 100)
    with pytest.raises(TransactionFailed, match="took its place"):
        send(w3, alice, registry.create(0, ROOT))
    assert len(node.sent) == transaction.ATTEMPTS


def test_send_whose_answer_was_lost_finds_its_own_transaction(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, chain: Chain
) -> None:
    def lost(params: Any) -> Any:
        InProcess(chain.tester).make_request("eth_sendRawTransaction", params)  # type: ignore[arg-type]  # a str
        return failing("nonce too low")(params)

    node.plan("eth_sendRawTransaction", lost)
    receipt = send(w3, alice, registry.create(0, ROOT))
    assert [keccak(raw) for raw in node.sent] == [receipt.hash]


def test_send_that_the_node_knows_already_waits_for_it(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, chain: Chain
) -> None:
    def known(params: Any) -> Any:
        InProcess(chain.tester).make_request("eth_sendRawTransaction", params)  # type: ignore[arg-type]  # a str
        return failing("already known")(params)

    node.plan("eth_sendRawTransaction", known)
    assert send(w3, alice, registry.create(0, ROOT)).logs


def test_send_that_was_replaced_is_sent_again(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, chain: Chain
) -> None:
    def replace(_: Any) -> Any:
        """Another process's dearer transaction takes the nonce; the node says it has ours."""
        chain.w3.eth.send_transaction(
            {"from": alice.address, "to": alice.address, "value": chain.w3.to_wei(1, "wei")}
        )
        return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "11" * 32}

    node.plan("eth_sendRawTransaction", replace)
    receipt = send(w3, alice, registry.create(0, ROOT))
    assert len(node.sent) == 2
    assert receipt.hash == keccak(node.sent[1])


def test_send_that_is_not_mined_in_time_says_its_hash(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_sendRawTransaction", lambda _: {"jsonrpc": "2.0", "id": 1, "result": "0x" + "11" * 32})
    with pytest.raises(TransactionFailed, match="is not in a block yet") as caught:
        send(w3, alice, registry.create(0, ROOT), timeout=0.05)
    assert keccak(node.sent[0]).hex() in str(caught.value)


def test_send_that_the_node_refuses_gives_its_words(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_sendRawTransaction", failing("transaction type not supported"))
    with pytest.raises(TransactionFailed, match="transaction type not supported"):
        send(w3, alice, registry.create(0, ROOT))


def test_send_that_reverts_in_its_block_gives_the_contracts_reason(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, chain: Chain
) -> None:
    """Two processes register the same position: both were right when they tried."""

    def overtaken(params: Any) -> Any:
        chain.w3.eth.send_transaction(
            {"from": alice.address, "to": chain.deployment.registry, "data": "0x" + other.data.hex()}  # type: ignore[typeddict-item]  # web3 takes str
        )
        return failing("nonce too low")(params)

    other = registry.create(0, b"\x06" * 32)
    node.plan("eth_sendRawTransaction", overtaken)
    with pytest.raises(WrongPosition):
        send(w3, alice, registry.create(0, ROOT))


def test_send_with_too_little_gas_reverts_and_says_so(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_estimateGas", lambda _: {"jsonrpc": "2.0", "id": 1, "result": 30_000})
    with pytest.raises(TransactionFailed, match="reverted in block"):
        send(w3, alice, registry.create(0, ROOT))


def test_send_of_more_than_a_transaction_may_use_is_refused(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    node.plan("eth_estimateGas", lambda _: {"jsonrpc": "2.0", "id": 1, "result": 16_777_217})
    with pytest.raises(TransactionTooLarge, match="16,777,217 gas; the most is 16,777,216"):
        send(w3, alice, registry.create(0, ROOT))
    assert node.sent == []


@pytest.mark.parametrize("estimate", [100_000, 15_000_000])
def test_send_asks_for_a_reserve_of_gas_within_what_is_allowed(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, estimate: int
) -> None:
    node.plan("eth_estimateGas", lambda _: {"jsonrpc": "2.0", "id": 1, "result": estimate})
    receipt = send(w3, alice, registry.create(0, ROOT))
    limit = w3.eth.get_transaction(HexBytes(receipt.hash))["gas"]
    assert limit == {100_000: 120_000, 15_000_000: 16_777_216}[estimate]


def test_send_on_a_chain_without_base_fee_offers_one_gas_price(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet, chain: Chain
) -> None:
    answer: Any = InProcess(chain.tester).make_request("eth_getBlockByNumber", ["latest", False])  # type: ignore[arg-type]  # a str
    del answer["result"]["base_fee_per_gas"]
    node.plan("eth_getBlockByNumber", lambda _: answer)
    receipt = send(w3, alice, registry.create(0, ROOT))
    assert node.sent[0][0] == 1  # EIP-2930, https://eips.ethereum.org/EIPS/eip-2930
    assert transaction.fields_of(node.sent[0])["gasPrice"] == w3.eth.gas_price
    assert receipt.hash == keccak(node.sent[0])


def test_send_without_a_contract_deploys_and_gives_its_address(w3: Web3, alice: Wallet) -> None:
    returns_one_byte = bytes.fromhex("60fe60005360016000f3")
    receipt = send(w3, alice, Call(None, returns_one_byte, "deploy a byte"))
    assert receipt.contract is not None
    assert bytes(w3.eth.get_code(receipt.contract)) == b"\xfe"


def test_resume_of_a_mined_transaction_gives_its_receipt_again(
    w3: Web3, registry: RecordRegistry, alice: Wallet
) -> None:
    journal: list[bytes] = []
    receipt = send(w3, alice, registry.create(0, ROOT), journal=journal.append)
    again = resume(w3, journal[0])
    assert (again.hash, again.block, again.logs) == (receipt.hash, receipt.block, receipt.logs)
    assert registry.count(alice.address) == 1


def test_resume_of_a_transaction_that_was_never_sent_sends_it(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    class Crash(Exception):
        pass

    def crash(raw: bytes) -> None:
        journal.append(raw)
        raise Crash

    journal: list[bytes] = []
    with pytest.raises(Crash):
        send(w3, alice, registry.create(0, ROOT), journal=crash)
    assert node.sent == []
    assert resume(w3, journal[0]).hash == keccak(journal[0])
    assert registry.count(alice.address) == 1


def test_resume_of_a_transaction_whose_nonce_is_used_says_so(
    w3: Web3, node: Troubled, registry: RecordRegistry, alice: Wallet
) -> None:
    journal: list[bytes] = []
    node.plan("eth_sendRawTransaction", failing("nonce too low"))
    node.plan("eth_maxPriorityFeePerGas", lambda _: {"jsonrpc": "2.0", "id": 1, "result": 12345})
    send(w3, alice, registry.create(0, ROOT), journal=journal.append)
    assert journal[0] != journal[1]
    node.plan("eth_sendRawTransaction", failing("nonce too low"))
    with pytest.raises(TransactionReplaced, match=f"Another transaction of {alice.address} took its nonce"):
        resume(w3, journal[0])


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\xff", b"nonsense", b"\xf8\x00"])
def test_resume_of_other_bytes_is_refused(w3: Web3, raw: bytes) -> None:
    with pytest.raises(BadInput):
        resume(w3, raw)


def test_reads_of_an_absent_record_raise_the_contracts_error(registry: RecordRegistry, alice: Wallet) -> None:
    with pytest.raises(RecordNotFound) as caught:
        registry.record(RecordId(alice.address, 5))
    assert caught.value.values == {"id": RecordId(alice.address, 5)}
