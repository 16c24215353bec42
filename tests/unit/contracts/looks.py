"""What people read, as Hypothesis draws it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from contracts.deeds import Name, people, places


@dataclass(frozen=True)
class Open:
    """An inbox, from its head, from the nth record in it, or from a record that may not be in it."""

    reader: int
    start: int | Name | None
    limit: int
    pinned: bool


@dataclass(frozen=True)
class Turn:
    """A page of an inbox that was opened before."""

    which: int


@dataclass(frozen=True)
class ByOwner:
    """Everything of one owner that a reader may read."""

    owner: int
    reader: int
    limit: int


@dataclass(frozen=True)
class DirtyId:
    """Each view that takes an id, with a bit above the id's 208."""

    name: Name
    bit: int


Look = Open | Turn | ByOwner | DirtyId
_names = st.tuples(people, places)
_limits = st.integers(1, 4)
_open = st.builds(Open, people, st.one_of(st.none(), st.integers(0, 9), _names), _limits, st.booleans())
_turn = st.builds(Turn, st.integers(0, 100))
_by_owner = st.builds(ByOwner, people, people, _limits)
_dirty = st.builds(DirtyId, _names, st.integers(208, 255))
_tenths: list[st.SearchStrategy[Look]] = [*[_open] * 4, *[_turn] * 3, *[_by_owner] * 2, _dirty]
looks: st.SearchStrategy[Look] = st.sampled_from(range(10)).flatmap(lambda n: _tenths[n])
