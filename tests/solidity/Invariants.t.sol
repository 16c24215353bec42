// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";
import {ISponsored} from "./base/OpenZeppelin.sol";
import {Book} from "./invariants/Book.sol";
import {People} from "./invariants/People.sol";
import {PlainLedger} from "./invariants/PlainLedger.sol";

/// @notice contracts/INVARIANTS.md, held after every act of people who do whatever comes.
contract InvariantsTest is LedgerTest {
    People private crowd;
    address[] private people;

    function setUp() public override {
        super.setUp();
        crowd = new People(registry, directory, forwarder);
        people = crowd.people();
        _populate();
    }

    /// @dev So that short runs too meet what takes many acts: three records each, the first two granted to
    /// everybody, some of that ended or revoked.
    function _populate() private {
        for (uint8 i; i < 12; ++i) {
            crowd.create(i, i, 1, 1);
        }
        for (uint8 i; i < 32; ++i) {
            crowd.grant(i, i, 1 + (i / 16) * 16, i / 4 + 1, i % 3 * 5, 1);
        }
        for (uint8 i; i < 8; ++i) {
            crowd.revoke(i, i, 1, i * 3 + 2);
        }
    }

    /// @dev forge and Hardhat ask this for whom to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(crowd);
    }

    function invariant_stateIsAsThePlainLedgerSays() public view {
        _assertState(crowd.plain());
    }

    function invariant_everyWalkEndsAndGivesEachLiveGrantOnce() public view {
        for (uint256 i; i < people.length; ++i) {
            _assertWalks(people[i]);
            for (uint256 j; j < people.length; ++j) {
                _assertWalksByOwner(people[i], people[j]);
            }
        }
    }

    function invariant_eventsAloneRebuildTheState() public view {
        Book events = crowd.events();
        _assertState(events);
        for (uint256 i; i < people.length; ++i) {
            RecordId[] memory inbox = events.inboxOf(people[i]);
            _assertRows(_walk(people[i], _last(inbox), 7), events.sharedWith(people[i], inbox.length));
        }
    }

    /// @dev That the people above reach what they are for: every kind of act is taken and is refused.
    function test_people_takeAndRefuseEveryAct() public {
        for (uint256 i; i < 400; ++i) {
            _actAtRandom(uint256(keccak256(abi.encode(i))));
        }
        _assertDone(IRecordRegistry.create.selector);
        _assertDone(IRecordRegistry.revise.selector);
        _assertDone(IRecordRegistry.grant.selector);
        _assertDone(IRecordRegistry.revoke.selector);
        _assertDone(IKeyDirectory.publish.selector);
        _assertDone(ISponsored.multicall.selector);
        cheats.assertTrue(crowd.walks().finished() > 10, "walks come to their end");
        invariant_everyWalkEndsAndGivesEachLiveGrantOnce();
        invariant_eventsAloneRebuildTheState();
        invariant_stateIsAsThePlainLedgerSays();
    }

    function _actAtRandom(uint256 seed) private {
        (uint8 who, uint8 way, uint8 a, uint8 b, uint8 c) =
            (uint8(seed), uint8(seed >> 8), uint8(seed >> 16), uint8(seed >> 24), uint8(seed >> 32));
        uint16 which = uint16(seed >> 40);
        uint256 act = (seed >> 64) % 10;
        if (act == 0) crowd.create(who, way, a, b);
        if (act == 1) crowd.revise(who, way, which, a, b);
        if (act < 4) crowd.grant(who, way, which, a, b, c);
        if (act == 4) crowd.revoke(who, way, which, a);
        if (act == 5) crowd.publish(who, way, a, b);
        if (act == 6) crowd.batch(who, way, which, [a, b, c, uint8(seed >> 56)]);
        if (act == 7) crowd.cheat(who, way, which, a);
        if (act == 8) crowd.soil(who, way, which, uint48(seed >> 80), a);
        if (act == 9) crowd.pass(a);
        crowd.turnPage(b, c);
    }

    function _assertDone(bytes4 selector) private view {
        (uint256 taken, uint256 refused) = crowd.acts(selector);
        cheats.assertTrue(taken > 1, "taken");
        cheats.assertTrue(refused > 1, "refused");
    }

    function _assertState(Book book) private view {
        _assertRoots(book);
        _assertGrants(book);
        _assertBundles(book);
    }

    function _assertRoots(Book book) private view {
        for (uint256 i; i < people.length; ++i) {
            bytes32[] memory expected = book.rootsOf(people[i]);
            (bytes32[] memory roots, uint256 total) = registry.recordsOf(people[i], 0, type(uint256).max);
            cheats.assertEq(total, expected.length, "total");
            cheats.assertEq(abi.encode(roots), abi.encode(expected), "roots");
            for (uint48 position; position < total; ++position) {
                (address owner, bytes32 root) = registry.record(toRecordId(people[i], position));
                cheats.assertEq(owner, people[i], "owner");
                cheats.assertEq(root, expected[position], "root");
                cheats.assertTrue(root != 0, "no root is empty");
            }
        }
    }

    function _assertGrants(Book book) private view {
        for (uint256 i; i < people.length; ++i) {
            uint256 total = book.rootsOf(people[i]).length;
            for (uint48 position; position <= total; ++position) {
                _assertGrantsOf(book, toRecordId(people[i], position));
            }
        }
    }

    function _assertGrantsOf(Book book, RecordId id) private view {
        for (uint256 i; i < people.length; ++i) {
            Book.Entry memory expected = book.entryOf(id, people[i]);
            (uint40 expiresAt, uint8 purpose, bool live) = registry.grantOf(id, people[i]);
            cheats.assertEq(expiresAt, expected.expiresAt, "end");
            cheats.assertEq(purpose, expected.purpose, "purpose");
            cheats.assertEq(live, expected.live, "live");
            cheats.assertEq(registry.canRead(id, people[i]), book.canRead(id, people[i]), "canRead");
        }
        cheats.assertEq(registry.canRead(id, address(0)), false, "nobody is no reader");
        cheats.assertEq(registry.canRead(id, address(forwarder)), false, "nor is the forwarder");
    }

    function _assertBundles(Book book) private view {
        for (uint256 i; i < people.length; ++i) {
            bytes32[] memory expected = book.bundlesOf(people[i]);
            (bytes32 newest, uint48 version) = directory.keyOf(people[i]);
            cheats.assertEq(version, expected.length, "version");
            cheats.assertEq(newest, version == 0 ? bytes32(0) : expected[version - 1], "newest bundle");
            cheats.assertEq(directory.bundleAt(people[i], 0), 0, "version 0");
            for (uint48 each = 1; each <= version; ++each) {
                cheats.assertEq(directory.bundleAt(people[i], each), expected[each - 1], "bundle");
            }
        }
    }

    /// @dev From the head and from every place in the inbox, at page sizes that fall differently.
    function _assertWalks(address reader) private view {
        PlainLedger plain = crowd.plain();
        RecordId[] memory inbox = plain.inboxOf(reader);
        IRecordRegistry.SharedRecord[] memory all = plain.sharedWith(reader, inbox.length);
        _assertRows(_walk(reader, RecordId.wrap(0), 1), all);
        _assertRows(_walk(reader, RecordId.wrap(0), 2), all);
        _assertRows(_walk(reader, RecordId.wrap(0), type(uint256).max), all);
        for (uint256 i; i < inbox.length; ++i) {
            _assertRows(_walk(reader, inbox[i], i % 4 + 1), plain.sharedWith(reader, i + 1));
        }
    }

    function _assertWalksByOwner(address owner, address reader) private view {
        PlainLedger plain = crowd.plain();
        uint256 half = plain.rootsOf(owner).length / 2;
        _assertRows(_walkByOwner(owner, reader, 0, 1), plain.sharedBy(owner, reader, 0));
        _assertRows(_walkByOwner(owner, reader, 0, 256), plain.sharedBy(owner, reader, 0));
        _assertRows(_walkByOwner(owner, reader, half, 2), plain.sharedBy(owner, reader, half));
    }

    function _walk(address reader, RecordId cursor, uint256 limit) private view returns (bytes memory rows) {
        uint256 pages = 1 + crowd.plain().inboxOf(reader).length;
        do {
            cheats.assertTrue(pages-- > 0, "the walk ends");
            IRecordRegistry.SharedRecord[] memory page;
            (page, cursor) = registry.sharedWith(reader, cursor, limit);
            cheats.assertLe(page.length, limit, "rows of a page");
            rows = _join(rows, page);
        } while (!cursor.isNone());
    }

    function _walkByOwner(address owner, address reader, uint256 offset, uint256 limit)
        private
        view
        returns (bytes memory rows)
    {
        uint256 before = offset;
        do {
            IRecordRegistry.SharedRecord[] memory page;
            (page, offset) = registry.sharedBy(owner, reader, offset, limit);
            cheats.assertTrue(offset == 0 || offset > before, "the walk goes on");
            cheats.assertLe(page.length, limit, "rows of a page");
            (rows, before) = (_join(rows, page), offset);
        } while (offset != 0);
    }

    function _join(bytes memory rows, IRecordRegistry.SharedRecord[] memory page)
        private
        pure
        returns (bytes memory)
    {
        for (uint256 i; i < page.length; ++i) {
            rows = bytes.concat(rows, abi.encode(page[i]));
        }
        return rows;
    }

    function _assertRows(bytes memory found, IRecordRegistry.SharedRecord[] memory expected) private pure {
        cheats.assertEq(found, _join("", expected), "each live grant once, in its order");
    }

    function _last(RecordId[] memory inbox) private pure returns (RecordId) {
        return inbox.length == 0 ? RecordId.wrap(0) : inbox[inbox.length - 1];
    }
}
