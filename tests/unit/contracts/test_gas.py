"""What people pay. The numbers may fall; a rise is a decision, so write it down here."""

from contracts.ledger import Ledger, root

LATER = 2**32 - 1


def test_create_in_a_list_that_has_records(ledger: Ledger) -> None:
    ledger.create(ledger.alice, 2)
    assert ledger.mine(ledger.alice, ledger.registry.functions.create(2, root(2)))["gasUsed"] <= 51_900


def test_grant_to_a_reader_who_has_an_inbox(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 2)
    ledger.grant(records[0], ledger.bob, LATER)
    call = ledger.registry.functions.grant(records[1], ledger.bob, LATER, 1, root(9))
    assert ledger.mine(ledger.alice, call)["gasUsed"] <= 55_900


def test_grant_again_revoke_and_revise(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob, LATER)
    again = ledger.registry.functions.grant(record, ledger.bob, LATER - 1, 2, root(9))
    assert ledger.mine(ledger.alice, again)["gasUsed"] <= 33_500
    revoke = ledger.registry.functions.revoke(record, ledger.bob)
    assert ledger.mine(ledger.alice, revoke)["gasUsed"] <= 31_800
    revise = ledger.registry.functions.revise(record, root(0), root(7))
    assert ledger.mine(ledger.alice, revise)["gasUsed"] <= 32_500


def test_batches_of_100(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 2)
    ledger.grant(records[0], ledger.bob, LATER)
    creates = [ledger.registry.encode_abi("create", [n, root(n)]) for n in range(2, 102)]
    spent = ledger.mine(ledger.alice, ledger.registry.functions.multicall(creates))["gasUsed"]
    assert spent <= 100 * 28_300
    ids = [ledger.word(ledger.alice, n) for n in range(2, 102)]
    grants = [ledger.registry.encode_abi("grant", [i, ledger.bob, LATER, 1, root(i)]) for i in ids]
    spent = ledger.mine(ledger.alice, ledger.registry.functions.multicall(grants))["gasUsed"]
    assert spent <= 100 * 30_300
