// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRecordRegistry} from "../../../contracts/interfaces/IRecordRegistry.sol";
import {RecordId} from "../../../contracts/types/RecordId.sol";
import {cheats} from "../base/Cheats.sol";
import {Book} from "./Book.sol";

/// @notice Readers who leaf through their inboxes while the world goes on: a walk for each, a page at a time.
contract Walks {
    struct Walk {
        bool open;
        RecordId cursor;
        uint256 limit;
        uint256 pagesLeft;
        RecordId[] standing; // granted when the walk began, and readable ever since
        RecordId[] seen;
    }

    IRecordRegistry private immutable registry;
    Book private immutable book;
    mapping(address reader => Walk) private _walks;
    uint256 public finished;

    constructor(IRecordRegistry registry_, Book book_) {
        (registry, book) = (registry_, book_);
    }

    function turnPage(address reader, uint256 limit) external {
        Walk storage walk = _walks[reader];
        if (!walk.open) _begin(walk, reader, limit);
        cheats.assertTrue(walk.pagesLeft-- > 0, "the walk ends");
        IRecordRegistry.SharedRecord[] memory page;
        (page, walk.cursor) = registry.sharedWith(reader, walk.cursor, walk.limit);
        cheats.assertLe(page.length, walk.limit, "rows of a page");
        for (uint256 i; i < page.length; ++i) {
            cheats.assertTrue(book.canRead(page[i].id, reader), "no row that may not be read");
            cheats.assertTrue(!_holds(walk.seen, page[i].id), "no row comes twice");
            walk.seen.push(page[i].id);
        }
        if (walk.cursor.isNone()) _end(walk);
    }

    /// @notice To be called after each act: forgets what a reader may not read any more.
    function look(address reader) external {
        RecordId[] storage standing = _walks[reader].standing;
        for (uint256 i = standing.length; i > 0; --i) {
            if (book.canRead(standing[i - 1], reader)) continue;
            standing[i - 1] = standing[standing.length - 1];
            standing.pop();
        }
    }

    function _begin(Walk storage walk, address reader, uint256 limit) private {
        RecordId[] memory inbox = book.inboxOf(reader);
        (walk.open, walk.limit, walk.pagesLeft) = (true, limit, inbox.length + 1);
        delete walk.seen;
        delete walk.standing;
        for (uint256 i; i < inbox.length; ++i) {
            if (book.canRead(inbox[i], reader)) walk.standing.push(inbox[i]);
        }
    }

    function _end(Walk storage walk) private {
        for (uint256 i; i < walk.standing.length; ++i) {
            cheats.assertTrue(_holds(walk.seen, walk.standing[i]), "all that stood throughout was seen");
        }
        (walk.open, finished) = (false, finished + 1);
    }

    function _holds(RecordId[] storage ids, RecordId id) private view returns (bool) {
        for (uint256 i; i < ids.length; ++i) {
            if (RecordId.unwrap(ids[i]) == RecordId.unwrap(id)) return true;
        }
        return false;
    }
}
