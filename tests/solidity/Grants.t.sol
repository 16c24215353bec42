// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";

contract GrantsTest is LedgerTest {
    RecordId private id;

    function setUp() public override {
        super.setUp();
        id = _create(alice);
    }

    function testFuzz_grant_givesAccessAndEvent(address reader, uint40 end, uint8 purpose, bytes32 envelope)
        public
    {
        cheats.assume(reader != address(0) && reader != alice);
        end = end % 2 == 0 ? 0 : NOW + 1 + end % (type(uint40).max - NOW);
        purpose = purpose % 127 + 1;
        cheats.expectEmit(address(registry));
        emit IRecordRegistry.AccessGranted(id, reader, end, purpose, envelope);
        cheats.prank(alice);
        registry.grant(id, reader, end, purpose, envelope);
        _assertGrant(reader, end, purpose, true);
        cheats.assertTrue(registry.canRead(id, reader), "the reader may read");
    }

    function test_grant_againReplacesEndAndPurpose() public {
        _grant(id, bob, NOW + 10);
        cheats.prank(alice);
        registry.grant(id, bob, NOW + 20, 127, ENVELOPE);
        _assertGrant(bob, NOW + 20, 127, true);
    }

    function testFuzz_grant_letsNobodyElseRead(address other) public {
        cheats.assume(other != alice && other != bob);
        RecordId second = _create(alice);
        _grant(id, bob);
        cheats.assertEq(registry.canRead(id, other), false, "another account");
        cheats.assertEq(registry.canRead(second, bob), false, "another record");
    }

    function testFuzz_grant_failsIfNotOwner(address stranger) public {
        cheats.assume(stranger != alice && stranger != address(forwarder));
        _grant(id, stranger == address(0) ? bob : stranger);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotOwner.selector, id, stranger));
        cheats.prank(stranger);
        registry.grant(id, carol, 0, TREATMENT, ENVELOPE);
    }

    function testFuzz_grant_failsIfRecordNotFound(uint48 position) public {
        cheats.assume(position != 0);
        RecordId absent = toRecordId(alice, position);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.RecordNotFound.selector, absent));
        cheats.prank(alice);
        registry.grant(absent, bob, 0, TREATMENT, ENVELOPE);
    }

    function test_grant_failsIfReaderIsEmpty() public {
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.EmptyReader.selector));
        _grant(id, address(0));
    }

    function test_grant_failsIfReaderIsTheOwner() public {
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.SelfGrant.selector, id));
        _grant(id, alice);
    }

    function testFuzz_grant_failsIfItHasEnded(uint40 end) public {
        end = end % NOW + 1;
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.ExpiryInPast.selector, end));
        _grant(id, bob, end);
    }

    function testFuzz_grant_failsIfPurposeIsOutOfRange(uint8 purpose) public {
        purpose = purpose < 128 ? 0 : purpose;
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.InvalidPurpose.selector, purpose));
        cheats.prank(alice);
        registry.grant(id, bob, 0, purpose, ENVELOPE);
    }

    function test_revoke_endsAccessAndSaysSo() public {
        _grant(id, bob, NOW + 10);
        _grant(id, carol);
        cheats.expectEmit(address(registry));
        emit IRecordRegistry.AccessRevoked(id, bob);
        _revoke(id, bob);
        _assertGrant(bob, NOW + 10, TREATMENT, false);
        cheats.assertEq(registry.canRead(id, bob), false, "revoked");
        cheats.assertTrue(registry.canRead(id, carol), "another reader stays");
    }

    function test_revoke_takesAGrantThatEndedByTime() public {
        _grant(id, bob, NOW + 10);
        cheats.warp(NOW + 10);
        _revoke(id, bob);
        _assertGrant(bob, NOW + 10, TREATMENT, false);
    }

    function testFuzz_revoke_failsIfNotOwner(address stranger) public {
        cheats.assume(stranger != alice && stranger != address(forwarder));
        _grant(id, bob);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotOwner.selector, id, stranger));
        cheats.prank(stranger);
        registry.revoke(id, bob);
    }

    function testFuzz_revoke_failsIfRecordNotFound(uint48 position) public {
        cheats.assume(position != 0);
        RecordId absent = toRecordId(alice, position);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.RecordNotFound.selector, absent));
        cheats.prank(alice);
        registry.revoke(absent, bob);
    }

    function testFuzz_revoke_failsIfNeverGranted(address reader) public {
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotGranted.selector, id, reader));
        _revoke(id, reader);
    }

    function test_revoke_failsIfRevokedAlready() public {
        _grant(id, bob);
        _revoke(id, bob);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotGranted.selector, id, bob));
        _revoke(id, bob);
    }

    function testFuzz_canRead_neverPassesAfterRevoke(uint40 end, uint40 time) public {
        end = end % 2 == 0 ? 0 : NOW + 1 + end % 1000;
        _grant(id, bob, end);
        _revoke(id, bob);
        cheats.warp(time);
        cheats.assertEq(registry.canRead(id, bob), false, "revoked, at any time");
    }

    function testFuzz_canRead_stopsInTheSecondThatTheGrantNames(uint40 end, uint40 time) public {
        end = NOW + 1 + end % (type(uint40).max - NOW);
        _grant(id, bob, end);
        _assertReadsAt(time, time < end);
        _assertReadsAt(end - 1, true);
        _assertReadsAt(end, false);
        _assertReadsAt(uint256(type(uint40).max) + 1 + end - 1, false); // no wrap in 40 bits
    }

    function _assertReadsAt(uint256 time, bool allowed) private {
        cheats.warp(time);
        cheats.assertEq(registry.canRead(id, bob), allowed, "allowed at the time");
    }

    function testFuzz_canRead_withoutEndNeverStops(uint40 time) public {
        _grant(id, bob);
        _assertReadsAt(time, true);
    }

    function testFuzz_canRead_ofOthersIsForTheOwnerOnly(address account) public view {
        cheats.assertEq(registry.canRead(id, account), account == alice, "nothing was granted");
    }

    function testFuzz_canRead_ofAnAbsentRecordIsFalse(RecordId absent, address account) public view {
        cheats.assume(absent.owner() != alice || absent.position() != 0);
        cheats.assertEq(registry.canRead(absent, account), false, "anybody");
        cheats.assertEq(registry.canRead(absent, absent.owner()), false, "whom the id names");
    }

    /// @dev Slots as the compiler lays them out: 1 `_grants`, 2 `_inboxes`; 0 `_roots` is touched by no grant.
    function testFuzz_writes_touchNoSlotButTheirOwn(address reader, address stranger) public {
        cheats.assume(reader != address(0) && reader != alice && stranger != alice);
        cheats.assume(stranger != address(0) && stranger != reader);
        bytes32 word = keccak256(abi.encode(reader, keccak256(abi.encode(id, uint256(1)))));
        bytes32 inbox = keccak256(abi.encode(reader, uint256(2)));
        _grant(id, stranger);
        cheats.record();
        _grant(id, reader);
        _assertWritten(word, inbox);
        cheats.record();
        _grant(id, reader, NOW + 10);
        _assertWritten(word, word);
        cheats.record();
        _revoke(id, reader);
        _assertWritten(word, word);
    }

    function _assertWritten(bytes32 one, bytes32 other) private {
        (, bytes32[] memory writes) = cheats.accesses(address(registry));
        cheats.assertTrue(writes.length > 0, "something is written");
        for (uint256 i; i < writes.length; ++i) {
            cheats.assertTrue(writes[i] == one || writes[i] == other, "a slot of this reader and record");
        }
    }

    function test_grantOf_isZerosWithoutAGrantAndForTheOwner() public view {
        _assertGrant(bob, 0, 0, false);
        _assertGrant(alice, 0, 0, false);
    }

    function _assertGrant(address reader, uint40 end, uint8 purpose, bool live) private view {
        (uint40 foundEnd, uint8 foundPurpose, bool foundLive) = registry.grantOf(id, reader);
        cheats.assertEq(foundEnd, end, "end");
        cheats.assertEq(foundPurpose, purpose, "purpose");
        cheats.assertEq(foundLive, live, "live");
    }
}
