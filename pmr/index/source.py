"""Where the index takes events from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pmr.types import Address, Digest


@dataclass(frozen=True)
class IndexedEvent:
    """One event, as a row of the index. See `pmr.index.tables.events` for the fields."""

    block: int
    block_hash: bytes
    log: int
    transaction: bytes
    kind: str
    account: Address
    number: int
    reader: Address | None = None
    digest: Digest | None = None
    expires_at: int | None = None
    purpose: int | None = None


@dataclass(frozen=True)
class Origin:
    """What an index is built from; an index of another origin is dropped."""

    chain_id: int
    registry: Address
    key_directory: Address
    first_block: int


class EventSource(Protocol):
    """A chain, seen as blocks and events."""

    origin: Origin

    def newest(self) -> int:
        """The number of the newest block; raise `ChainUnavailable`."""

    def block_hash(self, number: int) -> bytes | None:
        """The hash of a block; None when there is no such block."""

    def events(self, first: int, last: int) -> Sequence[IndexedEvent]:
        """The events of blocks `first` to `last`, both included, in the chain's order."""
