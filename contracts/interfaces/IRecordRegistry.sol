// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RecordId} from "../types/RecordId.sol";

/// @title Who owns which sealed record, and who may read it
/// @notice A record is the sha2-256 digest of an IPFS root: a CIDv1 of the codec dag-pb. What is
/// inside is encrypted by the client; this contract hides nothing and holds nothing secret.
/// @dev Each list is read in pages. Ask all pages of one list at one block.
interface IRecordRegistry {
    /// @notice A record that a reader may read.
    /// @param id Its id, which says who owns it.
    /// @param root The digest of its root.
    /// @param expiresAt The first second (Unix) at which access ends; 0 for no end.
    /// @param purpose Why access was given, 1 to 127.
    struct SharedRecord {
        RecordId id;
        bytes32 root;
        uint40 expiresAt;
        uint8 purpose;
    }

    /// @notice `owner` registered a record.
    /// @param id The new record.
    /// @param owner Whom the id names.
    /// @param root The digest of its root.
    event RecordCreated(RecordId indexed id, address indexed owner, bytes32 root);

    /// @notice The record has a new root. Grants stay as they are.
    /// @param id The record.
    /// @param root The digest of the new root.
    event RecordRevised(RecordId indexed id, bytes32 root);

    /// @notice `reader` may read the record until `expiresAt`. It replaces an earlier grant.
    /// @param id The record.
    /// @param reader Who may read it.
    /// @param expiresAt The first second (Unix) at which access ends; 0 for no end.
    /// @param purpose Why access was given, 1 to 127.
    /// @param envelope The sha2-256 digest of the content key, sealed to the reader.
    event AccessGranted(
        RecordId indexed id, address indexed reader, uint40 expiresAt, uint8 purpose, bytes32 envelope
    );

    /// @notice `reader` may no longer read the record.
    /// @param id The record.
    /// @param reader Whose access ended.
    event AccessRevoked(RecordId indexed id, address indexed reader);

    /// @notice Only the owner, whom the id names, may do this.
    /// @param id The record.
    /// @param caller Who tried.
    error NotOwner(RecordId id, address caller);

    /// @notice The owner has no record at this position.
    /// @param id The id that names none.
    error RecordNotFound(RecordId id);

    /// @notice A root of zero.
    error EmptyRoot();

    /// @notice The owner's next record has another position.
    /// @param expected The position that comes next.
    /// @param given The position that was asked for.
    error WrongPosition(uint48 expected, uint48 given);

    /// @notice The record's root is `current`, not the one that was to be replaced.
    /// @param id The record.
    /// @param current The digest of the root that it has.
    error StaleRoot(RecordId id, bytes32 current);

    /// @notice A reader of zero.
    error EmptyReader();

    /// @notice The owner can read the record already.
    /// @param id The record that was to be shared with its owner.
    error SelfGrant(RecordId id);

    /// @notice The end of the grant is not after this block's time.
    /// @param expiresAt The end that was asked for, in Unix seconds.
    error ExpiryInPast(uint40 expiresAt);

    /// @notice A purpose outside 1 to 127.
    /// @param purpose The purpose that was asked for.
    error InvalidPurpose(uint8 purpose);

    /// @notice The reader has no grant, or it was revoked already.
    /// @param id The record.
    /// @param reader Whose access was to end.
    error NotGranted(RecordId id, address reader);

    /// @notice Registers a record of the caller.
    /// @dev Emits `RecordCreated`. The position makes a retry safe and an id foreseeable in a batch.
    /// Reverts with `EmptyRoot`, `WrongPosition`.
    /// @param position How many records the caller has: the new one's place in the list.
    /// @param root The digest of the record's root, not 0.
    /// @return id The caller's address `<< 48 |` position.
    function create(uint48 position, bytes32 root) external returns (RecordId id);

    /// @notice Gives a record of the caller a new root.
    /// @dev Emits `RecordRevised`. Reverts with `EmptyRoot`, `NotOwner`, `RecordNotFound`, `StaleRoot`.
    /// @param id The record.
    /// @param oldRoot The root that it has now.
    /// @param newRoot The root that it gets, not 0.
    function revise(RecordId id, bytes32 oldRoot, bytes32 newRoot) external;

    /// @notice Lets `reader` read a record of the caller, or changes end and purpose of that grant.
    /// @dev Emits `AccessGranted`. The first grant puts the record at the head of the reader's inbox,
    /// where it keeps its place. Reverts with `NotOwner`, `RecordNotFound`, `EmptyReader`, `SelfGrant`,
    /// `ExpiryInPast`, `InvalidPurpose`.
    /// @param id The record.
    /// @param reader Who may read; neither 0 nor the owner.
    /// @param expiresAt The first second (Unix) at which access ends, after this block's; 0 for no end.
    /// @param purpose Why, 1 to 127: treatment, emergency, research … (HL7 v3 PurposeOfUse).
    /// @param envelope The sha2-256 digest of the content key, sealed to the reader.
    function grant(RecordId id, address reader, uint40 expiresAt, uint8 purpose, bytes32 envelope) external;

    /// @notice Ends a reader's access to a record of the caller, one that had ended by time too.
    /// @dev Emits `AccessRevoked`. Reverts with `NotOwner`, `RecordNotFound`, `NotGranted`.
    /// @param id The record.
    /// @param reader Who may no longer read.
    function revoke(RecordId id, address reader) external;

    /// @notice A record's owner and root.
    /// @dev Reverts with `RecordNotFound`.
    /// @param id The record.
    /// @return owner The account that the id names.
    /// @return root The digest of its root.
    function record(RecordId id) external view returns (address owner, bytes32 root);

    /// @notice Whether `account` owns the record, or may read it at this block's time.
    /// @param id The record.
    /// @param account The owner, a reader or a stranger.
    /// @return allowed False for a record that does not exist.
    function canRead(RecordId id, address account) external view returns (bool allowed);

    /// @notice What was last granted to `account`; zeros when nothing ever was, and for the owner.
    /// @param id The record.
    /// @param account A reader or a stranger.
    /// @return expiresAt The first second (Unix) at which access ends; 0 for no end.
    /// @return purpose Why, 1 to 127.
    /// @return live False once revoked. A grant that ended by time stays live: compare `expiresAt`.
    function grantOf(RecordId id, address account)
        external
        view
        returns (uint40 expiresAt, uint8 purpose, bool live);

    /// @notice The roots of the records that `owner` created, oldest first.
    /// @param owner Whose records.
    /// @param offset Position of the first one.
    /// @param limit How many at most.
    /// @return roots The root at `offset + i` belongs to the id `owner << 48 | offset + i`.
    /// @return total How many records the owner has.
    function recordsOf(address owner, uint256 offset, uint256 limit)
        external
        view
        returns (bytes32[] memory roots, uint256 total);

    /// @notice The records that `reader` may read at this block's time, latest first granted first.
    /// @dev Looks at no more than `4 * limit` records, so a page may be short or even empty.
    /// @param reader Whose inbox.
    /// @param cursor 0 for the first page, then `next` of the page before.
    /// @param limit How many at most, 1 to 256; more is taken as 256.
    /// @return page The records.
    /// @return next Where the next page begins; 0 when there is none.
    function sharedWith(address reader, RecordId cursor, uint256 limit)
        external
        view
        returns (SharedRecord[] memory page, RecordId next);

    /// @notice The records of `owner` that `reader` may read at this block's time, oldest first.
    /// @dev Looks at no more than `4 * limit` records, so a page may be short or even empty. It needs
    /// no inbox: what strangers granted to the reader is not in the way.
    /// @param owner Whose records.
    /// @param reader Who reads.
    /// @param offset 0 for the first page, then `next` of the page before.
    /// @param limit How many at most, 1 to 256; more is taken as 256.
    /// @return page The records.
    /// @return next Where the next page begins; 0 when there is none.
    function sharedBy(address owner, address reader, uint256 offset, uint256 limit)
        external
        view
        returns (SharedRecord[] memory page, uint256 next);
}
