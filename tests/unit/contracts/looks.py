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
looks: st.SearchStrategy[Look] = st.one_of(
    st.builds(Turn, st.integers(0, 100)),
    st.builds(Open, people, st.one_of(st.none(), st.integers(0, 9), _names), _limits, st.booleans()),
    st.builds(ByOwner, people, people, _limits),
    st.builds(DirtyId, _names, st.integers(208, 255)),
)
