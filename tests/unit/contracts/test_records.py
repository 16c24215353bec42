"""Creating, revising and listing records."""

import pytest

from contracts.ledger import ZERO, Ledger, refused, root


def test_create_first_record_gives_id_root_and_event(ledger: Ledger) -> None:
    call = ledger.registry.functions.create(0, root(1))
    assert call.call({"from": ledger.alice}) == ledger.word(ledger.alice, 0)
    expected = {"id": ledger.word(ledger.alice, 0), "owner": ledger.alice, "root": root(1)}
    assert ledger.send(ledger.alice, call) == [("RecordCreated", expected)]
    answer = ledger.registry.functions.record(ledger.word(ledger.alice, 0)).call()
    assert answer == [ledger.alice, root(1)]


def test_create_by_two_owners_keeps_their_positions_apart(ledger: Ledger) -> None:
    assert ledger.create(ledger.alice, 2) == [ledger.word(ledger.alice, 0), ledger.word(ledger.alice, 1)]
    assert ledger.create(ledger.bob) == [ledger.word(ledger.bob, 0)]


@pytest.mark.parametrize("given", [0, 1, 3, 2**48 - 1])
def test_create_at_another_position_is_refused_with_the_next_one(ledger: Ledger, given: int) -> None:
    ledger.create(ledger.alice, 2)
    with refused("WrongPosition(uint48,uint48)", 2, given):
        ledger.send(ledger.alice, ledger.registry.functions.create(given, root(9)))


def test_create_with_empty_root_is_refused(ledger: Ledger) -> None:
    with refused("EmptyRoot()"):
        ledger.send(ledger.alice, ledger.registry.functions.create(0, bytes(32)))


def test_revise_by_owner_replaces_root_and_says_so(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    events = ledger.send(ledger.alice, ledger.registry.functions.revise(record, root(0), root(5)))
    assert events == [("RecordRevised", {"id": record, "root": root(5)})]
    assert ledger.registry.functions.record(record).call() == [ledger.alice, root(5)]


def test_revise_leaves_grants_and_other_records_alone(ledger: Ledger) -> None:
    first, second = ledger.create(ledger.alice, 2)
    ledger.grant(first, ledger.bob)
    ledger.send(ledger.alice, ledger.registry.functions.revise(first, root(0), root(5)))
    assert ledger.registry.functions.canRead(first, ledger.bob).call()
    assert ledger.registry.functions.record(second).call() == [ledger.alice, root(1)]


def test_revise_from_a_stale_root_is_refused_with_the_current_one(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.send(ledger.alice, ledger.registry.functions.revise(record, root(0), root(5)))
    with refused("StaleRoot(uint208,bytes32)", record, root(5)):
        ledger.send(ledger.alice, ledger.registry.functions.revise(record, root(0), root(6)))


def test_revise_by_a_stranger_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    with refused("NotOwner(uint208,address)", record, ledger.bob):
        ledger.send(ledger.bob, ledger.registry.functions.revise(record, root(0), root(5)))


def test_revise_by_a_reader_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob)
    with refused("NotOwner(uint208,address)", record, ledger.bob):
        ledger.send(ledger.bob, ledger.registry.functions.revise(record, root(0), root(5)))


def test_revise_of_an_absent_record_is_refused(ledger: Ledger) -> None:
    absent = ledger.word(ledger.alice, 0)
    with refused("RecordNotFound(uint208)", absent):
        ledger.send(ledger.alice, ledger.registry.functions.revise(absent, bytes(32), root(5)))


def test_revise_to_an_empty_root_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    with refused("EmptyRoot()"):
        ledger.send(ledger.alice, ledger.registry.functions.revise(record, root(0), bytes(32)))


@pytest.mark.parametrize("position", [1, 2**48 - 1])
def test_record_beyond_the_list_is_refused(ledger: Ledger, position: int) -> None:
    ledger.create(ledger.alice)
    absent = ledger.word(ledger.alice, position)
    with refused("RecordNotFound(uint208)", absent):
        ledger.registry.functions.record(absent).call()


def test_record_zero_is_refused(ledger: Ledger) -> None:
    with refused("RecordNotFound(uint208)", 0):
        ledger.registry.functions.record(0).call()


@pytest.mark.parametrize(
    ("offset", "limit", "positions"),
    [
        (0, 10, [0, 1, 2, 3, 4]),
        (0, 2, [0, 1]),
        (2, 2, [2, 3]),
        (4, 2, [4]),
        (5, 2, []),
        (2**256 - 1, 2**256 - 1, []),
        (1, 2**256 - 1, [1, 2, 3, 4]),
        (0, 0, []),
    ],
)
def test_records_of_gives_the_page_and_the_total(
    ledger: Ledger, offset: int, limit: int, positions: list[int]
) -> None:
    ledger.create(ledger.alice, 5)
    roots, total = ledger.registry.functions.recordsOf(ledger.alice, offset, limit).call()
    assert (roots, total) == ([root(position) for position in positions], 5)


@pytest.mark.parametrize("owner", [ZERO, "0x" + "ff" * 20])
def test_records_of_nobody_is_empty(ledger: Ledger, owner: str) -> None:
    owner = ledger.chain.w3.to_checksum_address(owner)
    assert ledger.registry.functions.recordsOf(owner, 0, 10).call() == [[], 0]
