"""What every block store promises, whichever keeps the blocks."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from content_samples import MIB, Blocks, add_directory, add_file, sample, small_record
from kubo_daemon import Daemon, running_daemon
from store_backends import Backend, Embedded, Kubo

from pmr.content.block import MAX_BLOCK, Block
from pmr.content.car import write_car
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import encode_node
from pmr.content.store import BlockStore, Damage, Extent
from pmr.content.unixfs import Node, read_file, read_range
from pmr.errors import (
    BadBlock,
    BadCar,
    BlockNotFound,
    IncompleteContent,
    StillPinned,
    StorageDamaged,
)

DAY = 86_400.0


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running_daemon(tmp_path_factory.mktemp("kubo")) as running:
        yield running


@pytest.fixture(params=["embedded", pytest.param("kubo", marks=pytest.mark.kubo)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "embedded":
        yield Embedded(tmp_path / "store")
        return
    daemon: Daemon = request.getfixturevalue("daemon")
    yield Kubo(daemon, tmp_path / "store")
    daemon.empty()


@pytest.fixture
def store(backend: Backend) -> BlockStore:
    return backend.store


def _block(name: str) -> Block:
    return Block.of(RAW, name.encode())


def _put_record(store: BlockStore, seed: str = "record") -> tuple[Cid, Blocks]:
    root, blocks = small_record(seed)
    store.put(blocks.all())
    return root, blocks


# --- blocks


def test_put_get_gives_the_bytes_back(store: BlockStore) -> None:
    block = _block("put")
    store.put([block])
    assert store.get(block.cid) == b"put"
    assert store.has(block.cid)
    assert store.size(block.cid) == 3
    assert block.cid in set(store.cids())


@pytest.mark.parametrize("data", [b"", b"\0", bytes(MIB), bytes(MAX_BLOCK)], ids=len)
def test_put_of_any_size_is_kept(store: BlockStore, data: bytes) -> None:
    block = Block.of(RAW, data)
    store.put([block])
    assert (store.get(block.cid), store.size(block.cid)) == (data, len(data))


def test_put_many_and_again_and_twice_in_one_call_keeps_each(store: BlockStore) -> None:
    blocks = [_block(f"many {n}") for n in range(150)]
    store.put(iter(blocks + blocks[:3]))
    store.put(blocks)
    assert all(store.get(block.cid) == block.data for block in blocks)


def test_put_keeps_raw_and_dag_pb_of_the_same_bytes_apart(store: BlockStore) -> None:
    data = encode_node([], b"\x08\x01")
    leaf, node = Block.of(RAW, data), Block.of(DAG_PB, data)
    store.put([leaf])
    assert not store.has(node.cid)
    store.put([node])
    store.delete(leaf.cid)
    assert store.get(node.cid) == data
    assert not store.has(leaf.cid)


def test_put_of_what_is_no_block_is_refused(store: BlockStore) -> None:
    with pytest.raises(TypeError):
        store.put([(Cid.of(RAW, b"a"), b"b")])  # type: ignore[list-item]  # as an untyped caller would


def test_put_of_a_subclass_that_skips_the_hash_is_refused(store: BlockStore) -> None:
    class Unchecked(Block):
        def __post_init__(self) -> None:
            pass

    with pytest.raises(TypeError):
        store.put([Unchecked(Cid.of(RAW, b"a"), b"b")])


def test_put_that_fails_halfway_keeps_only_whole_blocks(store: BlockStore) -> None:
    def broken() -> Iterator[Block]:
        yield from (_block(f"broken {n}") for n in range(100))
        raise BadCar("cut off")

    with pytest.raises(BadCar):
        store.put(broken())
    assert store.check() == []


@pytest.mark.parametrize("codec", [RAW, DAG_PB])
def test_get_of_an_absent_block_raises_block_not_found(store: BlockStore, codec: int) -> None:
    cid = Cid.of(codec, b"absent")
    assert not store.has(cid)
    for ask in (store.get, store.size):
        with pytest.raises(BlockNotFound, match=str(cid)):
            ask(cid)


def test_delete_removes_a_block_and_no_other(store: BlockStore) -> None:
    a, b = _block("delete a"), _block("delete b")
    store.put([a, b])
    store.delete(a.cid)
    store.delete(a.cid)
    store.delete(_block("never put").cid)
    assert not store.has(a.cid)
    assert store.has(b.cid)


def test_delete_of_a_pinned_block_is_refused(store: BlockStore) -> None:
    root, blocks = _put_record(store)
    store.pin(root)
    for cid in blocks:
        with pytest.raises(StillPinned):
            store.delete(cid)
    store.unpin(root)
    store.delete(root)
    assert not store.has(root)


def test_a_stored_file_reads_back_whole_and_in_ranges(store: BlockStore) -> None:
    blocks, data = Blocks(), sample("stored file", 2 * MIB + 9)
    node = add_file(blocks, data)
    store.put(blocks.all())
    assert b"".join(read_file(node.cid, store.get, len(data))) == data
    assert read_range(node.cid, store.get, MIB - 2, 5) == data[MIB - 2 : MIB + 3]


# --- pins


def test_pin_tells_how_much_it_keeps(store: BlockStore) -> None:
    root, blocks = _put_record(store)
    assert store.pin(root) == Extent(len(blocks), sum(len(data) for data in blocks.values()))
    assert store.pins() == {root: 1}


def test_pins_are_counted(store: BlockStore) -> None:
    root, _ = _put_record(store)
    store.pin(root)
    store.pin(root)
    store.unpin(root)
    assert store.pins() == {root: 1}
    store.collect(-DAY)
    assert store.has(root)
    store.unpin(root)
    assert store.pins() == {}
    with pytest.raises(BlockNotFound):
        store.unpin(root)


def test_pins_of_one_root_by_many_threads_are_all_counted(store: BlockStore) -> None:
    block = _block("popular")
    store.put([block])
    with ThreadPoolExecutor(8) as threads:
        for pinned in [threads.submit(store.pin, block.cid) for _ in range(40)]:
            pinned.result()
        assert store.pins() == {block.cid: 40}
        for unpinned in [threads.submit(store.unpin, block.cid) for _ in range(39)]:
            unpinned.result()
    assert store.pins() == {block.cid: 1}


def test_pin_of_single_raw_blocks_and_files_keeps_them(store: BlockStore) -> None:
    blocks = Blocks()
    roots = {add_file(blocks, sample("pin", size)).cid for size in (1169, MIB + 1)}
    store.put(blocks.all())
    for root in roots:
        store.pin(root)
    store.collect(-DAY)
    assert set(store.cids()) >= set(blocks)
    assert store.pins().keys() == roots


@pytest.mark.parametrize("index", range(7))
def test_pin_with_any_block_missing_raises_incomplete_content(store: BlockStore, index: int) -> None:
    root, blocks = small_record("incomplete")
    missing = list(blocks)[index]
    store.put(block for block in blocks.all() if block.cid != missing)
    with pytest.raises(IncompleteContent, match=str(missing)):
        store.pin(root)
    assert store.pins() == {}
    store.put([Block.checked(missing, blocks[missing])])
    store.pin(root)


def test_pin_of_another_shape_is_refused(store: BlockStore) -> None:
    blocks = Blocks()
    root = add_directory(blocks, {"0": Node(add_file(blocks, b"two").cid, 2, 2)})
    store.put(blocks.all())
    with pytest.raises(BadBlock):
        store.pin(root.cid)
    assert store.pins() == {}


def test_pins_and_blocks_are_there_when_the_store_is_opened_again(backend: Backend) -> None:
    root, blocks = _put_record(backend.store)
    backend.store.pin(root)
    again = backend.reopen()
    assert again.pins() == {root: 1}
    assert all(again.get(cid) == data for cid, data in blocks.items())


# --- collect


def test_collect_deletes_what_no_pin_needs_and_tells_how_much(store: BlockStore) -> None:
    kept, kept_blocks = _put_record(store, "kept")
    _, loose_blocks = _put_record(store, "loose")
    store.pin(kept)
    size = sum(len(data) for data in loose_blocks.values())
    assert store.collect(-DAY) == Extent(len(loose_blocks), size)
    assert all(store.has(cid) for cid in kept_blocks)
    assert not any(store.has(cid) for cid in loose_blocks)


def test_collect_keeps_what_is_younger(store: BlockStore) -> None:
    _, blocks = _put_record(store)
    assert store.collect(DAY) == Extent(0, 0)
    assert all(store.has(cid) for cid in blocks)


def test_collect_keeps_what_two_records_share_until_both_are_unpinned(store: BlockStore) -> None:
    blocks = Blocks()
    shared = add_file(blocks, sample("shared", MIB + 1))
    roots = [
        add_directory(blocks, {"0": shared, "owner": add_file(blocks, name)}).cid for name in (b"a", b"b")
    ]
    store.put(blocks.all())
    for root in roots:
        store.pin(root)
    store.unpin(roots[0])
    store.collect(-DAY)
    assert store.pin(roots[1]).blocks == 5
    assert not store.has(roots[0])


def test_collect_keeps_an_old_block_that_is_put_again(backend: Backend) -> None:
    store, block, other = backend.store, _block("renewed"), _block("not renewed")
    store.put([block, other])
    backend.age(block.cid, 2 * DAY)
    backend.age(other.cid, 2 * DAY)
    store.put([block])
    assert store.collect(DAY) == Extent(1, len(other.data))
    assert store.get(block.cid) == block.data


def test_collect_with_a_pinned_node_missing_deletes_nothing(backend: Backend) -> None:
    store = backend.store
    root, blocks = _put_record(store)
    store.pin(root)
    loose = _block("loose")
    store.put([loose])
    backend.lose(root)
    with pytest.raises(IncompleteContent):
        store.collect(-DAY)
    assert store.has(loose.cid)
    assert all(store.has(cid) for cid in blocks if cid != root)


def _meanwhile(store: BlockStore, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have `act` done by another thread once collect has made up its list, before it deletes."""
    listed = type(store)._cids

    def cids(self: BlockStore) -> Iterator[Cid]:
        yield from listed(self)
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()

    monkeypatch.setattr(type(store), "_cids", cids)


def test_collect_keeps_what_is_put_again_while_it_runs(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = _block("raced")
    backend.store.put([block])
    backend.age(block.cid, 2 * DAY)
    _meanwhile(backend.store, monkeypatch, lambda: backend.store.put([block]))
    assert backend.store.collect(DAY) == Extent(0, 0)
    assert backend.store.get(block.cid) == block.data


def test_collect_keeps_what_is_pinned_while_it_runs(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, blocks = _put_record(backend.store)
    _meanwhile(backend.store, monkeypatch, lambda: backend.store.pin(root))
    assert backend.store.collect(-DAY) == Extent(0, 0)
    assert all(backend.store.has(cid) for cid in blocks)


def test_puts_pins_and_collects_of_many_threads_lose_nothing_pinned(store: BlockStore) -> None:
    def write(number: int) -> list[Blocks]:
        return [_put_and_pin(store, f"{number} {turn}") for turn in range(4)]

    with ThreadPoolExecutor(5) as threads:
        writers = [threads.submit(write, number) for number in range(4)]
        while not all(writer.done() for writer in writers):
            threads.submit(store.collect, 0).result()
    pinned = [blocks for writer in writers for blocks in writer.result()]
    assert len(pinned) == 16
    assert all(store.get(cid) == data for blocks in pinned for cid, data in blocks.items())


def _put_and_pin(store: BlockStore, seed: str) -> Blocks:
    # Nothing is too young for this collector: what it took before the pin is put again.
    root, blocks = small_record(seed, size=2000)
    while True:
        store.put(blocks.all())
        try:
            store.pin(root)
        except IncompleteContent:
            continue
        return blocks


# --- damage


def test_check_of_a_sound_store_finds_nothing(store: BlockStore) -> None:
    root, _ = _put_record(store)
    store.pin(root)
    assert store.check() == []


def test_check_finds_a_turned_bit_and_get_refuses_it(backend: Backend) -> None:
    _, blocks = _put_record(backend.store)
    for cid in blocks:
        backend.turn_bit(cid)
    assert sorted(backend.store.check()) == sorted(Damage(cid, "other bytes") for cid in blocks)
    for cid in blocks:
        with pytest.raises(StorageDamaged, match=str(cid)):
            backend.store.get(cid)


def test_check_finds_a_pinned_block_that_is_gone(backend: Backend) -> None:
    root, blocks = _put_record(backend.store)
    backend.store.pin(root)
    leaf = next(cid for cid in blocks if cid.codec == RAW)
    backend.lose(leaf)
    assert backend.store.check() == [Damage(leaf, "missing")]
    backend.lose(root)
    assert backend.store.check() == [Damage(root, "missing")]


def test_put_of_a_damaged_block_repairs_it(backend: Backend) -> None:
    block = _block("repair")
    backend.store.put([block])
    backend.turn_bit(block.cid)
    backend.store.put([block])
    assert backend.store.get(block.cid) == block.data
    assert backend.store.check() == []


def test_put_of_a_damaged_pinned_record_repairs_it(backend: Backend) -> None:
    root, blocks = _put_record(backend.store)
    backend.store.pin(root)
    for cid in blocks:
        backend.turn_bit(cid)
    backend.store.put(blocks.all())
    assert backend.store.check() == []
    assert backend.store.pins() == {root: 1}
    backend.store.unpin(root)
    assert backend.store.collect(-DAY).blocks == len(blocks)


# --- archives


def test_export_and_import_move_a_record_under_the_same_cids(store: BlockStore, tmp_path: Path) -> None:
    root, blocks = _put_record(store)
    archive = b"".join(store.export_car(root))
    assert list(store.export_car(root))[1::2] != []
    for cid in blocks:
        store.delete(cid)
    assert store.import_car(io.BytesIO(archive)) == root
    assert all(store.get(cid) == data for cid, data in blocks.items())
    assert b"".join(store.export_car(root)) == archive


def test_export_of_an_absent_root_raises_block_not_found(store: BlockStore) -> None:
    with pytest.raises(BlockNotFound):
        list(store.export_car(Cid.of(DAG_PB, b"absent")))


def test_import_of_an_archive_with_a_block_missing_raises_incomplete_content(store: BlockStore) -> None:
    root, blocks = small_record()
    leaf = next(cid for cid in blocks if cid.codec == RAW)
    rest = [Block.checked(root, blocks[root])]
    rest += [block for block in blocks.all() if block.cid not in (leaf, root)]
    with pytest.raises(IncompleteContent):
        store.import_car(io.BytesIO(b"".join(write_car(root, rest))))


def test_import_of_a_damaged_archive_is_refused(store: BlockStore) -> None:
    root, _ = _put_record(store)
    archive = bytearray(b"".join(store.export_car(root)))
    archive[-1] ^= 1
    with pytest.raises(BadBlock):
        store.import_car(io.BytesIO(bytes(archive)))
    with pytest.raises(BadCar):
        store.import_car(io.BytesIO(bytes(archive[:-5])))


# --- the base class


def test_a_backend_that_replaces_a_checked_method_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="get"):

        class Shortcut(BlockStore):
            def get(self, cid: Cid) -> bytes:  # type: ignore[misc]  # final, for mypy too
                return b""


def test_touched_of_an_absent_block_is_never(store: BlockStore) -> None:
    assert store._touched(Cid.of(RAW, b"absent")) == math.inf
