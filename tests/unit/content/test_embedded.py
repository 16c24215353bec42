"""The folder of blocks: what a crash, a full disk, a bad disk and another process may not break."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from content_samples import MIB, ROOT, sample, small_record
from store_backends import file_of

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.embedded import EmbeddedStore
from pmr.content.files import locked
from pmr.content.store import Damage
from pmr.errors import BlockNotFound, ContentError, StorageDamaged, StorageFull, StoreUnavailable

BLOCKS = [Block.of(RAW, sample(str(n), 1000)) for n in range(20)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> EmbeddedStore:
    return EmbeddedStore(folder)


# --- a crash


def _run_until_killed(folder: Path, seed: str, seconds: float) -> list[list[str]]:
    """Start the writer, kill it so long after its first word, give the lines that it finished."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    script = Path(__file__).parent / "crashing_writer.py"
    with subprocess.Popen(
        [sys.executable, script, folder, seed], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        lines = (first + writer.stdout.read()).split("\n")
    return [line.split() for line in lines[:-1]]


@pytest.mark.parametrize(
    ("turns", "seed"), [(8, 1), *(pytest.param(50, seed, marks=pytest.mark.slow) for seed in (2, 3, 4))]
)
def test_put_and_pin_killed_at_any_moment_lose_nothing_acknowledged(
    folder: Path, turns: int, seed: int
) -> None:
    moments = random.Random(seed)
    for turn in range(turns):
        lines = _run_until_killed(folder, str(turn), moments.uniform(0, 0.15))
        store = EmbeddedStore(folder)
        assert store.check() == []
        for cid in (Cid.parse(text) for word, text in lines if word == "put"):
            store.get(cid)
        _compare_pins(lines, store)
    before = set(store.cids())
    store.collect(-60)
    assert set(store.cids()) <= before
    assert not list(folder.glob("*drafts/*"))


def _compare_pins(lines: list[list[str]], store: EmbeddedStore) -> None:
    said = Counter(text for word, text in lines if word == "pin")
    said.subtract(text for word, text in lines if word == "unpin")
    pins = store.pins()
    # What was done last may not have been said any more.
    doubt = [text for text, count in said.items() if pins.get(Cid.parse(text), 0) != count]
    assert doubt in ([], [lines[-1][1]])
    assert all(abs(pins.get(Cid.parse(text), 0) - said[text]) == 1 for text in doubt)


class _Calls:
    """Notes what was asked of the disk, in the order in which it was done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[str, str]] = []
        for name in ("fsync", "rename", "replace", "unlink"):
            if hasattr(os, name):
                monkeypatch.setattr(os, name, self._noting(name, getattr(os, name)))

    def _noting(self, name: str, call: Any) -> Any:
        def noting(target: Any, *rest: Any, **named: Any) -> Any:
            path = str(Path(f"/proc/self/fd/{target}").readlink()) if name == "fsync" else str(target)
            call(target, *rest, **named)
            self.made.append((name, path))
            if rest:
                self.made.append(("to", str(rest[0])))

        return noting

    def place(self, name: str, path: Path | str) -> int:
        return self.made.index((name, str(path)))


def test_put_syncs_each_file_before_its_rename_and_each_folder_after(
    folder: Path, store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _Calls(monkeypatch)
    store.put(BLOCKS)
    renames = [i for i, (name, _) in enumerate(calls.made) if name in ("rename", "replace")]
    drafts = [calls.made[i][1] for i in renames]
    assert len(drafts) == len(BLOCKS)
    assert max(calls.place("fsync", draft) for draft in drafts) < min(renames)
    for block in BLOCKS:
        path = file_of(folder, block.cid)
        assert calls.place("fsync", path.parent) > calls.place("to", path)
    assert calls.place("fsync", folder / "blocks") > max(renames)


def test_put_of_what_is_there_syncs_it_since_another_writer_may_not_have(
    folder: Path, store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(BLOCKS[:1])
    calls = _Calls(monkeypatch)
    store.put(BLOCKS[:1])
    path = file_of(folder, BLOCKS[0].cid)
    assert calls.made[0] == ("fsync", str(path))
    assert set(calls.made[1:]) == {("fsync", str(path.parent)), ("fsync", str(folder / "blocks"))}


def test_pin_and_unpin_are_synced(
    folder: Path, store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(BLOCKS[:1])
    calls = _Calls(monkeypatch)
    store.pin(BLOCKS[0].cid)
    counted = folder / "pins" / str(BLOCKS[0].cid)
    assert calls.place("fsync", calls.made[0][1]) < calls.place("to", counted)
    assert calls.made[-1] == ("fsync", str(folder / "pins"))
    calls.made.clear()
    store.unpin(BLOCKS[0].cid)
    assert calls.made == [("unlink", str(counted)), ("fsync", str(folder / "pins"))]


def test_opening_a_store_syncs_the_folders_that_it_makes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _Calls(monkeypatch)
    EmbeddedStore(folder)
    synced = {path for name, path in calls.made if name == "fsync"}
    assert {str(folder.parent), str(folder)} <= synced


# --- a disk without space


def _failing(number: int) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "open", "replace"])
def test_put_on_a_full_disk_says_so_and_leaves_nothing_half(
    folder: Path, store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    with monkeypatch.context() as patch:
        # Path.replace is os.replace or os.rename, by version.
        for name in {call, "rename"} if call == "replace" else {call}:
            patch.setattr(os, name, _failing(number))
        with pytest.raises(StorageFull):
            store.put(BLOCKS)
    assert list(store.cids()) == []
    assert list(folder.glob("drafts/*")) == []
    store.put(BLOCKS)
    assert store.check() == []


def test_put_and_pin_leave_no_file_open(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    store.put(BLOCKS)
    store.put(BLOCKS)
    store.pin(BLOCKS[0].cid)
    store.collect(-60)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _failing(errno.ENOSPC))
        with pytest.raises(StorageFull):
            store.put(BLOCKS)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_pin_on_a_full_disk_says_so_and_pins_nothing(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(BLOCKS[:1])
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _failing(errno.ENOSPC))
        with pytest.raises(StorageFull):
            store.pin(BLOCKS[0].cid)
    assert store.pins() == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB; needs root."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "pmr-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_fills_up_keeps_what_was_acknowledged_and_works_again_after_collect(
    small_disk: Path,
) -> None:
    store = EmbeddedStore(small_disk / "store")
    root, blocks = small_record(size=MIB)
    store.put(blocks.all())
    store.pin(root)
    with pytest.raises(StorageFull):
        store.put(Block.of(RAW, sample(f"filler {n}", MIB)) for n in range(20))
    assert store.check() == []
    assert store.pins() == {root: 1}
    store.collect(-60)
    assert set(store.cids()) == set(blocks)
    store.put([Block.of(RAW, sample("again", 2 * MIB))])


# --- a bad disk


def test_a_block_that_cannot_be_read_is_told_apart_from_one_that_is_not_there(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(BLOCKS[:1])
    monkeypatch.setattr(Path, "read_bytes", _failing(errno.EIO))
    with pytest.raises(StorageDamaged):
        store.get(BLOCKS[0].cid)
    assert store.check() == [Damage(BLOCKS[0].cid, "unreadable")]


def test_a_truncated_block_is_damage_and_put_again_is_whole(folder: Path, store: EmbeddedStore) -> None:
    store.put(BLOCKS[:1])
    os.truncate(file_of(folder, BLOCKS[0].cid), 10)
    assert store.check() == [Damage(BLOCKS[0].cid, "other bytes")]
    store.put(BLOCKS[:1])
    assert store.check() == []


@pytest.mark.parametrize("content", [b"", b"1", b"0 00000000\n", b"3 2ac0a5a4\n", b"-1 x\n", b"\xff"])
def test_a_count_of_pins_that_was_changed_is_damage_and_still_keeps_its_content(
    folder: Path, store: EmbeddedStore, content: bytes
) -> None:
    root, blocks = small_record(size=100)
    store.put(blocks.all())
    store.pin(root)
    (folder / "pins" / str(root)).write_bytes(content)
    for ask in (store.pins, lambda: store.pin(root), lambda: store.unpin(root)):
        with pytest.raises(StorageDamaged):
            ask()
    assert store.collect(-60).blocks == 0
    assert set(store.cids()) == set(blocks)


def test_a_stray_file_among_the_pins_is_told_and_nothing_is_deleted(
    folder: Path, store: EmbeddedStore
) -> None:
    store.put(BLOCKS)
    (folder / "pins" / "stray").touch()
    with pytest.raises(StorageDamaged, match="stray"):
        store.collect(-60)
    assert set(store.cids()) == {block.cid for block in BLOCKS}


def test_stray_files_among_the_blocks_are_left_alone(folder: Path, store: EmbeddedStore) -> None:
    store.put(BLOCKS[:1])
    stray = file_of(folder, BLOCKS[0].cid).with_name("stray")
    stray.touch()
    (folder / "blocks" / "stray").touch()
    store.collect(-60)
    assert list(store.cids()) == []
    assert stray.exists()


def test_a_store_whose_folder_is_gone_is_unavailable(folder: Path, store: EmbeddedStore) -> None:
    (folder / "lock").mkdir()
    with pytest.raises(StoreUnavailable):
        store.put(BLOCKS)
    (folder / "file").touch()
    with pytest.raises(StoreUnavailable):
        EmbeddedStore(folder / "file")


# --- other processes


@pytest.mark.parametrize(
    ("held_alone", "act"),
    [
        pytest.param(False, lambda store: store.collect(-60), id="collect"),
        pytest.param(False, lambda store: store.delete(BLOCKS[1].cid), id="delete"),
        pytest.param(True, lambda store: store.put(BLOCKS), id="put"),
        pytest.param(True, lambda store: store.pin(BLOCKS[0].cid), id="pin"),
    ],
)
def test_deletions_wait_for_writers_and_writers_for_deletions(
    folder: Path, store: EmbeddedStore, held_alone: bool, act: Callable[[EmbeddedStore], object]
) -> None:
    store.put(BLOCKS)
    with locked(folder / "lock", alone=held_alone):
        thread = threading.Thread(target=act, args=[store])
        thread.start()
        thread.join(0.1)
        assert thread.is_alive()
    thread.join()


def test_collect_deletes_only_while_nobody_can_write(
    folder: Path, store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = EmbeddedStore._delete

    def watched(self: EmbeddedStore, cids: list[Cid]) -> None:
        with (folder / "lock").open("rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        delete(self, cids)

    monkeypatch.setattr(EmbeddedStore, "_delete", watched)
    store.put(BLOCKS)
    assert store.collect(-60).blocks == len(BLOCKS)


def test_collect_beside_a_writing_process_loses_nothing_pinned(folder: Path, store: EmbeddedStore) -> None:
    done = threading.Event()
    lines: list[list[str]] = []

    def run() -> None:
        lines.extend(_run_until_killed(folder, "beside", 0.5))
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not done.is_set():
        store.collect(60)
    thread.join()
    store.collect(-60)
    for root in (Cid.parse(text) for word, text in lines if word == "unpin"):
        assert store.pins()[root] == 2
        store.pin(root)
    for text in (text for word, text in lines if word == "put"):
        _is_whole_or_gone(store, Cid.parse(text))


def _is_whole_or_gone(store: EmbeddedStore, cid: Cid) -> None:
    try:
        store.get(cid)
    except BlockNotFound:
        return


def test_errors_name_the_file_and_no_content(folder: Path, store: EmbeddedStore) -> None:
    store.put(BLOCKS[:1])
    path = file_of(folder, BLOCKS[0].cid)
    path.unlink()
    path.mkdir()
    with pytest.raises(ContentError, match=str(BLOCKS[0].cid)):
        store.get(BLOCKS[0].cid)
