"""Files with hostile names stay inside a new folder, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pmr.client.extract import extract
from pmr.errors import BadFormat, BadInput, CannotDecrypt

HOSTILE = [
    "../outside",
    "a/../../outside",
    "/tmp/outside",
    "..",
    ".",
    "",
    "a//b",
    "a/",
    "a\\..\\b",
    "nul\0byte",
]


def whole(*pieces: bytes) -> Iterator[bytes]:
    yield from pieces


def broken() -> Iterator[bytes]:
    yield b"half"
    raise CannotDecrypt("the rest")


def test_extract_writes_files_and_folders(tmp_path: Path) -> None:
    target = tmp_path / "out"
    paths = extract(target, [("a.txt", whole(b"1", b"2")), ("sub/b.txt", whole())])
    assert [p.read_bytes() for p in paths] == [b"12", b""]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]


def test_extract_lets_only_its_user_read(tmp_path: Path) -> None:
    (path,) = extract(tmp_path / "out", [("a.txt", whole(b"1"))])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", HOSTILE)
def test_extract_of_a_hostile_name_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFormat):
        extract(tmp_path / "out", [("good", whole(b"1")), (name, whole(b"evil"))])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("first", "second"), [("a", "a"), ("a", "a/b"), ("a/b", "a")])
def test_extract_of_names_that_collide_writes_nothing(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(BadFormat):
        extract(tmp_path / "out", [(first, whole(b"1")), (second, whole(b"2"))])
    assert list(tmp_path.iterdir()) == []


def test_extract_that_breaks_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotDecrypt):
        extract(tmp_path / "out", [("a", whole(b"1")), ("b", broken())])
    assert list(tmp_path.iterdir()) == []


def test_extract_shows_no_final_name_before_the_last_file_is_whole(tmp_path: Path) -> None:
    def looking() -> Iterator[bytes]:
        assert not (tmp_path / "out").exists()
        yield b"2"

    extract(tmp_path / "out", [("a", whole(b"1")), ("b", looking())])
    assert (tmp_path / "out" / "b").read_bytes() == b"2"


def test_extract_into_a_full_folder_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(BadInput):
        extract(tmp_path, [("a", whole(b"theirs"))])
    assert (tmp_path / "a").read_text() == "mine"


def test_extract_into_an_empty_folder_fills_it(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    extract(tmp_path / "out", [("a", whole(b"1"))])
    assert (tmp_path / "out" / "a").read_bytes() == b"1"


def test_extract_through_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        extract(tmp_path / "out", [("a", whole(b"1"))])
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_extract_over_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BadInput):
        extract(tmp_path / "out", [("a", whole(b"1"))])


def test_extract_into_the_current_folder_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    extract(Path(), [("a", whole(b"1"))])
    assert (tmp_path / "here" / "a").read_bytes() == b"1"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_extract_where_nothing_can_be_written_is_an_os_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        extract(tmp_path / "out", [("a", whole(b"1"))])
