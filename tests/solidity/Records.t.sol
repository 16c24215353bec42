// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";

contract RecordsTest is LedgerTest {
    bytes32 private constant ROOT = keccak256("root");

    function test_create_givesIdRootAndEvent() public {
        RecordId expected = toRecordId(alice, 0);
        cheats.expectEmit(address(registry));
        emit IRecordRegistry.RecordCreated(expected, alice, ROOT);
        cheats.prank(alice);
        _assertId(registry.create(0, ROOT), expected, "id");
        _assertRecord(expected, alice, ROOT);
    }

    function test_create_failsIfRootIsEmpty() public {
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.EmptyRoot.selector));
        registry.create(0, 0);
    }

    function testFuzz_create_failsIfPositionIsNotTheNext(uint8 total, uint48 given) public {
        uint48 next = total % 8;
        cheats.assume(given != next);
        _create(alice, next);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.WrongPosition.selector, next, given));
        cheats.prank(alice);
        registry.create(given, ROOT);
    }

    function testFuzz_create_idsAreUniqueNameTheirOwnerAndExist(address one, address other, uint8 count)
        public
    {
        cheats.assume(one != other && one != address(forwarder) && other != address(forwarder));
        uint256 records = count % 8 + 1;
        for (uint256 i; i < records; ++i) {
            _assertNamesItsOwner(_create(one), one, i);
            _assertNamesItsOwner(_create(other), other, i);
        }
    }

    function _assertNamesItsOwner(RecordId id, address owner, uint256 position) private view {
        cheats.assertEq(id.owner(), owner, "owner in the id");
        cheats.assertEq(id.position(), position, "position in the id");
        _assertRecord(id, owner, _root(owner, position));
    }

    function test_revise_givesRootAndEvent() public {
        RecordId id = _create(alice);
        cheats.expectEmit(address(registry));
        emit IRecordRegistry.RecordRevised(id, ROOT);
        cheats.prank(alice);
        registry.revise(id, _root(alice, 0), ROOT);
        _assertRecord(id, alice, ROOT);
    }

    function test_revise_leavesGrantsAndOtherRecordsAlone() public {
        RecordId id = _create(alice);
        RecordId other = _create(alice);
        _grant(id, bob);
        cheats.prank(alice);
        registry.revise(id, _root(alice, 0), ROOT);
        cheats.assertTrue(registry.canRead(id, bob), "the reader stays");
        _assertRecord(other, alice, _root(alice, 1));
    }

    function testFuzz_revise_failsIfNotOwner(address stranger) public {
        cheats.assume(stranger != alice && stranger != address(forwarder));
        RecordId id = _create(alice);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotOwner.selector, id, stranger));
        cheats.prank(stranger);
        registry.revise(id, _root(alice, 0), ROOT);
    }

    function test_revise_failsIfReader() public {
        RecordId id = _create(alice);
        _grant(id, bob);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotOwner.selector, id, bob));
        cheats.prank(bob);
        registry.revise(id, _root(alice, 0), ROOT);
    }

    function testFuzz_revise_failsIfRecordNotFound(uint48 position) public {
        cheats.assume(position != 0);
        _create(alice);
        RecordId id = toRecordId(alice, position);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.RecordNotFound.selector, id));
        cheats.prank(alice);
        registry.revise(id, _root(alice, 0), ROOT);
    }

    function testFuzz_revise_failsIfRootIsStale(bytes32 old) public {
        RecordId id = _create(alice);
        cheats.assume(old != _root(alice, 0));
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.StaleRoot.selector, id, _root(alice, 0)));
        cheats.prank(alice);
        registry.revise(id, old, ROOT);
    }

    function test_revise_failsIfRootIsEmpty() public {
        RecordId id = _create(alice);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.EmptyRoot.selector));
        cheats.prank(alice);
        registry.revise(id, _root(alice, 0), 0);
    }

    function testFuzz_record_failsIfNotFound(RecordId id) public {
        cheats.assume(id.owner() != alice || id.position() != 0);
        _create(alice);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.RecordNotFound.selector, id));
        registry.record(id);
    }

    function testFuzz_recordsOf_givesThePageAndTheTotal(uint8 count, uint256 offset, uint256 limit) public {
        _create(alice, count % 16);
        _create(bob, 2);
        _assertPage(count % 16, offset % 20, limit % 20);
        _assertPage(count % 16, offset, limit);
    }

    function _assertPage(uint256 total, uint256 offset, uint256 limit) private view {
        (bytes32[] memory roots, uint256 found) = registry.recordsOf(alice, offset, limit);
        uint256 left = offset < total ? total - offset : 0;
        cheats.assertEq(found, total, "total");
        cheats.assertEq(roots.length, limit < left ? limit : left, "roots of the page");
        for (uint256 i; i < roots.length; ++i) {
            cheats.assertEq(roots[i], _root(alice, offset + i), "root");
        }
    }

    function _assertRecord(RecordId id, address owner, bytes32 root) private view {
        (address foundOwner, bytes32 foundRoot) = registry.record(id);
        cheats.assertEq(foundOwner, owner, "owner");
        cheats.assertEq(foundRoot, root, "root");
    }
}
