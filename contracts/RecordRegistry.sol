// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRecordRegistry} from "./interfaces/IRecordRegistry.sol";
import {Sponsored} from "./Sponsored.sol";
import {Grant, toGrant} from "./types/Grant.sol";
import {RecordId, toRecordId} from "./types/RecordId.sol";

/// @title RecordRegistry
/// @notice Immutable: no owner, no pause, no upgrade.
contract RecordRegistry is IRecordRegistry, Sponsored {
    uint256 private constant MAX_PAGE = 256;
    uint256 private constant STEPS_PER_ROW = 4;

    mapping(address owner => bytes32[] roots) private _roots;
    mapping(RecordId id => mapping(address reader => Grant)) private _grants;
    /// The record that was first granted last; `Grant.next` leads on from it.
    mapping(address reader => RecordId head) private _inboxes;

    /// @param forwarder OpenZeppelin's ERC2771Forwarder, or 0 for none.
    constructor(address forwarder) ERC2771Context(forwarder) {}

    /// @inheritdoc IRecordRegistry
    function create(uint48 position, bytes32 root) external returns (RecordId id) {
        if (root == 0) revert EmptyRoot();
        address owner = _msgSender();
        bytes32[] storage roots = _roots[owner];
        if (position != roots.length) revert WrongPosition(uint48(roots.length), position);
        id = toRecordId(owner, position);
        roots.push(root);
        emit RecordCreated(id, owner, root);
    }

    /// @inheritdoc IRecordRegistry
    function revise(RecordId id, bytes32 oldRoot, bytes32 newRoot) external {
        if (newRoot == 0) revert EmptyRoot();
        _checkOwner(id);
        bytes32[] storage roots = _roots[id.owner()];
        bytes32 current = roots[id.position()];
        if (current != oldRoot) revert StaleRoot(id, current);
        roots[id.position()] = newRoot;
        emit RecordRevised(id, newRoot);
    }

    /// @inheritdoc IRecordRegistry
    function grant(RecordId id, address reader, uint40 expiresAt, uint8 purpose, bytes32 envelope) external {
        _checkOwner(id);
        if (reader == address(0)) revert EmptyReader();
        if (reader == id.owner()) revert SelfGrant(id);
        if (expiresAt != 0 && expiresAt <= block.timestamp) revert ExpiryInPast(expiresAt);
        if (purpose == 0 || purpose > 127) revert InvalidPurpose(purpose);
        _grants[id][reader] = toGrant(_place(id, reader), expiresAt, purpose);
        emit AccessGranted(id, reader, expiresAt, purpose, envelope);
    }

    /// @inheritdoc IRecordRegistry
    function revoke(RecordId id, address reader) external {
        _checkOwner(id);
        Grant current = _grants[id][reader];
        if (!current.isLive()) revert NotGranted(id, reader);
        _grants[id][reader] = current.revoked();
        emit AccessRevoked(id, reader);
    }

    /// @inheritdoc IRecordRegistry
    function record(RecordId id) external view returns (address owner, bytes32 root) {
        if (!_exists(id)) revert RecordNotFound(id);
        return (id.owner(), _rootOf(id));
    }

    /// @inheritdoc IRecordRegistry
    function canRead(RecordId id, address account) external view returns (bool allowed) {
        if (account == id.owner()) return _exists(id);
        return _grants[id][account].allows(block.timestamp);
    }

    /// @inheritdoc IRecordRegistry
    function grantOf(RecordId id, address account)
        external
        view
        returns (uint40 expiresAt, uint8 purpose, bool live)
    {
        Grant current = _grants[id][account];
        return (current.expiresAt(), current.purpose(), current.isLive());
    }

    /// @inheritdoc IRecordRegistry
    function recordsOf(address owner, uint256 offset, uint256 limit)
        external
        view
        returns (bytes32[] memory roots, uint256 total)
    {
        total = _roots[owner].length;
        uint256 first = Math.min(offset, total);
        roots = new bytes32[](Math.min(limit, total - first));
        for (uint256 i; i < roots.length; ++i) {
            roots[i] = _roots[owner][first + i];
        }
    }

    /// @inheritdoc IRecordRegistry
    function sharedWith(address reader, RecordId cursor, uint256 limit)
        external
        view
        returns (SharedRecord[] memory page, RecordId next)
    {
        limit = Math.min(limit, MAX_PAGE);
        page = new SharedRecord[](limit);
        next = cursor.isNone() ? _inboxes[reader] : cursor;
        uint256 rows;
        for (uint256 steps; !next.isNone() && rows < limit && steps < limit * STEPS_PER_ROW; ++steps) {
            Grant current = _grants[next][reader];
            if (current.allows(block.timestamp)) page[rows++] = _row(next, current);
            next = current.next();
        }
        _shorten(page, rows);
    }

    /// @inheritdoc IRecordRegistry
    function sharedBy(address owner, address reader, uint256 offset, uint256 limit)
        external
        view
        returns (SharedRecord[] memory page, uint256 next)
    {
        limit = Math.min(limit, MAX_PAGE);
        page = new SharedRecord[](limit);
        uint256 total = _roots[owner].length;
        next = Math.min(offset, total);
        uint256 end = Math.min(next + limit * STEPS_PER_ROW, total);
        uint256 rows;
        for (; next < end && rows < limit; ++next) {
            RecordId id = toRecordId(owner, uint48(next));
            Grant current = _grants[id][reader];
            if (current.allows(block.timestamp)) page[rows++] = _row(id, current);
        }
        if (next == total) next = 0;
        _shorten(page, rows);
    }

    function _checkOwner(RecordId id) private view {
        address caller = _msgSender();
        if (caller != id.owner()) revert NotOwner(id, caller);
        if (!_exists(id)) revert RecordNotFound(id);
    }

    /// What follows the record in the reader's inbox; the first grant puts it at the head.
    function _place(RecordId id, address reader) private returns (RecordId next) {
        Grant current = _grants[id][reader];
        if (current.isKnown()) return current.next();
        next = _inboxes[reader];
        _inboxes[reader] = id;
    }

    function _exists(RecordId id) private view returns (bool) {
        return id.position() < _roots[id.owner()].length;
    }

    function _rootOf(RecordId id) private view returns (bytes32) {
        return _roots[id.owner()][id.position()];
    }

    function _row(RecordId id, Grant current) private view returns (SharedRecord memory) {
        return SharedRecord(id, _rootOf(id), current.expiresAt(), current.purpose());
    }

    /// Memory arrays cannot shrink in Solidity; their first word is the length.
    function _shorten(SharedRecord[] memory page, uint256 rows) private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(page, rows)
        }
    }
}
