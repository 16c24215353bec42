// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId} from "../../contracts/types/RecordId.sol";
import {cheats} from "./base/Cheats.sol";
import {LedgerTest} from "./base/LedgerTest.sol";
import {ISponsored} from "./base/OpenZeppelin.sol";

/// @notice No word with bits above its type is taken, by any function, on any way in.
contract WordsTest is LedgerTest {
    RecordId private id;

    function setUp() public override {
        super.setUp();
        id = _create(alice);
        _grant(id, bob);
    }

    /// @dev Every call that has an id, good but for the dirt; `places` says which argument is the id.
    function _callsWithAnId() private view returns (bytes[7] memory calls, uint256[7] memory places) {
        calls[0] = abi.encodeCall(IRecordRegistry.revise, (id, _root(alice, 0), keccak256("revised")));
        calls[1] = abi.encodeCall(IRecordRegistry.grant, (id, carol, NOW + 10, TREATMENT, ENVELOPE));
        calls[2] = abi.encodeCall(IRecordRegistry.revoke, (id, bob));
        calls[3] = abi.encodeCall(IRecordRegistry.record, (id));
        calls[4] = abi.encodeCall(IRecordRegistry.canRead, (id, bob));
        calls[5] = abi.encodeCall(IRecordRegistry.grantOf, (id, bob));
        calls[6] = abi.encodeCall(IRecordRegistry.sharedWith, (bob, id, 10));
        places[6] = 1;
    }

    function testFuzz_dirtyId_isRefusedByEveryFunctionOnEveryWayIn(uint48 dirt) public {
        cheats.assume(dirt != 0);
        (bytes[7] memory calls, uint256[7] memory places) = _callsWithAnId();
        for (uint256 i; i < calls.length; ++i) {
            _soil(calls[i], places[i], uint256(dirt) << 208);
            _assertRefusedOnEveryWayIn(calls[i]);
        }
    }

    function test_cleanId_isTakenByEveryFunction() public {
        (bytes[7] memory calls,) = _callsWithAnId();
        for (uint256 i; i < calls.length; ++i) {
            cheats.prank(alice);
            (bool taken,) = address(registry).call(calls[i]);
            cheats.assertTrue(taken, "but for the dirt, the call is good");
        }
    }

    function testFuzz_dirtyWords_areRefusedWhateverTheirType(uint256 dirt) public {
        bytes memory create = abi.encodeCall(IRecordRegistry.create, (1, keccak256("root")));
        bytes memory grant = abi.encodeCall(IRecordRegistry.grant, (id, carol, NOW + 10, TREATMENT, ENVELOPE));
        bytes memory revoke = abi.encodeCall(IRecordRegistry.revoke, (id, bob));
        _assertSoiledRefused(address(registry), create, 0, dirt, 48);
        _assertSoiledRefused(address(registry), grant, 1, dirt, 160);
        _assertSoiledRefused(address(registry), grant, 2, dirt, 40);
        _assertSoiledRefused(address(registry), grant, 3, dirt, 8);
        _assertSoiledRefused(address(registry), revoke, 1, dirt, 160);
        bytes memory publish = abi.encodeCall(IKeyDirectory.publish, (1, keccak256("bundle")));
        _assertSoiledRefused(address(directory), publish, 0, dirt, 48);
        bytes memory bundleAt = abi.encodeCall(IKeyDirectory.bundleAt, (alice, 1));
        _assertSoiledRefused(address(directory), bundleAt, 0, dirt, 160);
        _assertSoiledRefused(address(directory), bundleAt, 1, dirt, 48);
    }

    function test_shortCalldata_isRefused() public {
        (bytes[7] memory calls,) = _callsWithAnId();
        for (uint256 i; i < calls.length; ++i) {
            bytes memory data = calls[i];
            assembly ("memory-safe") {
                mstore(data, sub(mload(data), 1))
            }
            _assertRefused(address(registry), data);
        }
    }

    function test_ether_isRefused() public {
        cheats.assertTrue(address(this).balance != 0, "somebody has coin");
        (bool taken,) = address(registry).call{value: 1}("");
        cheats.assertEq(taken, false, "plain");
        (taken,) = address(registry).call{value: 1}(abi.encodeCall(IRecordRegistry.create, (0, ENVELOPE)));
        cheats.assertEq(taken, false, "with a call");
        (taken,) = address(directory).call{value: 1}(abi.encodeCall(IKeyDirectory.publish, (1, ENVELOPE)));
        cheats.assertEq(taken, false, "with a key");
    }

    function _assertRefusedOnEveryWayIn(bytes memory data) private {
        _assertRefused(address(registry), data);
        bytes[] memory calls = new bytes[](1);
        calls[0] = data;
        bytes memory batch = abi.encodeCall(ISponsored.multicall, (calls));
        cheats.prank(alice);
        (bool taken,) = address(registry).call(batch);
        cheats.assertEq(taken, false, "in a multicall");
        cheats.assertEq(_forward(ALICE_KEY, address(registry), data), false, "through the forwarder");
        cheats.assertEq(_forward(ALICE_KEY, address(registry), batch), false, "in a forwarded multicall");
    }

    /// @dev The decoder gives no reason; every refusal of a rule has one.
    function _assertRefused(address target, bytes memory data) private {
        cheats.prank(alice);
        (bool taken, bytes memory reason) = target.call(data);
        cheats.assertEq(taken, false, "taken");
        cheats.assertEq(reason.length, 0, "refused by the decoder, not by a rule");
    }

    function _assertSoiledRefused(
        address target,
        bytes memory data,
        uint256 place,
        uint256 dirt,
        uint256 width
    ) private {
        dirt <<= width;
        bytes memory soiled = bytes.concat(data);
        _soil(soiled, place, dirt == 0 ? 1 << width : dirt);
        _assertRefused(target, soiled);
    }

    function _soil(bytes memory data, uint256 place, uint256 dirt) private pure {
        assembly ("memory-safe") {
            let word := add(data, add(36, mul(place, 32)))
            mstore(word, or(mload(word), dirt))
        }
    }
}
