"""Who may read a record now: the registry's answer, held against the server's own clock."""

from __future__ import annotations

from pmr.errors import StaleHead
from pmr.server.chain import Chain
from pmr.server.clock import Clock
from pmr.types import Address, Digest, RecordId


class Permission:
    """Asks the chain each time; remembers nothing."""

    def __init__(self, chain: Chain, clock: Clock, max_head_age: int | None) -> None:
        """Refuse to decide on a head older than so many seconds; None for chains that mine on demand."""
        self._chain = chain
        self._clock = clock
        self._max_head_age = max_head_age

    def root_for(self, account: Address, record: RecordId) -> Digest | None:
        """The record's current root when `account` may read it now, else None.

        Raises `StaleHead` and `ChainUnavailable` when that cannot be said.
        """
        self._check_head()
        if account != record.owner and not self._granted(account, record):
            return None
        return self._chain.root_of(record)

    def _granted(self, account: Address, record: RecordId) -> bool:
        # canRead compares with block.timestamp, which stands still on an idle chain.
        allowed = self._chain.can_read(record, account)
        return allowed and self._chain.grant_of(record, account).allows(self._clock())

    def _check_head(self) -> None:
        if self._max_head_age is None:
            return
        age = self._clock() - self._chain.head_time()
        if age > self._max_head_age:
            raise StaleHead(f"It is {age} seconds old; at most {self._max_head_age} are taken.")
