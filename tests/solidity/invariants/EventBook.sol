// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId, toRecordId} from "../../../contracts/types/RecordId.sol";
import {Cheats, cheats} from "../base/Cheats.sol";
import {Book} from "./Book.sol";

/// @notice What somebody knows who reads the events of both contracts, and nothing else.
contract EventBook is Book {
    function read(Cheats.Log[] calldata logs, address registry, address directory) external {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == registry) _readOfRegistry(logs[i].topics, logs[i].data);
            if (logs[i].emitter == directory) _readOfDirectory(logs[i].topics, logs[i].data);
        }
    }

    function _readOfRegistry(bytes32[] calldata topics, bytes calldata data) private {
        RecordId id = RecordId.wrap(uint208(uint256(topics[1])));
        if (topics[0] == IRecordRegistry.RecordCreated.selector) {
            _created(id, _account(topics[2]), abi.decode(data, (bytes32)));
        } else if (topics[0] == IRecordRegistry.RecordRevised.selector) {
            _roots[id.owner()][id.position()] = abi.decode(data, (bytes32));
        } else if (topics[0] == IRecordRegistry.AccessGranted.selector) {
            (uint40 expiresAt, uint8 purpose,) = abi.decode(data, (uint40, uint8, bytes32));
            _enter(id, _account(topics[2]), Entry(expiresAt, purpose, true));
        } else {
            cheats.assertEq(topics[0], IRecordRegistry.AccessRevoked.selector, "an event that is not known");
            _entries[id][_account(topics[2])].live = false;
        }
    }

    function _created(RecordId id, address owner, bytes32 root) private {
        cheats.assertEq(id.owner(), owner, "owner in the event");
        cheats.assertEq(id.position(), _roots[owner].length, "position in the event");
        _roots[owner].push(root);
    }

    function _readOfDirectory(bytes32[] calldata topics, bytes calldata data) private {
        cheats.assertEq(topics[0], IKeyDirectory.KeyPublished.selector, "an event that is not known");
        (uint48 version, bytes32 bundle) = abi.decode(data, (uint48, bytes32));
        _bundles[_account(topics[1])].push(bundle);
        cheats.assertEq(version, _bundles[_account(topics[1])].length, "version in the event");
    }

    function _account(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
