"""Granting, revoking, and who may read."""

import pytest

from contracts.ledger import FOREVER, ZERO, Ledger, refused, root


def test_grant_lets_the_reader_read_and_says_so(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    end = ledger.chain.now() + 1000
    events = ledger.send(ledger.alice, ledger.registry.functions.grant(record, ledger.bob, end, 5, root(7)))
    expected = {"id": record, "reader": ledger.bob, "expiresAt": end, "purpose": 5, "envelope": root(7)}
    assert events == [("AccessGranted", expected)]
    assert ledger.registry.functions.canRead(record, ledger.bob).call()
    assert ledger.registry.functions.grantOf(record, ledger.bob).call() == [end, 5, True]


def test_grant_to_one_reader_lets_no_other_read(ledger: Ledger) -> None:
    record, other = ledger.create(ledger.alice, 2)
    ledger.grant(record, ledger.bob)
    assert not ledger.registry.functions.canRead(record, ledger.carol).call()
    assert not ledger.registry.functions.canRead(other, ledger.bob).call()
    assert ledger.registry.functions.grantOf(record, ledger.carol).call() == [0, 0, False]


def test_grant_again_replaces_end_and_purpose(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    end = ledger.chain.now() + 1000
    ledger.grant(record, ledger.bob, end, 3)
    ledger.grant(record, ledger.bob, FOREVER, 127)
    assert ledger.registry.functions.grantOf(record, ledger.bob).call() == [0, 127, True]


def test_grant_keeps_every_purpose(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    readers = {purpose: ledger.chain.w3.to_checksum_address(root(purpose)[:20]) for purpose in range(1, 128)}
    calls = [
        ledger.registry.encode_abi("grant", [record, reader, 2**40 - 1, purpose, root(1)])
        for purpose, reader in readers.items()
    ]
    ledger.mine(ledger.alice, ledger.registry.functions.multicall(calls))
    for purpose, reader in readers.items():
        answer = ledger.registry.functions.grantOf(record, reader).call()
        assert answer == [2**40 - 1, purpose, True]


@pytest.mark.parametrize("purpose", [0, 128, 255])
def test_grant_with_a_purpose_out_of_range_is_refused(ledger: Ledger, purpose: int) -> None:
    (record,) = ledger.create(ledger.alice)
    with refused("InvalidPurpose(uint8)", purpose):
        ledger.send(ledger.alice, ledger.registry.functions.grant(record, ledger.bob, 0, purpose, root(1)))


def test_grant_to_nobody_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    with refused("EmptyReader()"):
        ledger.send(ledger.alice, ledger.registry.functions.grant(record, ZERO, 0, 1, root(1)))


def test_grant_to_oneself_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    with refused("SelfGrant(uint208)", record):
        ledger.send(ledger.alice, ledger.registry.functions.grant(record, ledger.alice, 0, 1, root(1)))


@pytest.mark.parametrize("before", [0, 1, 1_000_000])
def test_grant_that_has_ended_is_refused(ledger: Ledger, before: int) -> None:
    (record,) = ledger.create(ledger.alice)
    end = ledger.chain.now() - before
    with refused("ExpiryInPast(uint40)", end):
        ledger.send(ledger.alice, ledger.registry.functions.grant(record, ledger.bob, end, 1, root(1)))


def test_grant_by_a_stranger_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    with refused("NotOwner(uint208,address)", record, ledger.bob):
        ledger.send(ledger.bob, ledger.registry.functions.grant(record, ledger.bob, 0, 1, root(1)))


def test_grant_of_an_absent_record_is_refused(ledger: Ledger) -> None:
    absent = ledger.word(ledger.alice, 0)
    with refused("RecordNotFound(uint208)", absent):
        ledger.send(ledger.alice, ledger.registry.functions.grant(absent, ledger.bob, 0, 1, root(1)))


def test_revoke_ends_access_and_says_so(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob, FOREVER, 5)
    events = ledger.send(ledger.alice, ledger.registry.functions.revoke(record, ledger.bob))
    assert events == [("AccessRevoked", {"id": record, "reader": ledger.bob})]
    assert not ledger.registry.functions.canRead(record, ledger.bob).call()
    assert ledger.registry.functions.grantOf(record, ledger.bob).call() == [0, 5, False]


def test_revoke_leaves_other_readers_alone(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob)
    ledger.grant(record, ledger.carol)
    ledger.revoke(record, ledger.bob)
    assert ledger.registry.functions.canRead(record, ledger.carol).call()


def test_revoke_of_an_expired_grant_is_taken(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    end = ledger.chain.now() + 100
    ledger.grant(record, ledger.bob, end)
    ledger.chain.travel(end)
    ledger.revoke(record, ledger.bob)
    assert ledger.registry.functions.grantOf(record, ledger.bob).call() == [end, 1, False]


@pytest.mark.parametrize("granted_before", [False, True])
def test_revoke_without_a_live_grant_is_refused(ledger: Ledger, granted_before: bool) -> None:
    (record,) = ledger.create(ledger.alice)
    if granted_before:
        ledger.grant(record, ledger.bob)
        ledger.revoke(record, ledger.bob)
    with refused("NotGranted(uint208,address)", record, ledger.bob):
        ledger.send(ledger.alice, ledger.registry.functions.revoke(record, ledger.bob))


def test_revoke_by_the_reader_is_refused(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob)
    with refused("NotOwner(uint208,address)", record, ledger.bob):
        ledger.send(ledger.bob, ledger.registry.functions.revoke(record, ledger.bob))


def test_revoke_of_an_absent_record_is_refused(ledger: Ledger) -> None:
    absent = ledger.word(ledger.alice, 3)
    with refused("RecordNotFound(uint208)", absent):
        ledger.send(ledger.alice, ledger.registry.functions.revoke(absent, ledger.bob))


def test_grant_after_revoke_lets_the_reader_read_again(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob)
    ledger.revoke(record, ledger.bob)
    ledger.grant(record, ledger.bob, FOREVER, 2)
    assert ledger.registry.functions.grantOf(record, ledger.bob).call() == [0, 2, True]
    assert ledger.registry.functions.canRead(record, ledger.bob).call()


def test_can_read_stops_in_the_second_that_the_grant_names(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    end = ledger.chain.now() + 100
    ledger.grant(record, ledger.bob, end)
    ledger.chain.travel(end - 1)
    assert ledger.registry.functions.canRead(record, ledger.bob).call()
    ledger.chain.travel(end)
    assert not ledger.registry.functions.canRead(record, ledger.bob).call()
    assert ledger.registry.functions.grantOf(record, ledger.bob).call() == [end, 1, True]


def test_can_read_is_true_for_the_owner_and_false_for_strangers(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    assert ledger.registry.functions.canRead(record, ledger.alice).call()
    assert not ledger.registry.functions.canRead(record, ledger.bob).call()
    assert not ledger.registry.functions.canRead(record, ZERO).call()


@pytest.mark.parametrize("position", [0, 1, 2**48 - 1])
def test_can_read_what_does_not_exist_is_false_for_everyone(ledger: Ledger, position: int) -> None:
    absent = ledger.word(ledger.alice, position)
    assert not ledger.registry.functions.canRead(absent, ledger.alice).call()
    assert not ledger.registry.functions.canRead(absent, ledger.bob).call()


def test_can_read_record_zero_is_false_for_the_zero_account(ledger: Ledger) -> None:
    assert not ledger.registry.functions.canRead(0, ZERO).call()
