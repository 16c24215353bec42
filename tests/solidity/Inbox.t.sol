// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";

/// @notice "Shared with me": the list that grants thread through a reader's inbox.
contract InboxTest is LedgerTest {
    RecordId private constant FIRST_PAGE = RecordId.wrap(0);

    function test_sharedWith_beforeAnyGrantIsEmpty() public view {
        _assertIds(_inbox(bob, FIRST_PAGE, 10), new RecordId[](0), "nothing");
    }

    function test_sharedWith_givesIdRootEndAndPurpose() public {
        RecordId id = _create(alice);
        _grant(id, bob, NOW + 10);
        cheats.prank(alice);
        registry.revise(id, _root(alice, 0), keccak256("revised"));
        (IRecordRegistry.SharedRecord[] memory page, RecordId next) = registry.sharedWith(bob, FIRST_PAGE, 10);
        cheats.assertEq(page.length, 1, "rows");
        _assertId(page[0].id, id, "id");
        cheats.assertEq(page[0].root, keccak256("revised"), "the root of today");
        cheats.assertEq(page[0].expiresAt, NOW + 10, "end");
        cheats.assertEq(page[0].purpose, TREATMENT, "purpose");
        cheats.assertTrue(next.isNone(), "no page more");
    }

    function testFuzz_sharedWith_listsNewestFirstAtAnyPageSize(uint8 count, uint256 limit) public {
        uint256 records = count % 24;
        RecordId[] memory expected = new RecordId[](records);
        for (uint256 i = records; i > 0; --i) {
            expected[i - 1] = _create(i % 2 == 0 ? alice : carol);
            _grant(expected[i - 1], bob);
        }
        _assertIds(_inbox(bob, FIRST_PAGE, limit % 30 + 1), expected, "small pages");
        _assertIds(_inbox(bob, FIRST_PAGE, limit == 0 ? 1 : limit), expected, "pages of any size");
    }

    /// @dev Bit i of the masks says what happens to record i; the order of first grants stays.
    function testFuzz_sharedWith_leavesOutWhatIsNotLive(
        uint16 revoked,
        uint16 ended,
        uint16 again,
        uint8 limit
    ) public {
        for (uint256 i; i < 16; ++i) {
            RecordId id = _create(alice);
            _grant(id, bob, _bit(ended, i) ? NOW + 5 : 0);
            if (_bit(revoked, i)) _revoke(id, bob);
        }
        for (uint256 i; i < 16; ++i) {
            if (_bit(again, i)) _grant(toRecordId(alice, uint48(i)), bob, _bit(ended, i) ? NOW + 5 : 0);
        }
        cheats.warp(NOW + 5);
        uint16 live = (~revoked | again) & ~ended;
        _assertIds(_inbox(bob, FIRST_PAGE, limit % 20 + 1), _newestFirst(live), "live rows");
        _assertIds(_sharedBy(alice, bob, limit % 20 + 1), _oldestFirst(live), "the same by owner");
    }

    function testFuzz_sharedWith_fromAnyCursorEndsAndGivesTheRest(uint16 revoked, uint8 from, uint8 limit)
        public
    {
        for (uint256 i; i < 16; ++i) {
            RecordId id = _create(alice);
            _grant(id, bob);
            if (_bit(revoked, i)) _revoke(id, bob);
        }
        uint16 older = uint16((uint256(2) << (from % 16)) - 1);
        RecordId[] memory found = _inbox(bob, toRecordId(alice, from % 16), limit % 20 + 1);
        _assertIds(found, _newestFirst(~revoked & older), "from the cursor on");
    }

    function testFuzz_sharedWith_fromAStrangersCursorEndsAtOnce(RecordId cursor) public {
        cheats.assume(!cursor.isNone() && cursor.owner() != alice);
        _grant(_create(alice), bob);
        _assertIds(_inbox(bob, cursor, 10), new RecordId[](0), "not in the inbox");
    }

    function test_sharedWith_isBoundedInSteps() public {
        for (uint256 i; i < 9; ++i) {
            _grant(_create(alice), bob);
            _revoke(toRecordId(alice, uint48(i)), bob);
        }
        (IRecordRegistry.SharedRecord[] memory page, RecordId next) = registry.sharedWith(bob, FIRST_PAGE, 2);
        cheats.assertEq(page.length, 0, "nothing live in eight steps");
        _assertId(next, toRecordId(alice, 0), "the ninth");
    }

    function test_sharedWith_ofNoRowsStaysWhereItIs() public {
        _grant(_create(alice), bob);
        (IRecordRegistry.SharedRecord[] memory page, RecordId next) = registry.sharedWith(bob, FIRST_PAGE, 0);
        cheats.assertEq(page.length, 0, "no row was asked for");
        _assertId(next, toRecordId(alice, 0), "where it began");
    }

    function test_sharedWith_givesNoMoreThan256Rows() public {
        for (uint256 i; i < 260; ++i) {
            _grant(_create(alice), bob);
        }
        (IRecordRegistry.SharedRecord[] memory page,) =
            registry.sharedWith(bob, FIRST_PAGE, type(uint256).max);
        cheats.assertEq(page.length, 256, "rows of the inbox");
        (page,) = registry.sharedBy(alice, bob, 0, type(uint256).max);
        cheats.assertEq(page.length, 256, "rows of the owner");
    }

    function testFuzz_pages_withChangesBetweenThemMissNothingThatStood(uint256 acts, uint8 limit) public {
        for (uint256 i; i < 16; ++i) {
            _grant(_create(alice), bob, i % 3 == 0 ? NOW + 3 : 0);
        }
        uint256 stood = 0xffff;
        uint256 seen;
        RecordId cursor = FIRST_PAGE;
        do {
            IRecordRegistry.SharedRecord[] memory page;
            (page, cursor) = registry.sharedWith(bob, cursor, limit % 5 + 1);
            seen = _mark(seen, page);
            stood &= _change(acts);
            acts >>= 16;
        } while (!cursor.isNone());
        cheats.assertEq(seen & stood, stood, "all that stood was seen");
    }

    /// @dev Fails when a row came twice.
    function _mark(uint256 seen, IRecordRegistry.SharedRecord[] memory page) private pure returns (uint256) {
        for (uint256 i; i < page.length; ++i) {
            uint256 bit = 1 << page[i].id.position();
            cheats.assertEq(seen & bit, 0, "seen twice");
            seen |= bit;
        }
        return seen;
    }

    /// @dev A grant, a revocation, a re-grant and a second of time, as the low bits of `acts` say; gives what
    /// stood of the first 16 records.
    function _change(uint256 acts) private returns (uint256 standing) {
        RecordId some = toRecordId(alice, uint48(acts & 15));
        RecordId another = toRecordId(alice, uint48((acts >> 4) & 15));
        (,, bool live) = registry.grantOf(some, bob);
        if (live) _revoke(some, bob);
        standing = _live();
        _grant(another, bob);
        if (acts & 0x100 != 0) _grant(_create(alice), bob);
        if (acts & 0x200 != 0) cheats.warp(block.timestamp + 1);
        standing &= _live();
    }

    function _live() private view returns (uint256 bits) {
        for (uint256 i; i < 16; ++i) {
            if (registry.canRead(toRecordId(alice, uint48(i)), bob)) bits |= 1 << i;
        }
    }

    function test_sharedBy_findsAReadersGrantsBehindAFloodedInbox() public {
        RecordId[] memory expected = _oldestFirst(3);
        _create(alice, 2);
        _grant(expected[0], bob);
        _flood(bob, 2000);
        _grant(expected[1], bob);
        (IRecordRegistry.SharedRecord[] memory page, uint256 next) = registry.sharedBy(alice, bob, 0, 10);
        cheats.assertEq(page.length, 2, "both at once");
        cheats.assertEq(next, 0, "and no page more");
        _assertIds(_sharedBy(alice, bob, 1), expected, "by owner");
        cheats.assertEq(_inbox(bob, FIRST_PAGE, 256).length, 2002, "the inbox has all");
    }

    function _flood(address reader, uint256 count) private {
        for (uint256 i; i < count; ++i) {
            _grant(_create(carol), reader);
        }
    }

    function test_sharedBy_isBoundedInSteps() public {
        _create(alice, 9);
        _grant(toRecordId(alice, 8), bob);
        (IRecordRegistry.SharedRecord[] memory page, uint256 next) = registry.sharedBy(alice, bob, 0, 2);
        cheats.assertEq(page.length, 0, "nothing granted among eight");
        cheats.assertEq(next, 8, "the ninth");
        (page, next) = registry.sharedBy(alice, bob, next, 2);
        cheats.assertEq(page.length, 1, "the ninth is granted");
        cheats.assertEq(next, 0, "the end");
    }

    function testFuzz_sharedBy_beyondTheEndIsEmpty(uint256 offset) public {
        _grant(_create(alice), bob);
        (IRecordRegistry.SharedRecord[] memory page, uint256 next) =
            registry.sharedBy(alice, bob, offset == 0 ? 1 : offset, 10);
        cheats.assertEq(page.length, 0, "rows");
        cheats.assertEq(next, 0, "next");
    }

    function _bit(uint256 mask, uint256 i) private pure returns (bool) {
        return (mask >> i) & 1 == 1;
    }

    function _oldestFirst(uint16 mask) private view returns (RecordId[] memory ids) {
        ids = new RecordId[](_count(mask));
        uint256 found;
        for (uint48 i; i < 16; ++i) {
            if (_bit(mask, i)) ids[found++] = toRecordId(alice, i);
        }
    }

    function _newestFirst(uint16 mask) private view returns (RecordId[] memory ids) {
        RecordId[] memory oldest = _oldestFirst(mask);
        ids = new RecordId[](oldest.length);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = oldest[ids.length - 1 - i];
        }
    }

    function _count(uint256 mask) private pure returns (uint256 bits) {
        for (; mask != 0; mask >>= 1) {
            bits += mask & 1;
        }
    }
}
