"""The journal: what was noted is there after a crash, what was not is as if it had never been."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmr.client.journal import Journal
from pmr.crypto.keyring import Keyring
from pmr.errors import BadInput

ARGUMENTS = {"files": [["a", "/tmp/a"]], "title": "Knee"}


@pytest.fixture
def keyring() -> Keyring:
    return Keyring.new()


def crash_in(journal: Journal, *notes: int, finish: bool = False) -> str:
    """Begin a deed, note numbers and leave."""
    with journal.begin("create", ARGUMENTS) as deed:
        for number in notes:
            deed.note(number=number)
        if finish:
            deed.finish(id="0x/1")
        return deed.token


def test_begin_again_takes_up_what_was_left(tmp_path: Path, keyring: Keyring) -> None:
    token = crash_in(Journal(tmp_path, keyring), 1, 2)
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert (deed.token, deed.all("number"), deed.done) == (token, [1, 2], False)


@pytest.mark.parametrize("other", [("revise", ARGUMENTS), ("create", {"files": [], "title": "Knee"})])
def test_begin_of_something_else_begins_anew(
    tmp_path: Path, keyring: Keyring, other: tuple[str, dict[str, object]]
) -> None:
    crash_in(Journal(tmp_path, keyring), 1)
    with Journal(tmp_path, keyring).begin(*other) as deed:
        assert deed.all("number") == []


def test_begin_while_another_is_at_work_on_it_begins_anew(tmp_path: Path, keyring: Keyring) -> None:
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as first:
        first.note(number=1)
        with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as second:
            assert second.token != first.token
            assert second.all("number") == []


def test_begin_after_what_this_journal_finished_begins_anew(tmp_path: Path, keyring: Keyring) -> None:
    journal = Journal(tmp_path, keyring)
    token = crash_in(journal, finish=True)
    with journal.begin("create", ARGUMENTS) as deed:
        assert deed.token != token


def test_begin_after_a_crash_at_the_very_end_finds_it_done(tmp_path: Path, keyring: Keyring) -> None:
    crash_in(Journal(tmp_path, keyring), finish=True)
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.done


def test_forget_finished_removes_only_what_was_finished(tmp_path: Path, keyring: Keyring) -> None:
    journal = Journal(tmp_path, keyring)
    crash_in(journal, finish=True)
    with journal.begin("revise", ARGUMENTS) as deed:
        deed.note(number=1)
    journal.forget_finished()
    with Journal(tmp_path, keyring).pending() as deeds:
        assert [deed.kind for deed in deeds] == ["revise"]


@pytest.mark.parametrize("cut", range(1, 40))
def test_torn_frame_is_cut_off_and_the_next_one_follows(tmp_path: Path, keyring: Keyring, cut: int) -> None:
    token = crash_in(Journal(tmp_path, keyring), 1, 2)
    path = tmp_path / f"{token}.deed"
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.all("number") == [1]
        deed.note(number=3)
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.all("number") == [1, 3]


def test_frame_that_the_disk_lost_is_cut_off(tmp_path: Path, keyring: Keyring) -> None:
    token = crash_in(Journal(tmp_path, keyring), 1, 2)
    path = tmp_path / f"{token}.deed"
    data = path.read_bytes()
    path.write_bytes(data[:-20] + bytes(20))
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.all("number") == [1]


def test_deed_without_its_first_frame_is_passed_over(tmp_path: Path, keyring: Keyring) -> None:
    token = crash_in(Journal(tmp_path, keyring), 1)
    (tmp_path / f"{token}.deed").write_bytes(b"\0\0\0")
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.token != token


def test_what_was_refused_before_anything_came_of_it_is_forgotten(tmp_path: Path, keyring: Keyring) -> None:
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        deed.note(key={"contentKey": "00"})
    assert list(tmp_path.glob("*.deed")) == []


def test_secrets_are_sealed_on_disk(tmp_path: Path, keyring: Keyring) -> None:
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        deed.note(number="c0ffee" * 10)
    data = next(tmp_path.glob("*.deed")).read_bytes()
    assert not [word for word in (b"c0ffee", b"Knee", b"/tmp/a", b"create") if word in data]
    assert next(tmp_path.glob("*.deed")).stat().st_mode & 0o077 == 0


def test_what_is_no_secret_needs_no_vault(tmp_path: Path, keyring: Keyring) -> None:
    with Journal(tmp_path).begin("revoke", {"record": "0x/1"}, secret=False) as deed:
        deed.sign(b"raw")
    with Journal(tmp_path, keyring).begin("revoke", {"record": "0x/1"}, secret=False) as deed:
        assert deed.signed() == [b"raw"]


def test_deeds_of_an_older_key_are_taken_up_after_a_rotation(tmp_path: Path, keyring: Keyring) -> None:
    crash_in(Journal(tmp_path, keyring), 1)
    keyring.rotate()
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.all("number") == [1]
        deed.note(number=2)
        assert deed.all("number") == [1, 2]


def test_deeds_of_another_key_are_passed_over(tmp_path: Path, keyring: Keyring) -> None:
    crash_in(Journal(tmp_path, Keyring.new()), 1)
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed:
        assert deed.all("number") == []


def test_discard_forgets_what_is_idle(tmp_path: Path, keyring: Keyring) -> None:
    token = crash_in(Journal(tmp_path, keyring), 1)
    Journal(tmp_path, keyring).discard(token)
    with Journal(tmp_path, keyring).pending() as deeds:
        assert deeds == []
    with pytest.raises(BadInput, match=token):
        Journal(tmp_path, keyring).discard(token)


def test_discard_of_what_is_under_way_is_refused(tmp_path: Path, keyring: Keyring) -> None:
    with Journal(tmp_path, keyring).begin("create", ARGUMENTS) as deed, pytest.raises(BadInput):
        Journal(tmp_path, keyring).discard(deed.token)


def test_journal_without_a_folder_keeps_nothing() -> None:
    journal = Journal()
    for _ in range(2):
        with journal.begin("create", ARGUMENTS) as deed:
            assert (deed.all("number"), deed.done) == ([], False)
            deed.note(number=1)
            deed.finish()
