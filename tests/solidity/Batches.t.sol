// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";
import {ISponsored} from "./base/OpenZeppelin.sol";

contract BatchesTest is LedgerTest {
    function _createAndGrant() private view returns (bytes[] memory) {
        return _calls(
            abi.encodeCall(IRecordRegistry.create, (0, _root(alice, 0))),
            abi.encodeCall(IRecordRegistry.grant, (toRecordId(alice, 0), bob, 0, TREATMENT, ENVELOPE))
        );
    }

    function _multicall(address caller, bytes[] memory calls) private returns (bytes[] memory) {
        cheats.prank(caller);
        return ISponsored(address(registry)).multicall(calls);
    }

    function test_multicall_createsAndGrantsByAForeseenId() public {
        bytes[] memory results = _multicall(alice, _createAndGrant());
        _assertId(abi.decode(results[0], (RecordId)), toRecordId(alice, 0), "what create gives");
        cheats.assertEq(results[1].length, 0, "what grant gives");
        cheats.assertTrue(registry.canRead(toRecordId(alice, 0), bob), "granted");
    }

    function test_multicall_revisesAndGrantsAgain() public {
        _multicall(alice, _createAndGrant());
        RecordId id = toRecordId(alice, 0);
        _multicall(
            alice,
            _calls(
                abi.encodeCall(IRecordRegistry.revise, (id, _root(alice, 0), keccak256("revised"))),
                abi.encodeCall(IRecordRegistry.grant, (id, bob, NOW + 5, 2, ENVELOPE))
            )
        );
        (, bytes32 root) = registry.record(id);
        cheats.assertEq(root, keccak256("revised"), "root");
        cheats.assertEq(_inbox(bob, RecordId.wrap(0), 5).length, 1, "one row");
    }

    function test_multicall_withOneRefusalDoesNothingAndGivesThatError() public {
        bytes[] memory calls = _createAndGrant();
        calls[1] =
            abi.encodeCall(IRecordRegistry.grant, (toRecordId(alice, 0), alice, 0, TREATMENT, ENVELOPE));
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.SelfGrant.selector, toRecordId(alice, 0)));
        _multicall(alice, calls);
        (, uint256 total) = registry.recordsOf(alice, 0, 0);
        cheats.assertEq(total, 0, "nothing was created");
    }

    function test_multicall_whosePositionWasTakenGrantsNoOtherRecord() public {
        _create(alice);
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.WrongPosition.selector, 1, 0));
        _multicall(alice, _createAndGrant());
        cheats.assertEq(registry.canRead(toRecordId(alice, 0), bob), false, "not granted");
    }

    function testFuzz_multicall_actsForItsCallerOnly(address stranger) public {
        cheats.assume(stranger != alice && stranger != address(forwarder));
        RecordId id = _create(alice);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(IRecordRegistry.grant, (id, carol, 0, TREATMENT, ENVELOPE));
        cheats.expectRevert(abi.encodeWithSelector(IRecordRegistry.NotOwner.selector, id, stranger));
        _multicall(stranger, calls);
    }

    function test_multicall_inAMulticallActsForTheSameCaller() public {
        bytes[] memory outer = new bytes[](1);
        outer[0] = abi.encodeCall(ISponsored.multicall, (_createAndGrant()));
        _multicall(alice, outer);
        cheats.assertTrue(registry.canRead(toRecordId(alice, 0), bob), "granted by alice");
    }

    function test_multicall_publishesKeysInOrder() public {
        cheats.prank(alice);
        ISponsored(address(directory))
            .multicall(
                _calls(
                    abi.encodeCall(IKeyDirectory.publish, (1, keccak256("one"))),
                    abi.encodeCall(IKeyDirectory.publish, (2, keccak256("two")))
                )
            );
        (bytes32 bundle, uint48 version) = directory.keyOf(alice);
        cheats.assertEq(bundle, keccak256("two"), "newest");
        cheats.assertEq(version, 2, "version");
    }
}
