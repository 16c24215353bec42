// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Which keys an account seals and signs with
/// @notice For each account and version, the sha2-256 digest of a key bundle: one raw IPFS block.
/// What an account published stays readable, so that old signatures still verify.
interface IKeyDirectory {
    /// @notice `account` published the bundle of a version.
    /// @param account Whose keys.
    /// @param version 1 for the first bundle, one more for each later one.
    /// @param bundle The digest of the bundle.
    event KeyPublished(address indexed account, uint48 version, bytes32 bundle);

    /// @notice A bundle digest of zero.
    error EmptyBundle();

    /// @notice The account's next version has another number.
    /// @param expected The version that comes next.
    /// @param given The version that was asked for.
    error WrongVersion(uint48 expected, uint48 given);

    /// @notice Publishes the caller's next key bundle.
    /// @dev Emits `KeyPublished`. Reverts with `EmptyBundle`, `WrongVersion`.
    /// @param version 1 for the first bundle, one more for each later one.
    /// @param bundle The digest of the bundle, not 0.
    function publish(uint48 version, bytes32 bundle) external;

    /// @notice An account's newest bundle.
    /// @param account Whose keys.
    /// @return bundle Its digest; 0 when nothing was published.
    /// @return version Its version; 0 when nothing was published.
    function keyOf(address account) external view returns (bytes32 bundle, uint48 version);

    /// @notice An account's bundle of one version.
    /// @param account Whose keys.
    /// @param version 1 for the first bundle.
    /// @return bundle Its digest; 0 when there is none.
    function bundleAt(address account, uint48 version) external view returns (bytes32 bundle);
}
