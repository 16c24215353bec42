"""Folders as records: which files, under which names."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from client_fakes import FakeApi, World

from pmr.client.journal import Journal
from pmr.client.sealing import About
from pmr.client.study import sources_of
from pmr.errors import BadFormat, BadInput, TooLarge

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SLICES = 600


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(*paths: Path) -> list[str]:
    return [source.name for source in sources_of(paths, lambda _: None)]


def test_sources_of_a_folder_are_sorted_paths_in_it(tmp_path: Path) -> None:
    write(tmp_path, "b/2.dcm", "b/10.dcm", "a.txt", "b/c/x")
    assert names(tmp_path) == ["a.txt", "b/10.dcm", "b/2.dcm", "b/c/x"]


def test_sources_of_files_and_folders_keep_their_order(tmp_path: Path) -> None:
    write(tmp_path, "z.txt", "d/a")
    assert names(tmp_path / "z.txt", tmp_path / "d") == ["z.txt", "a"]


def test_sources_of_a_folder_leave_out_what_is_hidden_linked_or_no_file(tmp_path: Path) -> None:
    told: list[str] = []
    write(tmp_path, "a", ".hidden", ".git/config", "sub/.DS_Store")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert [source.name for source in sources_of([tmp_path], told.append)] == ["a"]
    for left_out in (".hidden", ".git", ".DS_Store", "link", "loop", "pipe"):
        assert any(left_out in sentence for sentence in told)
    assert not any("config" in sentence for sentence in told)


def test_sources_of_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=tmp_path.name):
        sources_of([tmp_path], lambda _: None)


def test_sources_of_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(4097):
        (tmp_path / str(number)).touch()
    with pytest.raises(TooLarge):
        sources_of([tmp_path], lambda _: None)
    (tmp_path / "0").unlink()
    assert len(sources_of([tmp_path], lambda _: None)) == 4096


def test_create_of_two_folders_with_one_name_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "x/a", "y/a")
    with pytest.raises(BadFormat):
        World().doctor(1).create_record(
            sources_of([tmp_path / "x", tmp_path / "y"], lambda _: None), About("X")
        )


def test_study_of_600_slices_is_one_record_that_opens(tmp_path: Path) -> None:
    data = bytearray((EXAMPLES / "ct-slice.dcm").read_bytes())
    for number in range(SLICES):
        data[-2:] = number.to_bytes(2, "big")
        write(tmp_path, f"study/series-1/{number:04}.dcm")
        (tmp_path / "study" / "series-1" / f"{number:04}.dcm").write_bytes(data)
    first = World().doctor(1)
    doctor = replace(first, journal=Journal(tmp_path / "journal", first.keyring))
    made = doctor.create_record(sources_of([tmp_path / "study"], lambda _: None), About("CT"))
    _, paths = doctor.open_into(made.id, tmp_path / "out")
    assert len(paths) == SLICES
    assert [p.read_bytes()[-2:] for p in paths] == [number.to_bytes(2, "big") for number in range(SLICES)]
    assert paths[7].relative_to(tmp_path / "out").as_posix() == "series-1/0007.dcm"
    assert isinstance(doctor.api, FakeApi)
    assert len(doctor.api.uploads) < 20
