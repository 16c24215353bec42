// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../../contracts/types/RecordId.sol";
import {Book} from "./Book.sol";

/// @notice The rules of both contracts, written the plain way: it takes the same calls and refuses with the
/// same errors. It knows no forwarder: whoever calls it is the caller.
contract PlainLedger is Book {
    function create(uint48 position, bytes32 root) external returns (RecordId) {
        if (root == 0) revert IRecordRegistry.EmptyRoot();
        uint48 next = uint48(_roots[msg.sender].length);
        if (position != next) revert IRecordRegistry.WrongPosition(next, position);
        _roots[msg.sender].push(root);
        return toRecordId(msg.sender, position);
    }

    function revise(RecordId id, bytes32 oldRoot, bytes32 newRoot) external {
        if (newRoot == 0) revert IRecordRegistry.EmptyRoot();
        _checkOwner(id);
        bytes32 current = _roots[msg.sender][id.position()];
        if (oldRoot != current) revert IRecordRegistry.StaleRoot(id, current);
        _roots[msg.sender][id.position()] = newRoot;
    }

    function grant(RecordId id, address reader, uint40 expiresAt, uint8 purpose, bytes32) external {
        _checkOwner(id);
        if (reader == address(0)) revert IRecordRegistry.EmptyReader();
        if (reader == msg.sender) revert IRecordRegistry.SelfGrant(id);
        bool ended = expiresAt != 0 && block.timestamp >= expiresAt;
        if (ended) revert IRecordRegistry.ExpiryInPast(expiresAt);
        if (purpose < 1 || purpose > 127) revert IRecordRegistry.InvalidPurpose(purpose);
        _enter(id, reader, Entry(expiresAt, purpose, true));
    }

    function revoke(RecordId id, address reader) external {
        _checkOwner(id);
        if (!_entries[id][reader].live) revert IRecordRegistry.NotGranted(id, reader);
        _entries[id][reader].live = false;
    }

    function publish(uint48 version, bytes32 bundle) external {
        if (bundle == 0) revert IKeyDirectory.EmptyBundle();
        uint48 next = uint48(_bundles[msg.sender].length + 1);
        if (version != next) revert IKeyDirectory.WrongVersion(next, version);
        _bundles[msg.sender].push(bundle);
    }

    /// @notice All or nothing, as the same caller; refuses with the error of the call that was refused.
    function batch(bytes[] calldata calls) external {
        for (uint256 i; i < calls.length; ++i) {
            (bool taken, bytes memory reason) = address(this).delegatecall(calls[i]);
            if (taken) continue;
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        }
    }

    function _checkOwner(RecordId id) private view {
        if (id.owner() != msg.sender) revert IRecordRegistry.NotOwner(id, msg.sender);
        if (!exists(id)) revert IRecordRegistry.RecordNotFound(id);
    }
}
