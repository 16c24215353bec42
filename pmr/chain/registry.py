"""`RecordRegistry`: who owns which record, and who may read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_utils import to_checksum_address
from web3 import Web3

from pmr.chain.artifact import load
from pmr.chain.connection import BlockName
from pmr.chain.contract import Contract
from pmr.chain.transaction import Call
from pmr.types import Address, Deployment, Digest, Grant, RecordId

PAGE = 50


@dataclass(frozen=True)
class SharedRecord:
    """A record that a reader may read."""

    id: RecordId
    root: Digest
    expires_at: int
    """Unix seconds; 0 for no end."""
    purpose: int


class RecordRegistry:
    """Reads and calls. Each read is of the newest block, unless `block_identifier` says which.

    Ask all pages of one list at one block. Reads raise `NotDeployed`, `ChainUnavailable`.
    """

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        """Take the registry of a deployment."""
        self._contract = Contract(w3, load("RecordRegistry"), deployment.registry)

    def record(self, record: RecordId, block_identifier: BlockName | None = None) -> tuple[Address, Digest]:
        """Give a record's owner and root; raise `RecordNotFound`."""
        owner, root = self._contract.read("record", record.word, block=block_identifier)
        return to_checksum_address(owner), root

    def can_read(self, record: RecordId, account: Address, block_identifier: BlockName | None = None) -> bool:
        """Say whether an account owns or may read a record at the block's time; False if there is none."""
        return bool(self._contract.read("canRead", record.word, account, block=block_identifier)[0])

    def grant_of(
        self, record: RecordId, account: Address, block_identifier: BlockName | None = None
    ) -> Grant:
        """Give what was last granted to an account; zeros when nothing was, and for the owner."""
        return Grant(*self._contract.read("grantOf", record.word, account, block=block_identifier))

    def count(self, owner: Address, block_identifier: BlockName | None = None) -> int:
        """Give how many records an owner has: the position of the next one."""
        return self.records_of(owner, 0, 0, block_identifier)[1]

    def records_of(
        self, owner: Address, offset: int, limit: int, block_identifier: BlockName | None = None
    ) -> tuple[list[Digest], int]:
        """Give the roots of an owner's records from position `offset` on, and how many there are."""
        roots, total = self._contract.read("recordsOf", owner, offset, limit, block=block_identifier)
        return list(roots), total

    def shared_with(
        self, reader: Address, cursor: RecordId | None, limit: int, block_identifier: BlockName | None = None
    ) -> tuple[list[SharedRecord], RecordId | None]:
        """Give a page of what a reader may read, and where the next page begins; None at the end.

        A page may be short or empty although there is a next one.
        """
        word = cursor.word if cursor else 0
        page, after = self._contract.read("sharedWith", reader, word, limit, block=block_identifier)
        return [_row(*row) for row in page], RecordId.from_word(after) if after else None

    def shared_by(
        self,
        owner: Address,
        reader: Address,
        offset: int,
        limit: int,
        block_identifier: BlockName | None = None,
    ) -> tuple[list[SharedRecord], int | None]:
        """Give a page of an owner's records that a reader may read, and the next offset; None at the end.

        A page may be short or empty although there is a next one.
        """
        page, after = self._contract.read("sharedBy", owner, reader, offset, limit, block=block_identifier)
        return [_row(*row) for row in page], after or None

    def all_shared_with(self, reader: Address, block_identifier: BlockName) -> Iterator[SharedRecord]:
        """Give everything that a reader may read at a block, latest first granted first."""
        page, cursor = self.shared_with(reader, None, PAGE, block_identifier)
        yield from page
        while cursor:
            page, cursor = self.shared_with(reader, cursor, PAGE, block_identifier)
            yield from page

    def create(self, position: int, root: Digest) -> Call:
        """Register a record: `position` is `count` of the sender. Idempotent by the position."""
        return self._contract.call(f"register record {position}", "create", position, root)

    def revise(self, record: RecordId, old_root: Digest, new_root: Digest) -> Call:
        """Give a record a new root; refused when `old_root` is no longer its root."""
        return self._contract.call(f"revise {record}", "revise", record.word, old_root, new_root)

    def grant(
        self, record: RecordId, reader: Address, expires_at: int, purpose: int, envelope: Digest
    ) -> Call:
        """Let a reader read until `expires_at` (Unix seconds, 0 for no end)."""
        what = f"share {record} with {reader}"
        return self._contract.call(what, "grant", record.word, reader, expires_at, purpose, envelope)

    def revoke(self, record: RecordId, reader: Address) -> Call:
        """End a reader's access."""
        return self._contract.call(f"revoke {record} from {reader}", "revoke", record.word, reader)

    def multicall(self, calls: Sequence[Call]) -> Call:
        """Do all of these calls to the registry in one transaction, or none."""
        return self._contract.batch(calls)


def _row(word: int, root: Digest, expires_at: int, purpose: int) -> SharedRecord:
    return SharedRecord(RecordId.from_word(word), root, expires_at, purpose)
