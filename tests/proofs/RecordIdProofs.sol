// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {Proof} from "./Proof.sol";

/// @notice An id is its owner and its position, and no two words name one record.
contract RecordIdProofs is Proof {
    function check_toRecordId_unpacks(address owner, uint48 position) public pure {
        RecordId id = toRecordId(owner, position);
        assert(id.owner() == owner && id.position() == position);
        assert(id.isNone() == (owner == address(0) && position == 0));
    }

    function check_toRecordId_ofParts_isTheId(RecordId id) public pure {
        assert(RecordId.unwrap(toRecordId(id.owner(), id.position())) == RecordId.unwrap(id));
    }

    function check_toRecordId_injective(address owner, uint48 position, address other, uint48 place) public pure {
        bool same = RecordId.unwrap(toRecordId(owner, position)) == RecordId.unwrap(toRecordId(other, place));
        assert(same == (owner == other && position == place));
    }

    /// Every function that takes an id, each with any other arguments, from any caller.
    function check_dirtyId_refused(uint256 word, address caller, bytes4 selector) public {
        VM.assume(word >> 208 != 0);
        VM.assume(_takesId(selector));
        bytes memory rest = SYMBOLS.createBytes(160, "rest");
        VM.prank(caller);
        (bool done,) = address(registry).call(abi.encodePacked(selector, word, rest));
        assert(!done);
    }

    function check_dirtyCursor_refused(uint256 word, address reader, uint256 limit) public {
        VM.assume(word >> 208 != 0);
        (bool done,) = address(registry).call(
            abi.encodePacked(IRecordRegistry.sharedWith.selector, abi.encode(reader, word, limit))
        );
        assert(!done);
    }

    function _takesId(bytes4 selector) private pure returns (bool) {
        return selector == IRecordRegistry.revise.selector || selector == IRecordRegistry.grant.selector
            || selector == IRecordRegistry.revoke.selector || selector == IRecordRegistry.record.selector
            || selector == IRecordRegistry.canRead.selector || selector == IRecordRegistry.grantOf.selector;
    }
}
