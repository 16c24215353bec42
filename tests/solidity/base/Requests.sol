// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {cheats} from "./Cheats.sol";
import {IForwarder} from "./OpenZeppelin.sol";

bytes32 constant DOMAIN =
    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
bytes32 constant REQUEST = keccak256(
    "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
);
uint256 constant REQUEST_GAS = 5_000_000;

/// @notice A request of `from` to the forwarder, signed by `key`: honest if the key is that of `from`.
/// @dev EIP-712 written out; good for the next nonce of `from` and until the next hour.
function signRequest(IForwarder forwarder, uint256 key, address from, address to, bytes memory data)
    view
    returns (IForwarder.ForwardRequestData memory request)
{
    request = IForwarder.ForwardRequestData({
        from: from,
        to: to,
        value: 0,
        gas: REQUEST_GAS,
        deadline: uint48(block.timestamp + 1 hours),
        data: data,
        signature: ""
    });
    (uint8 v, bytes32 r, bytes32 s) = cheats.sign(key, requestDigest(forwarder, request));
    request.signature = abi.encodePacked(r, s, v);
}

/// @notice What is signed for a request.
function requestDigest(IForwarder forwarder, IForwarder.ForwardRequestData memory request)
    view
    returns (bytes32)
{
    bytes32 content = keccak256(
        abi.encode(
            REQUEST,
            request.from,
            request.to,
            request.value,
            request.gas,
            forwarder.nonces(request.from),
            request.deadline,
            keccak256(request.data)
        )
    );
    bytes32 domain =
        keccak256(abi.encode(DOMAIN, keccak256("PMR"), keccak256("1"), block.chainid, address(forwarder)));
    return keccak256(abi.encodePacked(hex"1901", domain, content));
}
