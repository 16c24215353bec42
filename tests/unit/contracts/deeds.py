"""What people try to do with the registry, good and bad, as Hypothesis draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from eth_utils import to_checksum_address
from hypothesis import strategies as st

from contracts.ledger import ZERO, root
from contracts.model import Model
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import Call
from pmr.types import Address, Grant, RecordId

PEOPLE = 4
SHARED = 3
"""Only an owner's first records are named, so that something happens to them."""
ABSENT = 8
Name = tuple[int, int]
"""A record: whose, by number, and which of those that there are; `ABSENT` is the one after the last."""

people = st.integers(0, PEOPLE - 1)
places = st.integers(0, ABSENT)
numbers = st.sampled_from([1, 2, 3, 1, 2, 3, 0])
# The transaction's block is a second later than the one that the deed was made up for.
ends = st.sampled_from([None, None, None, 2, 2, 3, 6, 50, 2**39, -10, 0])
purposes = st.sampled_from([1, 2, 7, 64, 85, 106, 126, 127, 1, 127, 0, 128])


@dataclass(frozen=True)
class Scene:
    """Where a deed is done. `people` are all that may be named; the first four act."""

    registry: RecordRegistry
    people: Sequence[Address]
    now: int

    def record(self, name: Name, model: Model) -> RecordId:
        owner, place = self.people[name[0]], name[1]
        count = model.count(owner)
        return RecordId(owner, count if place == ABSENT or not count else place % min(count, SHARED))


class Deed(Protocol):
    """Something to try."""

    def do(self, scene: Scene, model: Model, who: Address) -> tuple[Call, str]:
        """Give the call, and do it to the model: with "", or the name of its refusal."""


@dataclass(frozen=True)
class Create:
    """`position` None is the right one."""

    position: int | None
    number: int

    def do(self, scene: Scene, model: Model, who: Address) -> tuple[Call, str]:
        position = model.count(who) if self.position is None else self.position
        call = scene.registry.create(position, digest(self.number))
        return call, model.create(who, position, digest(self.number))


@dataclass(frozen=True)
class Revise:
    """`old` None is the right one."""

    name: Name
    old: int | None
    new: int

    def do(self, scene: Scene, model: Model, who: Address) -> tuple[Call, str]:
        record = scene.record(self.name, model)
        old = model.roots.get(record, root(9)) if self.old is None else digest(self.old)
        call = scene.registry.revise(record, old, digest(self.new))
        return call, model.revise(who, record, old, digest(self.new))


@dataclass(frozen=True)
class Share:
    """`end` in seconds from now; None for no end."""

    name: Name
    reader: int | None
    end: int | None
    purpose: int

    def do(self, scene: Scene, model: Model, who: Address) -> tuple[Call, str]:
        record = scene.record(self.name, model)
        reader = to_checksum_address(ZERO) if self.reader is None else scene.people[self.reader]
        grant = Grant(0 if self.end is None else scene.now + self.end, self.purpose, True)
        call = scene.registry.grant(record, reader, grant.expires_at, grant.purpose, root(9))
        return call, model.grant(who, record, reader, grant, scene.now)


@dataclass(frozen=True)
class Revoke:
    name: Name
    reader: int

    def do(self, scene: Scene, model: Model, who: Address) -> tuple[Call, str]:
        record, reader = scene.record(self.name, model), scene.people[self.reader]
        return scene.registry.revoke(record, reader), model.revoke(who, record, reader)


def digest(number: int) -> bytes:
    """A root; 0 gives the empty one."""
    return root(number) if number else bytes(32)


def deeds_of(who: int) -> st.SearchStrategy[Deed]:
    """What one of the people may try, mostly with the own records, and rarely what is refused."""
    others = [reader for reader in range(PEOPLE) if reader != who]
    names = st.tuples(st.sampled_from([who] * 16 + others), places)
    return st.one_of(
        st.builds(Share, names, st.sampled_from(others * 4 + [who, None]), ends, purposes),
        st.builds(Revoke, names, st.sampled_from(others)),
        st.builds(Create, st.sampled_from([None] * 6 + [0, 3]), numbers),
        st.builds(Revise, names, st.sampled_from([None] * 6 + [1, 2]), numbers),
    )


def plans(most: int = 3) -> st.SearchStrategy[tuple[int, list[Deed]]]:
    """Somebody, by number, and what that one tries in one transaction."""
    return people.flatmap(
        lambda who: st.tuples(st.just(who), st.lists(deeds_of(who), min_size=1, max_size=most))
    )
