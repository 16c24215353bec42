"""The typed registry and key directory: every read, at the newest block and at an older one."""

import pytest

from chain.in_process import Chain
from pmr.chain.artifact import load
from pmr.chain.key_directory import KeyDirectory
from pmr.chain.registry import RecordRegistry, SharedRecord
from pmr.chain.transaction import Call, send
from pmr.errors import ChainError, NotDeployed, RecordNotFound
from pmr.types import Address, Deployment, Grant, RecordId, parse_address

ROOTS = [bytes([number]) * 32 for number in range(1, 8)]
NOBODY = parse_address("0x00000000000000000000000000000000000000AA")


@pytest.fixture
def registry(chain: Chain) -> RecordRegistry:
    return RecordRegistry(chain.w3, chain.deployment)


@pytest.fixture
def people(chain: Chain) -> list[Address]:
    return [wallet.address for wallet in chain.wallets]


def do(chain: Chain, *calls: Call, who: int = 0) -> None:
    for call in calls:
        send(chain.w3, chain.wallets[who], call)


def test_reads_of_an_empty_registry_are_empty(registry: RecordRegistry, people: list[Address]) -> None:
    record = RecordId(people[0], 0)
    assert registry.count(people[0]) == 0
    assert registry.records_of(people[0], 0, 10) == ([], 0)
    assert registry.shared_with(people[0], None, 10) == ([], None)
    assert registry.shared_by(people[0], people[1], 0, 10) == ([], None)
    assert registry.grant_of(record, people[1]) == Grant(0, 0, live=False)
    assert registry.can_read(record, people[0]) is False
    with pytest.raises(RecordNotFound):
        registry.record(record)


def test_reads_after_writes_give_typed_values(
    chain: Chain, registry: RecordRegistry, people: list[Address]
) -> None:
    first, second = RecordId(people[0], 0), RecordId(people[0], 1)
    end = chain.now() + 1000
    do(chain, registry.create(0, ROOTS[0]), registry.create(1, ROOTS[1]))
    do(chain, registry.revise(second, ROOTS[1], ROOTS[2]))
    do(
        chain,
        registry.grant(first, people[1], end, 3, ROOTS[5]),
        registry.grant(second, people[1], 0, 4, ROOTS[6]),
    )
    assert registry.record(second) == (people[0], ROOTS[2])
    assert registry.records_of(people[0], 0, 10) == ([ROOTS[0], ROOTS[2]], 2)
    assert registry.grant_of(first, people[1]) == Grant(end, 3, live=True)
    assert registry.can_read(first, people[1]) is True
    rows = [SharedRecord(first, ROOTS[0], end, 3), SharedRecord(second, ROOTS[2], 0, 4)]
    assert registry.shared_by(people[0], people[1], 0, 10) == (rows, None)
    assert registry.shared_with(people[1], None, 10) == (rows[::-1], None)
    do(chain, registry.revoke(first, people[1]))
    assert registry.grant_of(first, people[1]) == Grant(end, 3, live=False)


def test_pages_lead_on_from_their_cursor(
    chain: Chain, registry: RecordRegistry, people: list[Address]
) -> None:
    ids = [RecordId(people[0], position) for position in range(3)]
    for position, record in enumerate(ids):
        do(
            chain,
            registry.create(position, ROOTS[position]),
            registry.grant(record, people[1], 0, 1, ROOTS[5]),
        )
    page, cursor = registry.shared_with(people[1], None, 2)
    assert ([row.id for row in page], cursor) == ([ids[2], ids[1]], ids[0])
    page, cursor = registry.shared_with(people[1], cursor, 2)
    assert ([row.id for row in page], cursor) == ([ids[0]], None)
    page, offset = registry.shared_by(people[0], people[1], 0, 2)
    assert ([row.id for row in page], offset) == ([ids[0], ids[1]], 2)
    rows = list(registry.all_shared_with(people[1], chain.w3.eth.block_number))
    assert [row.id for row in rows] == ids[::-1]


def test_reads_at_an_older_block_show_what_was_true_then(
    chain: Chain, registry: RecordRegistry, people: list[Address]
) -> None:
    record = RecordId(people[0], 0)
    do(chain, registry.create(0, ROOTS[0]), registry.grant(record, people[1], 0, 1, ROOTS[5]))
    then = chain.w3.eth.block_number
    do(chain, registry.revise(record, ROOTS[0], ROOTS[1]), registry.revoke(record, people[1]))
    do(chain, registry.create(1, ROOTS[2]))
    assert registry.record(record, then) == (people[0], ROOTS[0])
    assert registry.can_read(record, people[1], then)
    assert registry.grant_of(record, people[1], then).live
    assert registry.count(people[0], then) == 1
    assert registry.records_of(people[0], 0, 10, then) == ([ROOTS[0]], 1)
    assert len(registry.shared_with(people[1], None, 10, then)[0]) == 1
    assert len(registry.shared_by(people[0], people[1], 0, 10, then)[0]) == 1
    assert not registry.can_read(record, people[1])


def test_key_directory_gives_bundles_by_version(chain: Chain, people: list[Address]) -> None:
    keys = KeyDirectory(chain.w3, chain.deployment)
    assert keys.key_of(people[0]) == (None, 0)
    assert keys.bundle_at(people[0], 1) is None
    do(chain, keys.publish(1, ROOTS[0]))
    then = chain.w3.eth.block_number
    do(chain, keys.publish(2, ROOTS[1]))
    assert keys.key_of(people[0]) == (ROOTS[1], 2)
    assert keys.key_of(people[0], then) == (ROOTS[0], 1)
    assert [keys.bundle_at(people[0], version) for version in (0, 1, 2, 3)] == [None, *ROOTS[:2], None]
    assert keys.bundle_at(people[0], 2, then) is None


def test_reads_where_nothing_is_deployed_say_so(chain: Chain, people: list[Address]) -> None:
    empty = Deployment(1, NOBODY, NOBODY, NOBODY, 0)
    with pytest.raises(NotDeployed, match=NOBODY):
        RecordRegistry(chain.w3, empty).count(people[0])
    with pytest.raises(NotDeployed, match=NOBODY):
        KeyDirectory(chain.w3, empty).key_of(people[0])


def test_artifact_decode_of_a_wrong_answer_is_refused() -> None:
    with pytest.raises(ChainError, match=r"RecordRegistry\.canRead answered 3 bytes"):
        load("RecordRegistry").decode("canRead", b"\1\2\3")


def test_calls_say_what_they_do(registry: RecordRegistry, people: list[Address]) -> None:
    record = RecordId(people[0], 7)
    calls = [registry.revoke(record, people[1]), registry.grant(record, people[2], 0, 1, ROOTS[0])]
    assert calls[0].description == f"revoke {record} from {people[1]}"
    assert registry.multicall(calls).description == f"{calls[0].description}; {calls[1].description}"
