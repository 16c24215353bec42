"""A Kubo node as the store: what it says itself of our content, and what only it can break."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from content_samples import MIB, Blocks, add_directory, add_file, sample, small_record
from kubo_daemon import Daemon, configure, running_daemon

from pmr.content.block import Block
from pmr.content.car import read_car
from pmr.content.cid import RAW, Cid
from pmr.content.embedded import EmbeddedStore
from pmr.content.kubo import KuboStore
from pmr.content.pins import PinCounts
from pmr.content.store import Extent
from pmr.errors import ConfigError, IncompleteContent, StorageFull, StoreUnavailable

DAY = 86_400.0
FROZEN = ["--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024", "--quieter"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running_daemon(tmp_path_factory.mktemp("kubo")) as daemon:
        yield daemon


@pytest.fixture
def daemon(running: Daemon) -> Iterator[Daemon]:
    yield running
    running.empty()


@pytest.fixture
def store(daemon: Daemon, tmp_path: Path) -> KuboStore:
    return KuboStore(daemon.address, tmp_path / "store")


# --- the node agrees


@pytest.mark.kubo
def test_ipfs_cat_gives_the_file_that_was_imported(daemon: Daemon, store: KuboStore) -> None:
    root, blocks = small_record("cat", 3 * MIB + 5)
    store.put(blocks.all())
    store.pin(root)
    assert daemon.ipfs("cat", f"/ipfs/{root}/0") == sample("cat", 3 * MIB + 5)
    assert daemon.ipfs("ls", str(root)).decode().split()[2::3] == ["0", "header", "owner"]


@pytest.mark.kubo
@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1, 3 * MIB + 17])
def test_ipfs_add_gives_the_cid_of_import_file(daemon: Daemon, tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(sample("add", size))
    assert daemon.ipfs("add", *FROZEN, str(path)).decode().strip() == str(
        add_file(Blocks(), path.read_bytes()).cid
    )


@pytest.mark.kubo
def test_ipfs_add_of_a_folder_gives_the_cid_of_encode_directory(daemon: Daemon, tmp_path: Path) -> None:
    blocks, folder = Blocks(), tmp_path / "record"
    folder.mkdir()
    for name, size in {"0": 2 * MIB, "10": 5, "2": 6, "header": 300, "é": 7}.items():
        (folder / name).write_bytes(sample(name, size))
    entries = {path.name: add_file(blocks, path.read_bytes()) for path in folder.iterdir()}
    cid = daemon.ipfs("add", "-r", *FROZEN, str(folder)).decode().strip()
    assert cid == str(add_directory(blocks, entries).cid)


@pytest.mark.kubo
def test_cars_move_a_record_between_a_folder_and_the_node(
    daemon: Daemon, store: KuboStore, tmp_path: Path
) -> None:
    root, blocks = small_record("move")
    folder = EmbeddedStore(tmp_path / "folder")
    folder.put(blocks.all())
    archive = b"".join(folder.export_car(root))
    assert store.import_car(io.BytesIO(archive)) == root
    assert b"".join(store.export_car(root)) == archive
    assert daemon.ipfs("dag", "export", str(root)) == archive


@pytest.mark.kubo
def test_a_car_that_the_node_exports_is_taken(daemon: Daemon, store: KuboStore) -> None:
    root, blocks = small_record("exported")
    store.put(blocks.all())
    found, read = read_car(io.BytesIO(daemon.ipfs("dag", "export", str(root))))
    assert found == root
    assert {block.cid for block in read} == set(blocks)


@pytest.mark.kubo
def test_ipfs_dag_import_takes_our_car(daemon: Daemon, tmp_path: Path) -> None:
    root, blocks = small_record("imported by the node")
    folder = EmbeddedStore(tmp_path / "folder")
    folder.put(blocks.all())
    path = tmp_path / "record.car"
    path.write_bytes(b"".join(folder.export_car(root)))
    assert str(root) in daemon.ipfs("dag", "import", str(path)).decode()
    assert daemon.ipfs("cat", f"/ipfs/{root}/header") == sample("imported by the nodeheader", 100)


# --- what is the node's own, and what is not


@pytest.mark.kubo
def test_pins_are_the_nodes_pins_too(daemon: Daemon, store: KuboStore) -> None:
    root, blocks = small_record("garbage")
    store.put(blocks.all())
    store.pin(root)
    daemon.ipfs("repo", "gc")
    assert store.pin(root).blocks == len(blocks)
    store.unpin(root)
    store.unpin(root)
    daemon.ipfs("repo", "gc")
    with pytest.raises(IncompleteContent):
        store.pin(root)


@pytest.mark.kubo
def test_collect_leaves_the_nodes_other_content_alone(
    daemon: Daemon, store: KuboStore, tmp_path: Path
) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"not of PMR")
    other = Cid.parse(daemon.ipfs("add", "--pin=false", *FROZEN, str(path)).decode().strip())
    assert not store.has(other)
    assert store.collect(-DAY) == Extent(0, 0)
    assert daemon.ipfs("cat", str(other)) == b"not of PMR"


@pytest.mark.kubo
def test_collect_of_the_bytes_of_a_pinned_node_under_the_other_codec_keeps_them(store: KuboStore) -> None:
    root, blocks = small_record("twin")
    twin = Block.of(RAW, blocks[root])
    store.put([*blocks.all(), twin])
    store.pin(root)
    assert store.collect(-DAY).blocks == 1
    assert not store.has(twin.cid)
    assert store.get(root) == blocks[root]


@pytest.mark.kubo
def test_collect_of_the_same_bytes_under_both_codecs_removes_them(daemon: Daemon, store: KuboStore) -> None:
    root, blocks = small_record("both")
    twin = Block.of(RAW, blocks[root])
    store.put([*blocks.all(), twin])
    assert str(twin.cid) in daemon.ipfs("refs", "local").decode()
    store.collect(-DAY)
    assert str(twin.cid) not in daemon.ipfs("refs", "local").decode()
    store.put([twin])
    assert store.get(twin.cid) == twin.data


@pytest.mark.kubo
def test_collect_removes_a_pin_that_a_crash_left_uncounted(
    daemon: Daemon, store: KuboStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, blocks = small_record("uncounted")
    store.put(blocks.all())

    def crash(self: PinCounts, root: Cid) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PinCounts, "add", crash)
        with pytest.raises(KeyboardInterrupt):
            store.pin(root)
    assert store.pins() == {}
    assert str(root) in daemon.ipfs("pin", "ls", "--type=recursive").decode()
    assert store.collect(-DAY).blocks == len(blocks)
    assert str(root) not in daemon.ipfs("pin", "ls", "--type=recursive").decode()


@pytest.mark.kubo
def test_collect_restores_a_pin_that_somebody_removed_in_the_node(daemon: Daemon, store: KuboStore) -> None:
    root, blocks = small_record("restored")
    store.put(blocks.all())
    store.pin(root)
    daemon.ipfs("pin", "rm", str(root))
    store.collect(0)
    assert str(root) in daemon.ipfs("pin", "ls", "--type=recursive").decode()


# --- a node that cannot be used


@pytest.mark.kubo
def test_a_node_that_does_not_sync_is_refused(daemon: Daemon, tmp_path: Path) -> None:
    configure(daemon, sync=False)
    try:
        with pytest.raises(ConfigError, match="sync"):
            KuboStore(daemon.address, tmp_path)
    finally:
        configure(daemon, sync=True)


@pytest.mark.kubo
def test_no_node_at_the_address_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="tcp/1/"):
        KuboStore("/ip4/127.0.0.1/tcp/1/http", tmp_path)


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:5001", "/ip4/127.0.0.1", "/ip4/127.0.0.1/udp/1"])
def test_an_address_of_another_form_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError):
        KuboStore(address, tmp_path)


@pytest.mark.kubo
def test_a_node_whose_disk_is_full_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        place = _small_disk(tmp_path, stack)
        store = KuboStore(stack.enter_context(running_daemon(place)).address, tmp_path / "store")
        store.put([Block.of(RAW, b"kept")])
        with pytest.raises(StorageFull):
            store.put(Block.of(RAW, sample(f"filler {n}", MIB)) for n in range(60))
        assert store.get(Cid.of(RAW, b"kept")) == b"kept"


def _small_disk(tmp_path: Path, stack: ExitStack) -> Path:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "pmr-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    stack.callback(subprocess.run, ["umount", str(place)], check=True)
    return place
