"""What is shared with a reader, in pages: by the reader's inbox, and by one owner's list."""

from collections.abc import Iterable
from typing import Any

import pytest

from contracts.ledger import FOREVER, ZERO, Ledger, root


def shared_with(
    ledger: Ledger, reader: str, limit: int, cursor: int = 0
) -> tuple[list[tuple[Any, ...]], int]:
    page, after = ledger.registry.functions.sharedWith(reader, cursor, limit).call()
    return [tuple(row) for row in page], after


def inbox(ledger: Ledger, reader: str, limit: int = 2) -> list[int]:
    """All pages of an inbox, as ids."""
    page, cursor = shared_with(ledger, reader, limit)
    found = [row[0] for row in page]
    while cursor:
        page, cursor = shared_with(ledger, reader, limit, cursor)
        found += [row[0] for row in page]
        assert len(found) < 100, "the list runs in a circle"
    return found


def by_owner(ledger: Ledger, owner: str, reader: str, limit: int = 2) -> list[int]:
    """All pages of an owner's list, as ids."""
    page, offset = ledger.registry.functions.sharedBy(owner, reader, 0, limit).call()
    found = [row[0] for row in page]
    while offset:
        page, offset = ledger.registry.functions.sharedBy(owner, reader, offset, limit).call()
        found += [row[0] for row in page]
        assert len(found) < 100, "the list runs in a circle"
    return found


def grant_all(ledger: Ledger, records: Iterable[int], reader: str) -> None:
    for record in records:
        ledger.grant(record, reader)


def test_shared_with_before_any_grant_is_empty(ledger: Ledger) -> None:
    assert shared_with(ledger, ledger.bob, 10) == ([], 0)
    assert shared_with(ledger, ZERO, 10) == ([], 0)


def test_shared_with_gives_id_root_end_and_purpose(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    end = ledger.chain.now() + 1000
    ledger.grant(record, ledger.bob, end, 4)
    assert shared_with(ledger, ledger.bob, 10) == ([(record, root(0), end, 4)], 0)


def test_shared_with_gives_the_current_root(ledger: Ledger) -> None:
    (record,) = ledger.create(ledger.alice)
    ledger.grant(record, ledger.bob)
    ledger.mine(ledger.alice, ledger.registry.functions.revise(record, root(0), root(8)))
    assert shared_with(ledger, ledger.bob, 10)[0][0][1] == root(8)


def test_shared_with_lists_newest_first_from_all_owners(ledger: Ledger) -> None:
    mine, yours = ledger.create(ledger.alice, 3), ledger.create(ledger.carol, 2)
    order = [mine[0], yours[1], mine[2], yours[0], mine[1]]
    grant_all(ledger, order, ledger.bob)
    assert inbox(ledger, ledger.bob) == order[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 256, 257, 2**256 - 1])
def test_shared_with_gives_everything_once_at_any_page_size(ledger: Ledger, limit: int) -> None:
    records = ledger.create(ledger.alice, 5)
    grant_all(ledger, records, ledger.bob)
    assert inbox(ledger, ledger.bob, limit) == records[::-1]
    assert by_owner(ledger, ledger.alice, ledger.bob, limit) == records


def test_grant_again_keeps_the_place_and_adds_no_second_row(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 3)
    grant_all(ledger, records, ledger.bob)
    ledger.grant(records[0], ledger.bob, FOREVER, 9)
    assert inbox(ledger, ledger.bob) == records[::-1]


def test_revoked_and_granted_again_comes_back_at_its_place(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 3)
    grant_all(ledger, records, ledger.bob)
    ledger.revoke(records[1], ledger.bob)
    assert inbox(ledger, ledger.bob) == [records[2], records[0]]
    assert by_owner(ledger, ledger.alice, ledger.bob) == [records[0], records[2]]
    ledger.grant(records[1], ledger.bob)
    assert inbox(ledger, ledger.bob) == records[::-1]


def test_expired_rows_are_left_out_from_the_second_of_their_end(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 3)
    end = ledger.chain.now() + 1000
    for record, expires_at in zip(records, [FOREVER, end, end + 1], strict=True):
        ledger.grant(record, ledger.bob, expires_at)
    ledger.chain.travel(end - 1)
    assert inbox(ledger, ledger.bob) == records[::-1]
    ledger.chain.travel(end)
    assert inbox(ledger, ledger.bob) == [records[2], records[0]]
    assert by_owner(ledger, ledger.alice, ledger.bob) == [records[0], records[2]]


def test_pages_with_grants_and_revokes_between_them_miss_nothing_that_stayed(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 8)
    grant_all(ledger, records[:6], ledger.bob)
    page, cursor = shared_with(ledger, ledger.bob, 2)
    assert [row[0] for row in page] == [records[5], records[4]]
    ledger.grant(records[6], ledger.bob)  # at the head, behind the reader's back
    ledger.revoke(records[3], ledger.bob)  # where the cursor stands
    ledger.grant(records[5], ledger.bob, FOREVER, 9)  # seen already
    rest = []
    while cursor:
        page, cursor = shared_with(ledger, ledger.bob, 2, cursor)
        rest += [row[0] for row in page]
    assert rest == [records[2], records[1], records[0]]
    assert inbox(ledger, ledger.bob) == [records[n] for n in (6, 5, 4, 2, 1, 0)]


def test_shared_with_is_bounded_in_steps_and_goes_on_from_its_cursor(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 12)
    grant_all(ledger, records, ledger.bob)
    for record in records[1:]:
        ledger.revoke(record, ledger.bob)
    first = shared_with(ledger, ledger.bob, 2)
    assert first == ([], records[3])  # 8 = 4 * 2 steps, all of them revoked
    assert shared_with(ledger, ledger.bob, 2, first[1])[0][0][0] == records[0]


def test_shared_by_is_bounded_in_steps_and_goes_on_from_its_offset(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 12)
    ledger.grant(records[11], ledger.bob)
    assert ledger.registry.functions.sharedBy(ledger.alice, ledger.bob, 0, 2).call() == [[], 8]
    page, after = ledger.registry.functions.sharedBy(ledger.alice, ledger.bob, 8, 2).call()
    assert ([row[0] for row in page], after) == ([records[11]], 0)


def test_shared_by_finds_an_owner_behind_a_flooded_inbox(ledger: Ledger) -> None:
    (wanted,) = ledger.create(ledger.alice)
    ledger.grant(wanted, ledger.bob)
    grant_all(ledger, ledger.create(ledger.carol, 10), ledger.bob)
    page, after = ledger.registry.functions.sharedBy(ledger.alice, ledger.bob, 0, 5).call()
    assert [tuple(row) for row in page] == [(wanted, root(0), 0, 1)]
    assert after == 0


def test_shared_by_leaves_out_what_went_to_others(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 4)
    grant_all(ledger, records[:2], ledger.bob)
    grant_all(ledger, records[2:], ledger.carol)
    assert by_owner(ledger, ledger.alice, ledger.bob) == records[:2]
    assert by_owner(ledger, ledger.carol, ledger.bob) == []


@pytest.mark.parametrize("offset", [3, 4, 2**256 - 1])
def test_shared_by_beyond_the_end_is_empty(ledger: Ledger, offset: int) -> None:
    ledger.create(ledger.alice, 3)
    answer = ledger.registry.functions.sharedBy(ledger.alice, ledger.bob, offset, 10).call()
    assert answer == [[], 0]


def test_limit_zero_gives_no_row_and_stays_where_it_is(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 3)
    grant_all(ledger, records, ledger.bob)
    assert shared_with(ledger, ledger.bob, 0) == ([], records[2])
    assert ledger.registry.functions.sharedBy(ledger.alice, ledger.bob, 1, 0).call() == [[], 1]


def test_a_strangers_cursor_ends_at_once(ledger: Ledger) -> None:
    records = ledger.create(ledger.alice, 3)
    grant_all(ledger, records, ledger.carol)
    assert shared_with(ledger, ledger.bob, 10, records[2]) == ([], 0)
