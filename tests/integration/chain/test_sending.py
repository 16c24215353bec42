"""Transactions, refusals and events on a real node, under the oldest and the newest hard fork."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from local_chain import LocalChain

from pmr.chain import events
from pmr.chain.connection import head
from pmr.chain.deploy import verify
from pmr.chain.key_directory import KeyDirectory
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import Call, resume, send
from pmr.chain.wallet import Wallet
from pmr.errors import (
    ChainError,
    ContractError,
    EmptyBundle,
    EmptyReader,
    EmptyRoot,
    ExpiryInPast,
    InvalidPurpose,
    NoFunds,
    NotGranted,
    NotOwner,
    RecordNotFound,
    SelfGrant,
    StaleRoot,
    WrongPosition,
    WrongVersion,
)
from pmr.types import RecordId, parse_address

pytestmark = pytest.mark.integration

ROOT, OTHER, ENVELOPE = b"\x05" * 32, b"\x06" * 32, b"\x07" * 32
NOBODY = parse_address("0x" + "00" * 20)


@pytest.fixture(scope="session")
def newcomers(shared_chain: LocalChain) -> Iterator[Wallet]:
    """Accounts that nobody used yet, with money."""

    def make() -> Iterator[Wallet]:
        for number in count(1):
            wallet = Wallet.from_key((0xABCDEF00 + number).to_bytes(32, "big"))
            fund = {"from": shared_chain.wallets[8].address, "to": wallet.address, "value": 10**18}
            shared_chain.w3.eth.wait_for_transaction_receipt(shared_chain.w3.eth.send_transaction(fund))  # type: ignore[arg-type]  # a TxParams
            yield wallet

    return make()


@pytest.fixture
def alice(newcomers: Iterator[Wallet]) -> Wallet:
    return next(newcomers)


@pytest.fixture
def bob(newcomers: Iterator[Wallet]) -> Wallet:
    return next(newcomers)


@pytest.fixture
def registry(shared_chain: LocalChain) -> RecordRegistry:
    return RecordRegistry(shared_chain.w3, shared_chain.deployment)


def test_verify_of_a_real_deployment_is_content(shared_chain: LocalChain) -> None:
    verify(shared_chain.w3, shared_chain.deployment)


def test_a_records_life_is_told_by_its_events(
    shared_chain: LocalChain, registry: RecordRegistry, alice: Wallet, bob: Wallet
) -> None:
    w3, record = shared_chain.w3, RecordId(alice.address, 0)
    send(w3, alice, registry.create(0, ROOT))
    send(w3, alice, registry.grant(record, bob.address, 0, 3, ENVELOPE))
    assert registry.can_read(record, bob.address)
    assert [row.id for row in registry.shared_with(bob.address, None, 10)[0]] == [record]
    calls = [registry.revise(record, ROOT, OTHER), registry.grant(record, bob.address, 2**33, 1, ROOT)]
    batch = send(w3, alice, registry.multicall(calls))
    last = send(w3, alice, registry.revoke(record, bob.address))
    assert not registry.can_read(record, bob.address)

    told = events.history_of(w3, shared_chain.deployment, record)
    kinds = [type(event).__name__ for event in told]
    assert kinds == ["RecordCreated", "AccessGranted", "RecordRevised", "AccessGranted", "AccessRevoked"]
    assert tuple(told[2:4]) == batch.logs
    assert tuple(told[4:]) == last.logs
    assert told[4].place.block_hash == head(w3, last.block).hash
    grants = events.grants_of(w3, shared_chain.deployment, record, bob.address)
    assert [grant.envelope for grant in grants] == [ENVELOPE, ROOT]
    assert events.grants_of(w3, shared_chain.deployment, record, alice.address) == []


def test_keys_are_published_and_told(shared_chain: LocalChain, alice: Wallet) -> None:
    keys = KeyDirectory(shared_chain.w3, shared_chain.deployment)
    receipt = send(shared_chain.w3, alice, keys.publish(1, ROOT))
    topics = [events.signature(events.KeyPublished), events.address_topic(alice.address)]
    told = list(events.fetch_events(shared_chain.w3, shared_chain.deployment, 0, receipt.block, topics))
    assert tuple(told) == receipt.logs
    assert keys.key_of(alice.address) == (ROOT, 1)


Make = Callable[[RecordRegistry, RecordId, Wallet], Call]
REFUSALS: list[tuple[type[ContractError], Make]] = [
    (EmptyRoot, lambda r, i, b: r.create(1, bytes(32))),
    (WrongPosition, lambda r, i, b: r.create(0, ROOT)),
    (StaleRoot, lambda r, i, b: r.revise(i, OTHER, ROOT)),
    (RecordNotFound, lambda r, i, b: r.revise(RecordId(i.owner, 9), OTHER, ROOT)),
    (NotOwner, lambda r, i, b: r.revise(RecordId(b.address, 0), OTHER, ROOT)),
    (EmptyReader, lambda r, i, b: r.grant(i, NOBODY, 0, 1, ROOT)),
    (SelfGrant, lambda r, i, b: r.grant(i, i.owner, 0, 1, ROOT)),
    (ExpiryInPast, lambda r, i, b: r.grant(i, b.address, 1, 1, ROOT)),
    (InvalidPurpose, lambda r, i, b: r.grant(i, b.address, 0, 128, ROOT)),
    (NotGranted, lambda r, i, b: r.revoke(i, b.address)),
    (NotGranted, lambda r, i, b: r.multicall([r.revise(i, ROOT, OTHER), r.revoke(i, b.address)])),
]


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_has_its_own_error_and_costs_nothing(
    shared_chain: LocalChain,
    registry: RecordRegistry,
    alice: Wallet,
    bob: Wallet,
    case: tuple[type[ContractError], Make],
) -> None:
    expected, make = case
    send(shared_chain.w3, alice, registry.create(0, ROOT))
    before = shared_chain.w3.eth.get_balance(alice.address)
    with pytest.raises(expected):
        send(shared_chain.w3, alice, make(registry, RecordId(alice.address, 0), bob))
    assert shared_chain.w3.eth.get_balance(alice.address) == before


def test_refusals_of_the_key_directory_have_their_errors(shared_chain: LocalChain, alice: Wallet) -> None:
    keys = KeyDirectory(shared_chain.w3, shared_chain.deployment)
    with pytest.raises(WrongVersion) as caught:
        send(shared_chain.w3, alice, keys.publish(2, ROOT))
    assert caught.value.values == {"expected": 1, "given": 2}
    with pytest.raises(EmptyBundle):
        send(shared_chain.w3, alice, keys.publish(1, bytes(32)))


def test_send_from_an_account_without_money_is_no_funds(
    shared_chain: LocalChain, registry: RecordRegistry
) -> None:
    with pytest.raises(NoFunds):
        send(shared_chain.w3, Wallet.from_key(b"\x77" * 32), registry.create(0, ROOT))


def test_resume_of_a_journal_after_a_crash_sends_once(
    shared_chain: LocalChain, registry: RecordRegistry, alice: Wallet
) -> None:
    def crash(raw: bytes) -> None:
        journal.append(raw)
        raise KeyboardInterrupt

    journal: list[bytes] = []
    with pytest.raises(KeyboardInterrupt):
        send(shared_chain.w3, alice, registry.create(0, ROOT), journal=crash)
    assert registry.count(alice.address) == 0
    first = resume(shared_chain.w3, journal[0])
    second = resume(shared_chain.w3, journal[0])
    assert (first.hash, first.logs) == (second.hash, second.logs)
    assert registry.count(alice.address) == 1


def test_reads_and_heads_of_blocks_to_come_say_so(
    shared_chain: LocalChain, registry: RecordRegistry, alice: Wallet
) -> None:
    with pytest.raises(ChainError):
        registry.count(alice.address, 10**6)
    with pytest.raises(ChainError, match="no block 1000000"):
        head(shared_chain.w3, 10**6)


def test_pages_cost_the_same_beside_many_records(
    shared_chain: LocalChain, registry: RecordRegistry, alice: Wallet, bob: Wallet
) -> None:
    def fill(first: int, last: int) -> None:
        for start in range(first, last, 100):
            ids = [RecordId(alice.address, position) for position in range(start, start + 100)]
            send(w3, alice, registry.multicall([registry.create(i.position, ROOT) for i in ids]))
            send(w3, alice, registry.multicall([registry.grant(i, bob.address, 0, 1, ROOT) for i in ids]))

    def costs() -> list[int]:
        ask = registry._contract.call
        asked = [
            ask("", "sharedWith", bob.address, 0, 50),
            ask("", "sharedBy", alice.address, bob.address, 0, 50),
            ask("", "recordsOf", alice.address, 0, 50),
        ]
        return [w3.eth.estimate_gas({"to": call.to, "data": "0x" + call.data.hex()}) for call in asked]  # type: ignore[typeddict-item]  # never None here

    w3 = shared_chain.w3
    fill(0, 100)
    few = costs()
    fill(100, 600)
    many = costs()
    assert max(few) <= 360_000
    assert all(abs(now - then) < 1000 for now, then in zip(many, few, strict=True))
    page, cursor = registry.shared_with(bob.address, None, 1000)
    assert (len(page), cursor) == (256, RecordId(alice.address, 600 - 256 - 1))
    rows, offset = registry.shared_by(alice.address, bob.address, 0, 1000)
    assert (len(rows), offset) == (256, 256)
    found = [row.id.position for row in registry.all_shared_with(bob.address, w3.eth.block_number)]
    assert found == list(range(599, -1, -1))
