// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What the tests call of OpenZeppelin's ERC2771Forwarder.
/// @dev An interface: importing a contract would compile it with the tests' settings too.
interface IForwarder {
    struct ForwardRequestData {
        address from;
        address to;
        uint256 value;
        uint256 gas;
        uint48 deadline;
        bytes data;
        bytes signature;
    }

    error ERC2771ForwarderInvalidSigner(address signer, address from);
    error ERC2771ForwarderExpiredRequest(uint48 deadline);
    error ERC2771UntrustfulTarget(address target, address forwarder);

    function execute(ForwardRequestData calldata request) external payable;
    function executeBatch(ForwardRequestData[] calldata requests, address payable refundReceiver)
        external
        payable;
    function nonces(address owner) external view returns (uint256 nonce);
}

/// @notice What the tests call of OpenZeppelin's Multicall and ERC2771Context.
interface ISponsored {
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);
    function isTrustedForwarder(address forwarder) external view returns (bool trusted);
    function trustedForwarder() external view returns (address forwarder);
}
