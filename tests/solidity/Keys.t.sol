// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../contracts/interfaces/IKeyDirectory.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";

contract KeysTest is LedgerTest {
    function testFuzz_publish_givesBundleVersionAndEvent(address account, bytes32 bundle) public {
        cheats.assume(bundle != 0 && account != address(forwarder));
        cheats.expectEmit(address(directory));
        emit IKeyDirectory.KeyPublished(account, 1, bundle);
        cheats.prank(account);
        directory.publish(1, bundle);
        _assertNewest(account, bundle, 1);
    }

    function testFuzz_publish_changesNoEarlierBundleAndNobodyElses(uint8 count) public {
        uint48 versions = count % 16 + 1;
        _publish(bob, 1);
        for (uint48 version = 1; version <= versions; ++version) {
            _publish(alice, version);
            _assertNewest(alice, _bundle(alice, version), version);
        }
        for (uint48 version = 1; version <= versions; ++version) {
            cheats.assertEq(directory.bundleAt(alice, version), _bundle(alice, version), "an earlier bundle");
        }
        _assertNewest(bob, _bundle(bob, 1), 1);
        _assertNewest(carol, 0, 0);
    }

    function test_publish_failsIfBundleIsEmpty() public {
        cheats.expectRevert(abi.encodeWithSelector(IKeyDirectory.EmptyBundle.selector));
        directory.publish(1, 0);
    }

    function testFuzz_publish_failsIfVersionIsNotTheNext(uint8 published, uint48 given) public {
        uint48 next = published % 8 + 1;
        cheats.assume(given != next);
        for (uint48 version = 1; version < next; ++version) {
            _publish(alice, version);
        }
        cheats.expectRevert(abi.encodeWithSelector(IKeyDirectory.WrongVersion.selector, next, given));
        _publish(alice, given);
    }

    function testFuzz_bundleAt_isZeroWhereNothingWasPublished(uint48 version) public {
        cheats.assume(version != 1);
        _publish(alice, 1);
        cheats.assertEq(directory.bundleAt(alice, version), 0, "a version that is not there");
        cheats.assertEq(directory.bundleAt(bob, version), 0, "an account without bundles");
    }

    function _publish(address account, uint48 version) private {
        cheats.prank(account);
        directory.publish(version, _bundle(account, version));
    }

    function _bundle(address account, uint48 version) private pure returns (bytes32) {
        return keccak256(abi.encode("bundle", account, version));
    }

    function _assertNewest(address account, bytes32 bundle, uint48 version) private view {
        (bytes32 foundBundle, uint48 foundVersion) = directory.keyOf(account);
        cheats.assertEq(foundBundle, bundle, "newest bundle");
        cheats.assertEq(foundVersion, version, "newest version");
    }
}
