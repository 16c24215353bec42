"""Interrupted sealings: taken up again for the same bytes, and never a nonce for other bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_files import draw

from pmr.crypto.body import SEGMENT, Body, body_aad, sealed_size
from pmr.crypto.content_key import BodyKey
from pmr.crypto.padding import padded_size
from pmr.crypto.resume import ResumableSealing, SealingNotes
from pmr.errors import BadFormat, SourceChanged

BODY = Body(BodyKey(bytes(32)), body_aad(b"header", 0))
SIZE = 4_000_000  # four segments
DATA = draw("resumed file", SIZE)


class Disk:
    """What was noted durably, and every leaf that left, in order."""

    def __init__(self) -> None:
        self.notes: SealingNotes | None = None
        self.seen: list[tuple[bytes, int, bytes]] = []

    def save(self, notes: SealingNotes) -> None:
        self.notes = SealingNotes.decode(notes.encode())

    def run(
        self, data: bytes, leaves: int | None = None, *, start: int = 0, window: int = 2
    ) -> list[tuple[int, bytes]]:
        """Seal until `leaves` have left; None for all."""
        sealing = ResumableSealing(BODY, io.BytesIO(data), len(data), self.save, window)
        return list(islice(self._watch(sealing.run(self.notes, start)), leaves))

    def _watch(self, run: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        for index, leaf in run:
            assert self.notes is not None
            assert len(self.notes.digests) > index, "a leaf left before its digest was noted"
            self.seen.append((self.notes.header, index, leaf))
            yield index, leaf


def opened(leaves: list[tuple[int, bytes]], size: int) -> bytes:
    assert [index for index, _ in leaves] == list(range(len(leaves)))
    pieces = [leaf for _, leaf in leaves]
    return b"".join(BODY.open_file(pieces, sealed_size(padded_size(size)), size))


def assert_no_nonce_served_two_plaintexts(disk: Disk) -> None:
    """A nonce is a header, an index and whether it is the last; GCM is deterministic, so look at leaves."""
    used: dict[tuple[bytes, int, bool], bytes] = {}
    for header, index, leaf in disk.seen:
        nonce = (header, index, len(leaf) < SEGMENT)
        assert used.setdefault(nonce, leaf) == leaf, f"nonce {index} was used for other bytes"


def test_run_uninterrupted_opens_as_the_file() -> None:
    assert opened(Disk().run(DATA), SIZE) == DATA


@pytest.mark.parametrize("leaves", range(5))
def test_run_after_a_crash_gives_the_same_leaves_again(leaves: int) -> None:
    disk = Disk()
    before = disk.run(DATA, leaves)
    after = disk.run(DATA)
    assert after[:leaves] == before
    assert opened(after, SIZE) == DATA
    assert_no_nonce_served_two_plaintexts(disk)


def test_run_from_a_later_start_gives_only_the_rest() -> None:
    disk = Disk()
    before = disk.run(DATA, 2)
    rest = disk.run(DATA, start=2)
    assert [index for index, _ in rest] == [2, 3]
    assert opened(before + rest, SIZE) == DATA


def test_run_from_a_start_that_was_never_noted_gives_what_may_not_have_left() -> None:
    disk = Disk()
    disk.run(DATA, 1)  # one window of two segments is noted
    assert [index for index, _ in disk.run(DATA, start=4)] == [2, 3]


@pytest.mark.parametrize("where", [0, SEGMENT - 1000, SEGMENT, 2 * SEGMENT - 1, 2 * SEGMENT])
def test_run_after_a_noted_byte_changed_starts_over_with_a_new_header(where: int) -> None:
    disk = Disk()
    disk.run(DATA, 3)
    first = disk.notes
    changed = bytearray(DATA)
    changed[where] ^= 1
    leaves = disk.run(bytes(changed), start=3)
    assert opened(leaves, SIZE) == bytes(changed)
    assert first is not None
    assert disk.notes is not None
    assert disk.notes.header != first.header
    assert_no_nonce_served_two_plaintexts(disk)


def test_run_after_a_byte_changed_that_never_left_keeps_the_header() -> None:
    disk = Disk()
    disk.run(DATA, 1)
    first = disk.notes
    changed = DATA[:-1] + b"\0"
    assert opened(disk.run(changed), SIZE) == changed
    assert first is not None
    assert disk.notes is not None
    assert disk.notes.header == first.header
    assert_no_nonce_served_two_plaintexts(disk)


@pytest.mark.parametrize("size", [10, 1_000_000, 3_000_000, 3_999_999, 5_000_000])
def test_run_after_the_size_changed_never_reuses_a_nonce(size: int) -> None:
    disk = Disk()
    disk.run(DATA)
    other = draw("resumed file", size)
    assert opened(disk.run(other), size) == other
    assert_no_nonce_served_two_plaintexts(disk)


class Changing(io.BytesIO):
    """A file that another program writes to after it was read once."""

    def seek(self, offset: int, whence: int = 0) -> int:
        if self.tell():
            self.getbuffer()[5] ^= 1
        return super().seek(offset, whence)


def test_run_while_the_file_changes_is_refused_before_a_leaf_leaves() -> None:
    disk = Disk()
    disk.run(DATA, 2)
    run = ResumableSealing(BODY, Changing(DATA), SIZE, disk.save).run(disk.notes)
    with pytest.raises(SourceChanged):
        next(run)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 4)), max_size=5))
def test_run_any_crashes_and_changes_never_reuse_a_nonce(history: list[tuple[int, int, int]]) -> None:
    disk = Disk()
    data = DATA
    for version, leaves, start in history:
        data = DATA[: version * SEGMENT] + bytes([version]) * 3 + DATA[version * SEGMENT + 3 :]
        disk.run(data, leaves, start=start)
    assert opened(disk.run(data), len(data)) == data
    assert_no_nonce_served_two_plaintexts(disk)


def test_notes_decode_what_was_not_encoded_is_refused() -> None:
    good = SealingNotes().encode()
    for data in (b"", good[:-1], good + b"x", b"\0" + good[1:]):
        with pytest.raises(BadFormat):
            SealingNotes.decode(data)
