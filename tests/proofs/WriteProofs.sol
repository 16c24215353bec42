// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId} from "../../contracts/types/RecordId.sol";
import {Proof} from "./Proof.sol";

/// @notice Who changes what: one call, of any kind, by anybody, in any state. Hence any number of calls.
/// @dev A call is one of the four functions that write, an id (or a position) and any bytes. `multicall`
/// only repeats such calls, and for the same sender, which `check_multicall_*` shows.
contract WriteProofs is Proof {
    /// Where RecordRegistry keeps its grants.
    uint256 private constant GRANTS_SLOT = 1;

    function check_write_byStranger_reverts(address caller, RecordId id, bytes4 selector) public {
        VM.assume(_isOwners(selector));
        bytes memory call = _call(selector, id);
        VM.assume(_sender(caller, call) != id.owner());
        VM.prank(caller);
        (bool done,) = address(registry).call(call);
        assert(!done);
    }

    function check_multicall_byStranger_reverts(address caller, RecordId id, bytes4 selector, address appended) public {
        VM.assume(_isOwners(selector));
        bytes[] memory calls = new bytes[](1);
        calls[0] = _call(selector, id);
        bytes memory call = abi.encodePacked(abi.encodeCall(registry.multicall, calls), appended);
        VM.assume(appended != registry.trustedForwarder()); // it has no key, so nobody signs for it
        VM.assume(_sender(caller, call) != id.owner());
        VM.prank(caller);
        (bool done,) = address(registry).call(call);
        assert(!done);
    }

    /// That `_wordOf` looks where the grants are, or what uses it would show nothing.
    function check_wordOf_isTheGrant(RecordId id, address reader) public view {
        (uint40 end, uint8 purpose, bool live) = registry.grantOf(id, reader);
        uint256 low = (uint256(end) << 8) | (uint256(purpose) << 1) | (live ? 1 : 0);
        assert(uint48(uint256(_wordOf(id, reader))) == low);
    }

    /// No grant word changes, its place in the inbox included, but the one that grant or revoke names.
    function check_call_leavesOtherGrants(
        address caller, RecordId id, address reader, bytes4 selector, RecordId other, address otherReader
    ) public {
        VM.assume(RecordId.unwrap(id) != RecordId.unwrap(other) || reader != otherReader);
        bytes32 before = _wordOf(other, otherReader);
        bytes memory rest = SYMBOLS.createBytes(128, "rest");
        _tryCall(caller, abi.encodePacked(selector, abi.encode(id, reader), rest));
        assert(_wordOf(other, otherReader) == before);
    }

    function check_call_grantsNoOwner(address caller, RecordId id, bytes4 selector, RecordId other) public {
        (,, bool before) = registry.grantOf(other, other.owner());
        VM.assume(!before);
        _tryCall(caller, _call(selector, id));
        (,, bool granted) = registry.grantOf(other, other.owner());
        assert(!granted);
    }

    /// Records stay, with their root, unless their owner revises it; only their owner adds one.
    function check_call_changesOwnRecordsOnly(address caller, RecordId id, bytes4 selector, RecordId other) public {
        bytes memory call = _call(selector, id);
        bytes32 root = _rootOf(other);
        bool existed = _exists(other);
        _tryCall(caller, call);
        assert(!existed || _exists(other));
        VM.assume(_sender(caller, call) != other.owner());
        assert(_exists(other) == existed && _rootOf(other) == root);
    }

    function _tryCall(address caller, bytes memory call) private {
        bytes4 selector = bytes4(call);
        VM.assume(selector == IRecordRegistry.create.selector || _isOwners(selector));
        VM.prank(caller);
        (bool done,) = address(registry).call(call);
        VM.assume(done);
    }

    function _call(bytes4 selector, RecordId id) private pure returns (bytes memory) {
        return abi.encodePacked(selector, uint256(RecordId.unwrap(id)), SYMBOLS.createBytes(160, "rest"));
    }

    function _isOwners(bytes4 selector) private pure returns (bool) {
        return selector == IRecordRegistry.revise.selector || selector == IRecordRegistry.grant.selector
            || selector == IRecordRegistry.revoke.selector;
    }

    function _wordOf(RecordId id, address reader) private view returns (bytes32) {
        bytes32 grants = keccak256(abi.encode(id, GRANTS_SLOT));
        return VM.load(address(registry), keccak256(abi.encode(reader, grants)));
    }

    function _rootOf(RecordId id) private view returns (bytes32) {
        try registry.record(id) returns (address, bytes32 root) {
            return root;
        } catch {
            return 0;
        }
    }
}
