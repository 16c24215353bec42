"""The list of accounts that a hospital takes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pmr.errors import ConfigError, NotAdmitted
from pmr.server.accounts import AccountList
from server.people import ALICE, BOB, MALLORY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "accounts.txt"
    made.write_text(f"# cardiology\n{ALICE}  # Dr A\n\n{BOB.lower()}\n")
    return made


def test_demand_takes_who_is_on_the_list_and_no_others(path: Path) -> None:
    listed = AccountList(path)
    listed.demand(ALICE)
    listed.demand(BOB)
    with pytest.raises(NotAdmitted):
        listed.demand(MALLORY)


def test_demand_reads_a_changed_list_at_once(path: Path) -> None:
    listed = AccountList(path)
    path.write_text(f"{MALLORY}\n")
    listed.demand(MALLORY)
    with pytest.raises(NotAdmitted):
        listed.demand(ALICE)
    path.write_text("")
    with pytest.raises(NotAdmitted):
        listed.demand(MALLORY)


def test_demand_without_a_list_takes_nobody(path: Path) -> None:
    listed = AccountList(path)
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        listed.demand(ALICE)
    path.write_text(ALICE)
    listed.demand(ALICE)


def test_demand_of_a_list_with_a_slip_says_so_and_takes_the_others(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listed = AccountList(path)
    path.write_text(f"{ALICE}\n0x12 oops\n")
    with caplog.at_level(logging.ERROR):
        listed.demand(ALICE)
        listed.demand(ALICE)
    assert [record.getMessage() for record in caplog.records] == [
        "accounts_file: Line 2: '0x12 oops' is not 0x and 40 hex digits."
    ]
    with pytest.raises(NotAdmitted):
        listed.demand(BOB)


@pytest.mark.parametrize("text", [f"{ALICE}\nnonsense\n", "\0\0\0", f"{ALICE} {BOB}\n"])
def test_account_list_with_a_line_that_is_no_address_is_refused_at_the_start(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match="Line"):
        AccountList(path)


def test_account_list_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        AccountList(tmp_path / "none")
