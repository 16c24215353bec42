// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../../contracts/types/RecordId.sol";

/// @notice What both contracts should know, kept the plain way: lists and structs, nothing packed, nothing
/// threaded through anything. Who writes into it, heirs say.
abstract contract Book {
    struct Entry {
        uint40 expiresAt;
        uint8 purpose;
        bool live;
    }

    mapping(address owner => bytes32[]) internal _roots;
    mapping(RecordId id => mapping(address reader => Entry)) internal _entries;
    mapping(address reader => RecordId[]) internal _inboxes; // first granted first
    mapping(address account => bytes32[]) internal _bundles;

    function rootsOf(address owner) public view returns (bytes32[] memory) {
        return _roots[owner];
    }

    function exists(RecordId id) public view returns (bool) {
        return id.position() < _roots[id.owner()].length;
    }

    function entryOf(RecordId id, address reader) public view returns (Entry memory) {
        return _entries[id][reader];
    }

    function bundlesOf(address account) public view returns (bytes32[] memory) {
        return _bundles[account];
    }

    /// @notice Every record that was ever granted to the reader, first granted first.
    function inboxOf(address reader) public view returns (RecordId[] memory) {
        return _inboxes[reader];
    }

    function canRead(RecordId id, address account) public view returns (bool) {
        if (!exists(id)) return false;
        Entry memory entry = _entries[id][account];
        bool ended = entry.expiresAt != 0 && block.timestamp >= entry.expiresAt;
        return account == id.owner() || (entry.live && !ended);
    }

    /// @notice What the reader may read among the `count` records that were granted first, latest first.
    function sharedWith(address reader, uint256 count)
        public
        view
        returns (IRecordRegistry.SharedRecord[] memory)
    {
        RecordId[] memory ids = new RecordId[](count);
        for (uint256 i; i < count; ++i) {
            ids[i] = _inboxes[reader][count - 1 - i];
        }
        return _readable(ids, reader);
    }

    /// @notice What the reader may read of the owner's records from `offset` on, oldest first.
    function sharedBy(address owner, address reader, uint256 offset)
        public
        view
        returns (IRecordRegistry.SharedRecord[] memory)
    {
        RecordId[] memory ids = new RecordId[](_roots[owner].length - offset);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = toRecordId(owner, uint48(offset + i));
        }
        return owner == reader ? new IRecordRegistry.SharedRecord[](0) : _readable(ids, reader);
    }

    function _readable(RecordId[] memory ids, address reader)
        private
        view
        returns (IRecordRegistry.SharedRecord[] memory rows)
    {
        uint256 found;
        for (uint256 i; i < ids.length; ++i) {
            if (canRead(ids[i], reader)) ids[found++] = ids[i];
        }
        rows = new IRecordRegistry.SharedRecord[](found);
        for (uint256 i; i < found; ++i) {
            Entry memory entry = _entries[ids[i]][reader];
            bytes32 root = _roots[ids[i].owner()][ids[i].position()];
            rows[i] = IRecordRegistry.SharedRecord(ids[i], root, entry.expiresAt, entry.purpose);
        }
    }

    function _enter(RecordId id, address reader, Entry memory entry) internal {
        if (_entries[id][reader].purpose == 0) _inboxes[reader].push(id);
        _entries[id][reader] = entry;
    }
}
