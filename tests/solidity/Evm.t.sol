// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {cheats} from "./base/Cheats.sol";

/// @notice Says on which EVM the tests run: the compiler's settings do not tell.
contract EvmTest {
    event log_string(string);

    function test_evm_saysWhichItIs() public {
        emit log_string(_knows(hex"1e")
                ? "osaka"
                : _isPrague() ? "prague" : _knows(hex"5f") ? "cancun" : "london");
        cheats.assertTrue(_knows(hex"48"), "London's BASEFEE");
    }

    /// @dev Whether code with this opcode, given a stack of ones, runs.
    function _knows(bytes memory opcode) private returns (bool) {
        bytes memory code = abi.encodePacked(hex"60016001", opcode, hex"00");
        address made;
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        return made != address(0);
    }

    /// @dev Prague brought the curve BLS12-381: the sum of two points at infinity is one of 128 bytes.
    function _isPrague() private view returns (bool) {
        (, bytes memory sum) = address(0x0b).staticcall(new bytes(256));
        return sum.length == 128;
    }
}
