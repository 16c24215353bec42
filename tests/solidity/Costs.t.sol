// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";

/// @notice Nobody pays for what others do, and a view for what its page asks.
/// @dev Alice and bob do the same in a quiet registry and in a crowded one; gas is compared to the unit.
contract CostsTest is LedgerTest {
    IRecordRegistry private quiet;
    IRecordRegistry private crowded;

    function setUp() public override {
        super.setUp();
        quiet = registry;
        _populate(2);
        registry = crowded = _newRegistry(address(forwarder));
        _populate(150);
        _publishBundles(bob, 1);
        _publishBundles(carol, 50);
    }

    /// @dev Three records of alice, one granted to bob; `crowd` of carol's, granted to bob and to others.
    function _populate(uint256 crowd) private {
        _create(alice, 3);
        for (uint256 i; i < crowd; ++i) {
            RecordId id = _create(carol);
            _grant(id, bob);
            _grant(id, address(uint160(0x1000 + i)));
        }
        _grant(toRecordId(alice, 0), bob);
    }

    function _publishBundles(address account, uint48 count) private {
        for (uint48 version = 1; version <= count; ++version) {
            cheats.prank(account);
            directory.publish(version, keccak256(abi.encode(version)));
        }
    }

    /// @dev Of a call by itself: what the test touched before is cold again.
    function _gas(address target, address caller, bytes memory data) private returns (uint256) {
        cheats.cool(target);
        cheats.prank(caller);
        (bool taken,) = target.call(data);
        uint256 used = cheats.lastCallGas().gasTotalUsed;
        cheats.assertTrue(taken, "taken");
        return used;
    }

    function _assertSameCost(bytes memory data) private {
        uint256 alone = _gas(address(quiet), alice, data);
        cheats.assertEq(_gas(address(crowded), alice, data), alone, "gas among others' records");
    }

    function test_create_costsTheSameAmongOthersRecords() public {
        _assertSameCost(abi.encodeCall(IRecordRegistry.create, (3, _root(alice, 3))));
    }

    function test_revise_costsTheSameAmongOthersRecords() public {
        _assertSameCost(
            abi.encodeCall(IRecordRegistry.revise, (toRecordId(alice, 0), _root(alice, 0), ENVELOPE))
        );
    }

    function test_grant_costsTheSameInAFullInbox() public {
        _assertSameCost(
            abi.encodeCall(IRecordRegistry.grant, (toRecordId(alice, 1), bob, NOW + 10, TREATMENT, ENVELOPE))
        );
    }

    function test_grantAgain_costsTheSameInAFullInbox() public {
        _assertSameCost(
            abi.encodeCall(IRecordRegistry.grant, (toRecordId(alice, 0), bob, NOW + 10, TREATMENT, ENVELOPE))
        );
    }

    function test_revoke_costsTheSameInAFullInbox() public {
        _assertSameCost(abi.encodeCall(IRecordRegistry.revoke, (toRecordId(alice, 0), bob)));
    }

    function test_publish_costsTheSameAmongOthersBundles() public {
        IKeyDirectory empty = _newDirectory();
        bytes memory publish = abi.encodeCall(IKeyDirectory.publish, (1, ENVELOPE));
        cheats.assertEq(_gas(address(directory), alice, publish), _gas(address(empty), alice, publish), "gas");
    }

    function test_keyOf_costsTheSameHoweverManyWerePublished() public {
        bytes memory few = abi.encodeCall(IKeyDirectory.keyOf, (bob));
        bytes memory many = abi.encodeCall(IKeyDirectory.keyOf, (carol));
        cheats.assertEq(_gas(address(directory), alice, few), _gas(address(directory), alice, many), "gas");
    }

    function test_views_costTheSameInAFullInboxAndLongList() public {
        RecordId none = RecordId.wrap(0);
        _assertSameCost(abi.encodeCall(IRecordRegistry.record, (toRecordId(alice, 0))));
        _assertSameCost(abi.encodeCall(IRecordRegistry.canRead, (toRecordId(alice, 0), bob)));
        _assertSameCost(abi.encodeCall(IRecordRegistry.grantOf, (toRecordId(alice, 0), bob)));
        _assertSameCost(abi.encodeCall(IRecordRegistry.recordsOf, (carol, 0, 1)));
        _assertSameCost(abi.encodeCall(IRecordRegistry.sharedWith, (bob, none, 2)));
        _assertSameCost(abi.encodeCall(IRecordRegistry.sharedBy, (alice, bob, 0, 3)));
    }

    /// @dev One slot says how many there are; a row is its grant, then where its root stands and the root.
    function testFuzz_pages_readNoMoreSlotsThanTheyAsk(uint256 offset, uint256 limit, uint8 gone) public {
        limit %= 300;
        for (uint48 i; i < gone % 151; ++i) {
            _revoke(toRecordId(carol, i), bob);
        }
        RecordId cursor = RecordId.wrap(0);
        _assertReads(abi.encodeCall(IRecordRegistry.sharedWith, (bob, cursor, limit)), 1 + limit * (4 + 2));
        _assertReads(
            abi.encodeCall(IRecordRegistry.sharedBy, (carol, bob, offset % 200, limit)), 1 + limit * (4 + 2)
        );
        _assertReads(abi.encodeCall(IRecordRegistry.recordsOf, (carol, offset % 200, limit)), 1 + limit * 2);
    }

    function _assertReads(bytes memory data, uint256 most) private {
        cheats.record();
        (bool taken,) = address(registry).call(data);
        (bytes32[] memory reads, bytes32[] memory writes) = cheats.accesses(address(registry));
        cheats.assertTrue(taken, "taken");
        cheats.assertLe(reads.length, most, "slots read");
        cheats.assertEq(writes.length, 0, "slots written");
    }
}
