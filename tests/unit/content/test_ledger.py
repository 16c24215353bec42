"""The ledger of what was put into a node."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.ledger import Ledger
from pmr.errors import StorageDamaged, StoreUnavailable

A, B = Cid.of(RAW, b"a"), Cid.of(DAG_PB, b"a")


def test_note_again_keeps_the_last_time(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.note([A, B], 10.5)
    ledger.note([A], 20.0)
    assert (ledger.touched(A), ledger.touched(B)) == (20.0, 10.5)
    assert sorted(ledger.all()) == sorted([A, B])


def test_forget_strikes_out_one_codec_only(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.note([A, B], 1.0)
    ledger.forget([A])
    assert ledger.touched(A) is None
    assert ledger.all() == [B]


def test_a_ledger_opened_again_has_its_entries_and_its_name(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger")
    first.note([A], 1.0)
    again = Ledger(tmp_path / "ledger")
    assert (again.all(), again.name) == ([A], first.name)
    assert Ledger(tmp_path / "other").name != first.name


def test_a_file_that_is_no_ledger_is_damage_and_one_that_is_not_reached_unavailable(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_bytes(b"something else" * 100)
    with pytest.raises(StorageDamaged, match="ledger"):
        Ledger(tmp_path / "ledger")
    with pytest.raises(StoreUnavailable):
        Ledger(tmp_path / "absent" / "ledger")
