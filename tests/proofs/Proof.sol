// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RecordRegistry} from "../../contracts/RecordRegistry.sol";
import {RecordId} from "../../contracts/types/RecordId.sol";

/// The cheat codes of forge that the proofs use.
interface Cheats {
    function assume(bool condition) external pure;
    function prank(address caller) external;
    function warp(uint256 time) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
}

/// The cheat codes of halmos: values that stand for every value.
interface Symbols {
    function createAddress(string memory name) external pure returns (address);
    function createBytes(uint256 length, string memory name) external pure returns (bytes memory);
    function enableSymbolicStorage(address target) external;
}

/// @notice halmos runs each `check_*` with symbolic arguments: one PASS stands for all of them.
abstract contract Proof {
    Cheats internal constant VM = Cheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    Symbols internal constant SYMBOLS = Symbols(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    /// In any state whatever, reached or not, behind any forwarder or none.
    RecordRegistry internal registry;

    function setUp() public virtual {
        registry = new RecordRegistry(SYMBOLS.createAddress("forwarder"));
        SYMBOLS.enableSymbolicStorage(address(registry));
    }

    /// For whom the registry must take `caller`: ERC-2771's rule, said once more.
    function _sender(address caller, bytes memory data) internal view returns (address sender) {
        if (caller != registry.trustedForwarder()) return caller;
        assembly ("memory-safe") {
            sender := shr(96, mload(add(data, add(mload(data), 12))))
        }
    }

    function _exists(RecordId id) internal view returns (bool) {
        try registry.record(id) {
            return true;
        } catch {
            return false;
        }
    }
}
