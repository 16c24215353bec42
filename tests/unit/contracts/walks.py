"""Somebody pages through an inbox while others go on granting and revoking."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.model import Model
from pmr.chain.registry import RecordRegistry, SharedRecord
from pmr.types import Address, RecordId


@dataclass
class Walk:
    """All pages from a cursor on: at one block, or each page at the newest one (`block` None)."""

    reader: Address
    limit: int
    cursor: RecordId | None
    ahead: list[RecordId]
    """What stood in the inbox from the cursor on when the walk began."""
    opened: int
    block: int | None
    expected: list[SharedRecord]
    """What could be read then."""
    stood: set[RecordId]
    """What could be read then and at every block since."""
    found: list[SharedRecord] = field(default_factory=list)
    pages: int = 0
    ended: bool = False

    def watch(self, model: Model, now: int) -> None:
        """Strike what may no longer be read. Called after every block."""
        self.stood = {record for record in self.stood if model.can_read(record, self.reader, now)}

    def turn(self, registry: RecordRegistry, model: Model, now: int) -> None:
        """Read the next page and check what holds for it."""
        page, self.cursor = registry.shared_with(self.reader, self.cursor, self.limit, self.block)
        assert len(page) <= self.limit
        if self.block is None:
            rows = model.shared_with(self.reader, now)
            assert all(row in rows for row in page), "a row that nobody may read now"
        self.found += page
        self.pages += 1
        assert self.pages <= len(self.ahead) + 1, "each page must pass a record at least"
        self.ended = self.cursor is None
        if self.ended:
            self.check()

    def finish(self, registry: RecordRegistry, model: Model, now: int) -> None:
        """Read all pages that remain."""
        while not self.ended:
            self.turn(registry, model, now)

    def check(self) -> None:
        """What a whole walk promises."""
        if self.block is not None:
            assert self.found == self.expected
            return
        places = [self.ahead.index(row.id) for row in self.found]
        assert places == sorted(set(places)), "repeated, or out of order"
        assert self.stood <= {row.id for row in self.found}, "missed what stood throughout"


def open_walk(  # noqa: PLR0913 (what a walk is made of)
    model: Model, reader: Address, cursor: RecordId | None, limit: int, *, now: int, opened: int, pinned: bool
) -> Walk:
    """Begin at the head (cursor None), or at any record, whether it is in the inbox or not."""
    ahead = model.inbox(reader)
    if cursor is not None:
        ahead = ahead[ahead.index(cursor) :] if cursor in ahead else []
    expected = [row for row in model.shared_with(reader, now) if row.id in ahead]
    stood = {row.id for row in expected}
    return Walk(reader, limit, cursor, ahead, opened, opened if pinned else None, expected, stood)
