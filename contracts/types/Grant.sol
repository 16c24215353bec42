// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RecordId} from "./RecordId.sol";

/// @notice What is kept for a record and a reader, in one slot:
/// next record in the reader's inbox (208 bits) | end (40) | purpose (7) | live (1).
/// Zero when the record was never granted to the reader.
type Grant is uint256;

using GrantLibrary for Grant global;

/// @notice A live grant. `purpose` is from 1 to 127.
function toGrant(RecordId next, uint40 expiresAt, uint8 purpose) pure returns (Grant) {
    return Grant.wrap(
        (uint256(RecordId.unwrap(next)) << 48) | (uint256(expiresAt) << 8) | (uint256(purpose) << 1) | 1
    );
}

library GrantLibrary {
    /// @notice Whether the record stands in the reader's inbox: true from the first grant on.
    function isKnown(Grant grant) internal pure returns (bool) {
        return Grant.unwrap(grant) != 0;
    }

    /// @notice Whether the grant was given and not revoked. It may have ended.
    function isLive(Grant grant) internal pure returns (bool) {
        return Grant.unwrap(grant) & 1 == 1;
    }

    /// @notice Whether the reader may read at `time`, in Unix seconds.
    function allows(Grant grant, uint256 time) internal pure returns (bool) {
        uint40 end = grant.expiresAt();
        return grant.isLive() && (end == 0 || end > time);
    }

    /// @notice The record that entered the reader's inbox before this one; none at the end.
    function next(Grant grant) internal pure returns (RecordId) {
        return RecordId.wrap(uint208(Grant.unwrap(grant) >> 48));
    }

    /// @notice The first second at which the reader may no longer read; 0 for no end.
    function expiresAt(Grant grant) internal pure returns (uint40) {
        return uint40(Grant.unwrap(grant) >> 8);
    }

    /// @notice Why access was given, 1 to 127.
    function purpose(Grant grant) internal pure returns (uint8) {
        return uint8(Grant.unwrap(grant) >> 1) & 0x7f;
    }

    /// @notice The same grant, no longer live. It keeps its place in the inbox.
    /// @dev Only for a live grant.
    function revoked(Grant grant) internal pure returns (Grant) {
        return Grant.wrap(Grant.unwrap(grant) ^ 1);
    }
}
