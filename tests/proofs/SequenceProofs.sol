// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RecordRegistry} from "../../contracts/RecordRegistry.sol";
import {RecordId, toRecordId} from "../../contracts/types/RecordId.sol";
import {Proof} from "./Proof.sol";

/// @notice From the day of deployment: two steps at any times, each a grant or a revocation, or one that
/// is refused, by anybody for any reader; at every moment `canRead` says what a plain note of them says.
contract SequenceProofs is Proof {
    address private constant OWNER = address(0xA11CE);
    uint256 private constant STEPS = 2;

    RecordId private _id;

    /// The note: what OWNER last said of the reader that is watched.
    bool private _live;
    uint256 private _end;

    function setUp() public override {
        registry = new RecordRegistry(address(0));
        VM.prank(OWNER);
        _id = registry.create(0, bytes32(uint256(1)));
    }

    function check_canRead_afterAnySteps(
        address watched,
        address[STEPS] memory callers,
        address[STEPS] memory readers,
        uint40[STEPS] memory ends,
        bool[STEPS] memory gives,
        uint64[STEPS] memory times,
        uint64 time
    ) public {
        VM.assume(watched != OWNER);
        for (uint256 i; i < STEPS; ++i) {
            VM.warp(times[i]);
            if (_step(callers[i], readers[i], ends[i], gives[i])) _note(callers[i], readers[i] == watched, gives[i], ends[i]);
        }
        VM.warp(time);
        assert(registry.canRead(_id, watched) == (_live && (_end == 0 || time < _end)));
        assert(registry.canRead(_id, OWNER));
    }

    function _step(address caller, address reader, uint40 end, bool gives) private returns (bool done) {
        bytes memory call = gives
            ? abi.encodeCall(registry.grant, (_id, reader, end, 1, 0))
            : abi.encodeCall(registry.revoke, (_id, reader));
        VM.prank(caller);
        (done,) = address(registry).call(call);
    }

    function _note(address caller, bool watched, bool gives, uint40 end) private {
        assert(caller == OWNER);
        if (!watched) return;
        _live = gives;
        if (gives) _end = end;
    }
}
