// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../../../contracts/interfaces/IKeyDirectory.sol";
import {IRecordRegistry} from "../../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId} from "../../../contracts/types/RecordId.sol";
import {cheats} from "./Cheats.sol";
import {IForwarder} from "./OpenZeppelin.sol";
import {signRequest} from "./Requests.sol";

/// @notice The contracts, fresh, and who meets in the tests: the one place for both.
abstract contract LedgerTest {
    uint256 internal constant ALICE_KEY = 0xA11CE;
    uint256 internal constant BOB_KEY = 0xB0B;
    uint256 internal constant CAROL_KEY = 0xCA401;
    uint8 internal constant TREATMENT = 1;
    uint40 internal constant NOW = 1_800_000_000;
    bytes32 internal constant ENVELOPE = keccak256("envelope");

    address internal immutable alice = cheats.addr(ALICE_KEY);
    address internal immutable bob = cheats.addr(BOB_KEY);
    address internal immutable carol = cheats.addr(CAROL_KEY);

    IForwarder internal forwarder;
    IRecordRegistry internal registry;
    IKeyDirectory internal directory;

    function setUp() public virtual {
        cheats.warp(NOW);
        forwarder = IForwarder(_deploy("ERC2771Forwarder.sol:ERC2771Forwarder", abi.encode("PMR")));
        registry = _newRegistry(address(forwarder));
        directory = _newDirectory();
    }

    function _newRegistry(address trusted) internal returns (IRecordRegistry) {
        return IRecordRegistry(_deploy("RecordRegistry.sol:RecordRegistry", abi.encode(trusted)));
    }

    function _newDirectory() internal returns (IKeyDirectory) {
        return IKeyDirectory(_deploy("KeyDirectory.sol:KeyDirectory", abi.encode(forwarder)));
    }

    /// @dev As the contract is compiled to be shipped; `new` would compile it with the tests' settings.
    function _deploy(string memory artifact, bytes memory arguments) private returns (address deployed) {
        bytes memory code = abi.encodePacked(cheats.getCode(artifact), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
        }
        cheats.assertTrue(deployed != address(0), artifact);
    }

    /// @dev The owner's next record.
    function _create(address owner) internal returns (RecordId) {
        (, uint256 total) = registry.recordsOf(owner, 0, 0);
        cheats.prank(owner);
        return registry.create(uint48(total), _root(owner, total));
    }

    function _create(address owner, uint256 count) internal {
        for (uint256 i; i < count; ++i) {
            _create(owner);
        }
    }

    /// @dev The root that `_create` gives; never zero.
    function _root(address owner, uint256 position) internal pure returns (bytes32) {
        return keccak256(abi.encode(owner, position));
    }

    /// @dev By the owner, without end.
    function _grant(RecordId id, address reader) internal {
        _grant(id, reader, 0);
    }

    function _grant(RecordId id, address reader, uint40 expiresAt) internal {
        cheats.prank(id.owner());
        registry.grant(id, reader, expiresAt, TREATMENT, ENVELOPE);
    }

    function _revoke(RecordId id, address reader) internal {
        cheats.prank(id.owner());
        registry.revoke(id, reader);
    }

    /// @dev Through the forwarder, signed by the key's own account; false when the call was refused.
    function _forward(uint256 key, address to, bytes memory data) internal returns (bool taken) {
        IForwarder.ForwardRequestData memory request = signRequest(forwarder, key, cheats.addr(key), to, data);
        (taken,) = address(forwarder).call(abi.encodeCall(IForwarder.execute, (request)));
    }

    function _calls(bytes memory first, bytes memory second) internal pure returns (bytes[] memory calls) {
        calls = new bytes[](2);
        (calls[0], calls[1]) = (first, second);
    }

    /// @dev All of a reader's inbox, in pages of `limit`.
    function _inbox(address reader, RecordId cursor, uint256 limit)
        internal
        view
        returns (RecordId[] memory ids)
    {
        do {
            IRecordRegistry.SharedRecord[] memory page;
            (page, cursor) = registry.sharedWith(reader, cursor, limit);
            cheats.assertLe(page.length, limit, "rows of a page");
            ids = _append(ids, page);
        } while (!cursor.isNone());
    }

    /// @dev All that an owner shares with a reader, in pages of `limit`.
    function _sharedBy(address owner, address reader, uint256 limit)
        internal
        view
        returns (RecordId[] memory ids)
    {
        uint256 offset;
        do {
            IRecordRegistry.SharedRecord[] memory page;
            (page, offset) = registry.sharedBy(owner, reader, offset, limit);
            cheats.assertLe(page.length, limit, "rows of a page");
            ids = _append(ids, page);
        } while (offset != 0);
    }

    function _append(RecordId[] memory ids, IRecordRegistry.SharedRecord[] memory page)
        private
        pure
        returns (RecordId[] memory all)
    {
        all = new RecordId[](ids.length + page.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = i < ids.length ? ids[i] : page[i - ids.length].id;
        }
    }

    function _assertIds(RecordId[] memory found, RecordId[] memory expected, string memory what)
        internal
        pure
    {
        cheats.assertEq(found.length, expected.length, what);
        for (uint256 i; i < found.length; ++i) {
            _assertId(found[i], expected[i], what);
        }
    }

    function _assertId(RecordId found, RecordId expected, string memory what) internal pure {
        cheats.assertEq(uint256(RecordId.unwrap(found)), RecordId.unwrap(expected), what);
    }
}
