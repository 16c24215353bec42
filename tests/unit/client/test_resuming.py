"""Records whose making was interrupted: what is taken up again, and what never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from client_fakes import FakeApi, World

from pmr.client.doctor import Doctor
from pmr.client.journal import Journal
from pmr.client.sealing import About
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.content.dag_pb import decode_node
from pmr.errors import SourceChanged
from pmr.types import RecordId

MIB = 1 << 20
ABOUT = About("Study")


class Crash(BaseException):
    """The power went."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.bin").write_bytes(bytes(range(256)) * (12 * MIB // 256))
    (folder / "b.txt").write_text("short")
    return folder


@pytest.fixture
def a(world: World, tmp_path: Path) -> Callable[[], Doctor]:
    """The doctor as each new process has it."""
    first = world.doctor(1)
    return lambda: replace(first, journal=Journal(tmp_path / "journal", first.keyring))


def sources(folder: Path) -> list[Source]:
    return [Source.from_path(folder / name) for name in ("a.bin", "b.txt")]


class BreakingApi(FakeApi):
    """A server that is lost when all is uploaded and nothing pinned."""

    def pin(self, root: Cid) -> None:
        raise Crash


def crash_at_pin(doctor: Doctor, files: list[Source]) -> None:
    """All is sealed and uploaded; the root is not pinned."""
    api = doctor.api
    assert isinstance(api, FakeApi)
    with pytest.raises(Crash):
        replace(doctor, api=BreakingApi(api.store, api.account)).create_record(files, ABOUT)


def contents(doctor: Doctor, record: RecordId) -> list[bytes]:
    opened = doctor.open(record)
    return [b"".join(opened.file(n)) for n in range(len(opened.manifest.files))]


def test_repeat_uploads_nothing_twice(world: World, a: Callable[[], Doctor], folder: Path) -> None:
    crash_at_pin(a(), sources(folder))
    there, doctor = set(world.store.blocks), a()
    assert isinstance(doctor.api, FakeApi)
    sent = len(doctor.api.uploads)
    made = doctor.create_record(sources(folder), ABOUT)
    assert set(world.store.blocks) == there
    assert len(doctor.api.uploads) == sent
    assert contents(doctor, made.id) == [s.open().read() for s in sources(folder)]


def test_repeat_after_an_edit_never_uses_a_nonce_for_other_bytes(
    world: World, a: Callable[[], Doctor], folder: Path
) -> None:
    crash_at_pin(a(), sources(folder))
    before = {data[:40] for data in world.store.blocks.values() if data[:1] == b"\x28"}
    data = bytearray((folder / "a.bin").read_bytes())
    data[11 * MIB] ^= 1
    (folder / "a.bin").write_bytes(data)
    doctor = a()
    made = doctor.create_record(sources(folder), ABOUT)
    opened = doctor.open(made.id)
    header = world.store.blocks[_first_leaf(world, opened.sealed.entries["0"].cid)][:40]
    assert header not in before
    assert world.store.blocks[opened.sealed.entries["1"].cid][:40] in before
    assert contents(doctor, made.id) == [bytes(data), b"short"]


def _first_leaf(world: World, cid: Cid) -> Cid:
    return decode_node(world.store.blocks[cid]).links[0].cid


@pytest.mark.parametrize("size", [0, 1, 5 * MIB, 13 * MIB])
def test_repeat_with_a_file_of_another_size_seals_what_is_there_now(
    a: Callable[[], Doctor], folder: Path, size: int
) -> None:
    crash_at_pin(a(), sources(folder))
    (folder / "a.bin").write_bytes(b"z" * size)
    doctor = a()
    assert contents(doctor, doctor.create_record(sources(folder), ABOUT).id)[0] == b"z" * size


def test_repeat_with_a_new_key_takes_a_new_content_key(
    world: World, a: Callable[[], Doctor], folder: Path
) -> None:
    crash_at_pin(a(), sources(folder))
    headers = {data for data in world.store.blocks.values() if b'"contentId"' in data}
    doctor = a()
    assert doctor.keyring is not None
    doctor.keyring.rotate()
    doctor.publish_key(b"vault 2", lambda _vault: True)
    made = a().create_record(sources(folder), ABOUT)
    (before,) = headers
    assert made.sealed.header.content_id.hex().encode() not in before
    assert contents(a(), made.id)[1] == b"short"


def test_repeat_after_it_was_registered_gives_the_same_record(
    world: World, a: Callable[[], Doctor], folder: Path
) -> None:
    first = a().create_record(sources(folder), ABOUT)
    second = a().create_record(sources(folder), ABOUT)
    assert (first.id, first.sealed.root, first.receipt) == (second.id, second.sealed.root, second.receipt)
    assert len(world.chain.roots[first.id.owner]) == 1


def test_repeat_after_it_was_registered_with_other_files_says_so_once(
    world: World, a: Callable[[], Doctor], folder: Path
) -> None:
    first = a().create_record(sources(folder), ABOUT)
    (folder / "b.txt").write_text("other")
    doctor = a()
    with pytest.raises(SourceChanged, match=str(first.id)):
        doctor.create_record(sources(folder), ABOUT)
    assert doctor.create_record(sources(folder), ABOUT).id.position == 1


def test_repeat_after_the_record_was_revised_does_not_register_it_again(
    world: World, a: Callable[[], Doctor], folder: Path
) -> None:
    first = a().create_record(sources(folder), ABOUT)
    world.chain.roots[first.id.owner][0] = b"r" * 32
    assert a().create_record(sources(folder), ABOUT).id == first.id
    assert len(world.chain.roots[first.id.owner]) == 1
