// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The cheat codes that these tests use, out of those that forge and Hardhat share.
interface Cheats {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function addr(uint256 key) external pure returns (address account);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function getCode(string calldata artifact) external view returns (bytes memory creationCode);
    function prank(address sender) external;
    function warp(uint256 time) external;
    function assume(bool condition) external pure;

    function expectRevert(bytes calldata reason) external;
    function expectEmit(address emitter) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);

    function record() external;
    function accesses(address target) external returns (bytes32[] memory reads, bytes32[] memory writes);
    function cool(address target) external;
    function lastCallGas() external view returns (Gas memory gas);

    function assertTrue(bool condition, string calldata what) external pure;
    function assertEq(bool found, bool expected, string calldata what) external pure;
    function assertEq(uint256 found, uint256 expected, string calldata what) external pure;
    function assertEq(address found, address expected, string calldata what) external pure;
    function assertEq(bytes32 found, bytes32 expected, string calldata what) external pure;
    function assertEq(bytes calldata found, bytes calldata expected, string calldata what) external pure;
    function assertLe(uint256 found, uint256 most, string calldata what) external pure;
}

/// @dev Where every such tool answers: the last 20 bytes of keccak256("hevm cheat code").
Cheats constant cheats = Cheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
