// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Grant, toGrant} from "../../contracts/types/Grant.sol";
import {RecordId} from "../../contracts/types/RecordId.sol";
import {Proof} from "./Proof.sol";

/// @notice The four parts of a grant's word keep out of each other's bits.
contract GrantProofs is Proof {
    function check_toGrant_unpacks(RecordId next, uint40 expiresAt, uint8 purpose) public pure {
        VM.assume(purpose > 0 && purpose < 128);
        Grant grant = toGrant(next, expiresAt, purpose);
        assert(RecordId.unwrap(grant.next()) == RecordId.unwrap(next));
        assert(grant.expiresAt() == expiresAt);
        assert(grant.purpose() == purpose);
        assert(grant.isLive() && grant.isKnown());
    }

    /// Once granted, always known: `isKnown` may stand for "is in the inbox".
    function check_revoked_staysKnown(RecordId next, uint40 expiresAt, uint8 purpose) public pure {
        VM.assume(purpose > 0 && purpose < 128);
        assert(toGrant(next, expiresAt, purpose).revoked().isKnown());
    }

    function check_revoked_changesLiveOnly(Grant grant) public pure {
        VM.assume(grant.isLive());
        Grant revoked = grant.revoked();
        assert(!revoked.isLive());
        assert(Grant.unwrap(revoked) | 1 == Grant.unwrap(grant));
        assert(RecordId.unwrap(revoked.next()) == RecordId.unwrap(grant.next()));
        assert(revoked.expiresAt() == grant.expiresAt() && revoked.purpose() == grant.purpose());
    }

    function check_allows_liveAndNotEnded(Grant grant, uint256 time) public pure {
        bool ended = grant.expiresAt() != 0 && time >= grant.expiresAt();
        assert(grant.allows(time) == (grant.isLive() && !ended));
    }
}
