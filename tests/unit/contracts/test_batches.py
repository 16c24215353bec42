"""Several calls in one transaction (OpenZeppelin's Multicall)."""

from web3.contract import Contract

from contracts.ledger import Ledger, refused, root


def batch(contract: Contract, *calls: tuple[str, list[object]]) -> object:
    return contract.functions.multicall([contract.encode_abi(name, arguments) for name, arguments in calls])


def test_multicall_creates_and_grants_by_a_foreseen_id(ledger: Ledger) -> None:
    record = ledger.word(ledger.alice, 0)
    calls = batch(
        ledger.registry,
        ("create", [0, root(0)]),
        ("grant", [record, ledger.bob, 0, 1, root(1)]),
        ("grant", [record, ledger.carol, 0, 2, root(2)]),
    )
    events = ledger.send(ledger.alice, calls)  # type: ignore[arg-type]  # untyped in web3
    assert [name for name, _ in events] == ["RecordCreated", "AccessGranted", "AccessGranted"]
    assert ledger.registry.functions.canRead(record, ledger.carol).call()


def test_multicall_revises_and_grants_again_to_who_remains(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    for reader in (ledger.bob, ledger.carol):
        ledger.grant(record, reader)
    calls = batch(
        ledger.registry,
        ("revise", [record, root(0), root(5)]),
        ("revoke", [record, ledger.bob]),
        ("grant", [record, ledger.carol, 0, 1, root(2)]),
    )
    ledger.send(ledger.alice, calls)  # type: ignore[arg-type]  # untyped in web3
    assert ledger.registry.functions.record(record).call() == [ledger.alice, root(5)]
    assert not ledger.registry.functions.canRead(record, ledger.bob).call()


def test_multicall_with_one_refusal_does_nothing_and_gives_that_error(ledger: Ledger) -> None:
    record = ledger.word(ledger.alice, 0)
    calls = batch(ledger.registry, ("create", [0, root(0)]), ("grant", [record, ledger.alice, 0, 1, root(1)]))
    with refused("SelfGrant(uint208)", record):
        ledger.send(ledger.alice, calls)  # type: ignore[arg-type]  # untyped in web3
    assert ledger.registry.functions.recordsOf(ledger.alice, 0, 1).call() == [[], 0]


def test_multicall_whose_position_was_taken_grants_no_other_record(ledger: Ledger) -> None:
    ledger.create(ledger.alice)
    record = ledger.word(ledger.alice, 0)
    calls = batch(ledger.registry, ("create", [0, root(9)]), ("grant", [record, ledger.bob, 0, 1, root(1)]))
    with refused("WrongPosition(uint48,uint48)", 1, 0):
        ledger.send(ledger.alice, calls)  # type: ignore[arg-type]  # untyped in web3
    assert not ledger.registry.functions.canRead(record, ledger.bob).call()


def test_multicall_returns_what_each_call_returns(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    calls = [
        ledger.registry.encode_abi("canRead", [record, ledger.alice]),
        ledger.registry.encode_abi("canRead", [record, ledger.bob]),
    ]
    answers = ledger.registry.functions.multicall(calls).call()
    assert [int.from_bytes(answer, "big") for answer in answers] == [1, 0]


def test_multicall_of_keys_publishes_in_order(ledger: Ledger) -> None:
    calls = batch(ledger.keys, ("publish", [1, root(1)]), ("publish", [2, root(2)]))
    ledger.send(ledger.alice, calls)  # type: ignore[arg-type]  # untyped in web3
    assert ledger.keys.functions.keyOf(ledger.alice).call() == [root(2), 2]
