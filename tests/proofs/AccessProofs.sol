// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RecordId} from "../../contracts/types/RecordId.sol";
import {Proof} from "./Proof.sol";

/// @notice Who may read: from any state, so after any calls whatever.
contract AccessProofs is Proof {
    function check_canRead_ownerOrLiveGrant(RecordId id, address account, uint256 time) public {
        VM.warp(time);
        (uint40 end,, bool live) = registry.grantOf(id, account);
        bool granted = live && (end == 0 || time < end);
        assert(registry.canRead(id, account) == (account == id.owner() ? _exists(id) : granted));
    }

    function check_grant_allowsUntilItsEnd(RecordId id, address reader, uint40 end, uint8 purpose, uint256 time)
        public
    {
        VM.prank(id.owner());
        registry.grant(id, reader, end, purpose, 0);
        assert(reader != id.owner() && _exists(id));
        VM.warp(time);
        assert(registry.canRead(id, reader) == (end == 0 || time < end));
    }

    function check_revoke_endsAccess(RecordId id, address reader, uint256 time) public {
        (,, bool selfGranted) = registry.grantOf(id, id.owner());
        VM.assume(!selfGranted); // no call makes it so: check_call_grantsNoOwner
        VM.prank(id.owner());
        registry.revoke(id, reader);
        VM.warp(time);
        assert(!registry.canRead(id, reader));
    }
}
