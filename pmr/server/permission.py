"""Who may read a record now: the registry's answer, held against the server's own clock."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from pmr.chain.connection import Head
from pmr.errors import StaleHead
from pmr.server.chain import Chain
from pmr.server.clock import Clock
from pmr.types import Address, Digest, Grant, RecordId

REMEMBERED = 10_000
_Question = tuple[Address, RecordId]


@dataclass(frozen=True)
class _Answer:
    """What the registry said when `head` was the newest block."""

    head: bytes
    root: Digest | None
    grant: Grant | None
    """None for the owner."""


class Permission:
    """Asks the chain for its head each time, and for the rest whenever that is another one.

    What a contract says depends on the block alone, so an answer holds exactly until the next.
    """

    def __init__(self, chain: Chain, clock: Clock, max_head_age: int | None) -> None:
        """Refuse to decide on a head older than so many seconds; None for chains that mine on demand."""
        self._chain = chain
        self._clock = clock
        self._max_head_age = max_head_age
        self._answers: OrderedDict[_Question, _Answer] = OrderedDict()
        self._lock = threading.Lock()

    def root_for(self, account: Address, record: RecordId) -> Digest | None:
        """The record's current root when `account` may read it now, else None.

        Raises `StaleHead` and `ChainUnavailable` when that cannot be said.
        """
        answer = self._answer(account, record, self.fresh_head())
        # canRead compares with block.timestamp, which stands still on an idle chain.
        if answer.grant is not None and not answer.grant.allows(self._clock()):
            return None
        return answer.root

    def fresh_head(self) -> Head:
        """The newest block, young enough to decide with; raise `StaleHead`, `ChainUnavailable`."""
        head = self._chain.head()
        age = self._clock() - head.timestamp
        if self._max_head_age is not None and age > self._max_head_age:
            raise StaleHead(f"It is {age} seconds old; at most {self._max_head_age} are taken.")
        return head

    def _answer(self, account: Address, record: RecordId, head: Head) -> _Answer:
        with self._lock:
            known = self._answers.get((account, record))
        if known is not None and known.head == head.hash:
            return known
        answer = self._ask(account, record, head)
        # A block that came in between may have been asked already: then this is remembered for none.
        if self._chain.head().hash == head.hash:
            self._remember((account, record), answer)
        return answer

    def _ask(self, account: Address, record: RecordId, head: Head) -> _Answer:
        root = self._chain.root_of(record)
        if account == record.owner:
            return _Answer(head.hash, root, None)
        # Always the same questions, so that absent and denied cost the same.
        allowed, grant = self._chain.can_read(record, account), self._chain.grant_of(record, account)
        return _Answer(head.hash, root if allowed else None, grant)

    def _remember(self, question: _Question, answer: _Answer) -> None:
        with self._lock:
            self._answers[question] = answer
            self._answers.move_to_end(question)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
