// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";

/// @notice The one value at which a rule turns, which a random one hardly ever is.
contract EdgesTest is LedgerTest {
    function test_grant_failsIfItEndsInThisSecond() public {
        RecordId id = _create(alice);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.ExpiryInPast.selector, NOW));
        _grant(id, bob, NOW);
    }

    function test_grant_takesAnEndInTheNextSecond() public {
        RecordId id = _create(alice);
        _grant(id, bob, NOW + 1);
        cheats.assertTrue(registry.canRead(id, bob), "for one second");
    }

    function test_grant_takesPurpose127() public {
        RecordId id = _create(alice);
        cheats.prank(alice);
        registry.grant(id, bob, 0, 127, ENVELOPE);
        (, uint8 purpose,) = registry.grantOf(id, bob);
        cheats.assertEq(purpose, 127, "seven bits");
    }

    function test_grant_failsIfPurposeTakesEightBits() public {
        RecordId id = _create(alice);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.InvalidPurpose.selector, 128));
        cheats.prank(alice);
        registry.grant(id, bob, 0, 128, ENVELOPE);
    }

    function test_sharedBy_findsTheFirstRecordWhosePositionTakesTwoBytes() public {
        _create(alice, 257);
        RecordId[] memory expected = new RecordId[](1);
        expected[0] = toRecordId(alice, 256);
        _grant(expected[0], bob);
        _assertIds(_sharedBy(alice, bob, 256), expected, "position 256");
    }
}
