"""Publishing key bundles."""

import pytest

from contracts.ledger import Ledger, refused, root


def test_publish_gives_bundle_version_and_event(ledger: Ledger) -> None:
    events = ledger.send(ledger.alice, ledger.keys.functions.publish(1, root(1)))
    assert events == [("KeyPublished", {"account": ledger.alice, "version": 1, "bundle": root(1)})]
    assert ledger.keys.functions.keyOf(ledger.alice).call() == [root(1), 1]


def test_publish_again_keeps_the_old_bundles(ledger: Ledger) -> None:
    for version in (1, 2, 3):
        ledger.send(ledger.alice, ledger.keys.functions.publish(version, root(version)))
    assert ledger.keys.functions.keyOf(ledger.alice).call() == [root(3), 3]
    for version in (1, 2, 3):
        assert ledger.keys.functions.bundleAt(ledger.alice, version).call() == root(version)


@pytest.mark.parametrize("given", [0, 1, 3, 2**48 - 1])
def test_publish_of_another_version_is_refused_with_the_next_one(ledger: Ledger, given: int) -> None:
    ledger.send(ledger.alice, ledger.keys.functions.publish(1, root(1)))
    with refused("WrongVersion(uint48,uint48)", 2, given):
        ledger.send(ledger.alice, ledger.keys.functions.publish(given, root(2)))


def test_publish_of_an_empty_bundle_is_refused(ledger: Ledger) -> None:
    with refused("EmptyBundle()"):
        ledger.send(ledger.alice, ledger.keys.functions.publish(1, bytes(32)))


def test_publish_changes_nothing_for_others(ledger: Ledger) -> None:
    ledger.send(ledger.alice, ledger.keys.functions.publish(1, root(1)))
    assert ledger.keys.functions.keyOf(ledger.bob).call() == [bytes(32), 0]
    ledger.send(ledger.bob, ledger.keys.functions.publish(1, root(2)))
    assert ledger.keys.functions.keyOf(ledger.alice).call() == [root(1), 1]


@pytest.mark.parametrize("version", [0, 2, 2**48 - 1])
def test_bundle_at_a_version_that_is_not_there_is_zero(ledger: Ledger, version: int) -> None:
    ledger.send(ledger.alice, ledger.keys.functions.publish(1, root(1)))
    assert ledger.keys.functions.bundleAt(ledger.alice, version).call() == bytes(32)
