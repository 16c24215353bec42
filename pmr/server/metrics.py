"""What the state of the server is, in numbers that name nobody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, Function, func, select

from pmr.chain.connection import Head
from pmr.errors import ChainError
from pmr.index.database import reading
from pmr.index.follower import Follower
from pmr.server.chain import Chain
from pmr.server.clock import Clock
from pmr.server.space import Free
from pmr.server.tables import pins, uploads, vaults


@dataclass(frozen=True)
class Measured:
    """One look. What could not be asked keeps its last value, or None when it was never known."""

    staged_blocks: int = 0
    """Blocks that accounts sent lately, or that the chain names; once for each account."""
    staged_bytes: int = 0
    pinned_roots: int = 0
    pinned_blocks: int = 0
    """Those of each root, whether roots share them or not."""
    pinned_bytes: int = 0
    vaults: int = 0
    free_bytes: int = 0
    chain_answers: bool = False
    head: Head | None = None
    index_lag: int | None = None
    """Blocks of the chain that the index has not applied."""


class Measures:
    """Looks at database, disk and chain. A look takes as long as these do; `last` takes no time."""

    def __init__(  # noqa: PLR0913 - all that is looked at
        self,
        engine: Engine,
        chain: Chain,
        follower: Follower,
        *,
        free: Free,
        confirmations: int,
        clock: Clock,
    ) -> None:
        """Nothing is looked at before `take`; `confirmations` are blocks on top of what is final."""
        self._engine = reading(engine)
        self._chain = chain
        self._follower = follower
        self._free = free
        self._confirmations = confirmations
        self._clock = clock
        self.last = Measured()

    def take(self) -> Measured:
        """Look at everything, and remember it."""
        with self._engine.connect() as connection:
            found = _stored(self.last, connection)
        self.last = self._asked(replace(found, free_bytes=self._free()))
        return self.last

    def head_age(self) -> int | None:
        """Seconds since the newest block that was seen; None before one was."""
        return None if self.last.head is None else max(0, self._clock() - self.last.head.timestamp)

    def finality_lag(self) -> int | None:
        """Blocks between the chain's head and the newest one that is both final and in the index."""
        lag = self.last.index_lag
        return None if lag is None else max(lag, self._confirmations)

    def _asked(self, found: Measured) -> Measured:
        found = replace(found, chain_answers=False)
        with suppress(ChainError):
            found = replace(
                found, head=self._chain.head(), index_lag=self._follower.lag(), chain_answers=True
            )
        return found


def _stored(last: Measured, connection: Connection) -> Measured:
    roots = select(func.max(pins.c.blocks).label("blocks"), func.max(pins.c.bytes).label("bytes"))
    each = roots.group_by(pins.c.root).subquery()
    staged_blocks, staged_bytes = _sums(connection, func.sum(uploads.c.size))
    pinned_roots, pinned_blocks, pinned_bytes = _sums(
        connection, func.sum(each.c.blocks), func.sum(each.c.bytes)
    )
    return replace(
        last,
        staged_blocks=staged_blocks,
        staged_bytes=staged_bytes,
        pinned_roots=pinned_roots,
        pinned_blocks=pinned_blocks,
        pinned_bytes=pinned_bytes,
        vaults=connection.scalar(select(func.count()).select_from(vaults)) or 0,
    )


def _sums(connection: Connection, *sums: Function[int]) -> tuple[int, ...]:
    """How many rows there are, and these sums over them; 0 for no rows."""
    row = connection.execute(select(func.count(), *sums)).one()
    return tuple(int(value or 0) for value in row)
