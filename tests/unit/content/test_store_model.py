"""Any order of puts, pins, ages, collects and deletes, against a model in memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from content_samples import Blocks, add_directory, add_file
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from store_backends import Embedded

from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.errors import BlockNotFound, IncompleteContent, StillPinned

DAY = 86_400.0


def _records() -> dict[Cid, Blocks]:
    """Three records of two files each; one file is in all of them."""
    made = {}
    for number in range(3):
        blocks = Blocks()
        entries = {"0": add_file(blocks, b"shared"), "1": add_file(blocks, bytes([number]))}
        made[add_directory(blocks, entries).cid] = blocks
    return made


RECORDS = _records()
ALL = {cid: data for blocks in RECORDS.values() for cid, data in blocks.items()}
roots = st.sampled_from(sorted(RECORDS))
cids = st.sampled_from(sorted(ALL))


class StoreModel(RuleBasedStateMachine):
    """What must be there, which of it is old, and what is pinned."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.backend = Embedded(Path(self.folder.name))
        self.old: dict[Cid, bool] = {}
        self.pins: Counter[Cid] = Counter()

    def teardown(self) -> None:
        self.folder.cleanup()

    @property
    def needed(self) -> set[Cid]:
        return {cid for root in self.pins for cid in RECORDS[root]}

    @rule(root=roots)
    def put_record(self, root: Cid) -> None:
        self.backend.store.put(RECORDS[root].all())
        self.old |= dict.fromkeys(RECORDS[root], False)

    @rule(cid=cids)
    def put_block(self, cid: Cid) -> None:
        self.backend.store.put([Block.checked(cid, ALL[cid])])
        self.old[cid] = False

    @rule(root=roots)
    def pin(self, root: Cid) -> None:
        if RECORDS[root].keys() <= self.old.keys():
            self.backend.store.pin(root)
            self.pins[root] += 1
        else:
            with pytest.raises(IncompleteContent):
                self.backend.store.pin(root)

    @rule(root=roots)
    def unpin(self, root: Cid) -> None:
        if self.pins[root]:
            self.backend.store.unpin(root)
        else:
            with pytest.raises(BlockNotFound):
                self.backend.store.unpin(root)
        self.pins -= Counter([root])

    @rule()
    def wait_two_days(self) -> None:
        for cid in self.old:
            self.backend.age(cid, 2 * DAY)
        self.old = dict.fromkeys(self.old, True)

    @rule()
    def collect(self) -> None:
        gone = {cid for cid, old in self.old.items() if old and cid not in self.needed}
        assert self.backend.store.collect(DAY).blocks == len(gone)
        self.old = {cid: old for cid, old in self.old.items() if cid not in gone}

    @rule(cid=cids)
    def delete(self, cid: Cid) -> None:
        if cid in self.needed:
            with pytest.raises(StillPinned):
                self.backend.store.delete(cid)
        else:
            self.backend.store.delete(cid)
            self.old.pop(cid, None)

    @rule()
    def reopen(self) -> None:
        self.backend = Embedded(Path(self.folder.name))

    @rule()
    def check(self) -> None:
        assert self.backend.store.check() == []

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert set(self.backend.store.cids()) == self.old.keys()
        assert self.backend.store.pins() == dict(self.pins)
        assert {cid: self.backend.store.get(cid) for cid in self.old} == {cid: ALL[cid] for cid in self.old}


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(deadline=None, max_examples=15, stateful_step_count=25)
