// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A record's name: the owner's address in the upper 160 bits, the position in that
/// owner's list in the lower 48. Zero names no record.
/// @dev uint208 and not uint256: the ABI decoder refuses the upper 48 bits of the word, so that no
/// two words name one record.
type RecordId is uint208;

using RecordIdLibrary for RecordId global;

/// @notice The id of the record at `position` in the list of `owner`.
function toRecordId(address owner, uint48 position) pure returns (RecordId) {
    return RecordId.wrap((uint208(uint160(owner)) << 48) | position);
}

library RecordIdLibrary {
    /// @notice The account that owns the record.
    function owner(RecordId id) internal pure returns (address) {
        return address(uint160(RecordId.unwrap(id) >> 48));
    }

    /// @notice Where the record stands in its owner's list, from 0.
    function position(RecordId id) internal pure returns (uint48) {
        return uint48(RecordId.unwrap(id));
    }

    /// @notice Whether this is zero, the end of every list.
    function isNone(RecordId id) internal pure returns (bool) {
        return RecordId.unwrap(id) == 0;
    }
}
