// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {IKeyDirectory} from "./interfaces/IKeyDirectory.sol";
import {Sponsored} from "./Sponsored.sol";

/// @title KeyDirectory
/// @notice Immutable: no owner, no pause, no upgrade.
contract KeyDirectory is IKeyDirectory, Sponsored {
    mapping(address account => bytes32[] bundles) private _bundles;

    /// @param forwarder OpenZeppelin's ERC2771Forwarder, or 0 for none.
    constructor(address forwarder) ERC2771Context(forwarder) {}

    /// @inheritdoc IKeyDirectory
    function publish(uint48 version, bytes32 bundle) external {
        if (bundle == 0) revert EmptyBundle();
        address account = _msgSender();
        bytes32[] storage bundles = _bundles[account];
        uint48 expected = uint48(bundles.length + 1);
        if (version != expected) revert WrongVersion(expected, version);
        bundles.push(bundle);
        emit KeyPublished(account, version, bundle);
    }

    /// @inheritdoc IKeyDirectory
    function keyOf(address account) external view returns (bytes32 bundle, uint48 version) {
        version = uint48(_bundles[account].length);
        bundle = bundleAt(account, version);
    }

    /// @inheritdoc IKeyDirectory
    function bundleAt(address account, uint48 version) public view returns (bytes32 bundle) {
        bytes32[] storage bundles = _bundles[account];
        if (version != 0 && version <= bundles.length) bundle = bundles[version - 1];
    }
}
