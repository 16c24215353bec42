"""What a server keeps comes back from its backup, and nothing else is taken for one."""

from __future__ import annotations

import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from pmr.content.embedded import EmbeddedStore
from pmr.errors import BadInput, ConfigError, DamagedBackup, DamagedState, ForeignBackup, StateNotEmpty
from pmr.server.backup import Backup, Saved
from pmr.server.database import open_database, open_existing
from pmr.server.restore import Restore, Restored
from pmr.server.rows import LEFT_OUT, SAVED
from pmr.server.services import Services
from pmr.server.tables import metadata
from server.fakes import DEPLOYMENT, FakeChain, FakeClock, make_services
from server.people import ALICE, BOB, folder, keep, leaf, put

Save = Callable[..., Saved]
Damage = tuple[str, Callable[[bytes], bytes]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


@pytest.fixture
def save(tmp_path: Path, file: Path) -> Iterator[Save]:
    engine = open_existing(f"sqlite:///{tmp_path / 'server.sqlite'}")
    yield lambda path=file, **how: Backup(engine, EmbeddedStore(tmp_path / "content"), DEPLOYMENT).write(
        path, **how
    )
    engine.dispose()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "other"


@dataclass
class Second:
    """The state that a backup is restored into, and the server that is started on it."""

    state: Path
    chain: FakeChain
    clock: FakeClock

    def restore(self, file: Path) -> Restored:
        return restore(file, self.state)

    @contextmanager
    def started(self) -> Iterator[Services]:
        services = make_services(self.state, self.chain, self.clock)
        yield services
        services.close()


@pytest.fixture
def second(empty: Path, chain: FakeChain, clock: FakeClock) -> Second:
    return Second(empty, chain, clock)


def restore(file: Path, state: Path) -> Restored:
    store = EmbeddedStore(state / "content")
    return Restore(f"sqlite:///{state / 'server.sqlite'}", store, DEPLOYMENT).read(file)


def _rows(state: Path) -> dict[str, list[tuple[object, ...]]]:
    engine = open_database(f"sqlite:///{state / 'server.sqlite'}")
    with engine.connect() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(text(f"select * from {name}")))) for name in SAVED
        }
    engine.dispose()
    return found


def test_tables_are_each_saved_or_left_out_on_purpose() -> None:
    assert {*SAVED, *LEFT_OUT} == metadata.tables.keys()
    assert {"vaults", "uploads", "pins", "pinned_blocks", "kept_roots", "usage"} <= set(SAVED)


def test_restore_of_a_backup_gives_the_same_tables_and_blocks(
    services: Services, save: Save, file: Path, empty: Path, tmp_path: Path
) -> None:
    blocks, envelope = folder(os.urandom(100_000)), leaf()
    keep(services, ALICE, blocks)
    keep(services, BOB, blocks)
    put(services, BOB, envelope)
    services.vaults.put(ALICE, b"sealed", None)
    services.sessions.challenge(ALICE, None)
    saved = save()
    restored = restore(file, empty)
    assert (saved.vaults, saved.roots, saved.blocks) == (1, 1, len(blocks) + 1)
    assert (restored.vaults, restored.roots, restored.blocks) == (1, 1, len(blocks) + 1)
    before, after = _rows(tmp_path), _rows(empty)
    for rows in (before, after):
        rows["kept_roots"] = [row[:2] for row in rows["kept_roots"]]  # when it changed is new
    assert before == after
    store = EmbeddedStore(empty / "content")
    assert {block.cid: store.get(block.cid) for block in [*blocks, envelope]} == {
        block.cid: block.data for block in [*blocks, envelope]
    }
    assert store.pins() == {blocks[-1].cid: 1}


def test_backup_is_for_its_owner_alone_and_holds_no_session(
    services: Services, save: Save, file: Path
) -> None:
    services.sessions.challenge(ALICE, "a browser's secret")
    save()
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as tar:
        assert not [name for name in tar.getnames() if "session" in name or "challenge" in name]


def test_backup_over_an_existing_file_is_refused(services: Services, save: Save, file: Path) -> None:
    file.write_bytes(b"the last one")
    with pytest.raises(BadInput):
        save()
    assert file.read_bytes() == b"the last one"


def test_backup_of_another_versions_database_is_refused(services: Services, save: Save, file: Path) -> None:
    with open_database(str(services.vaults._engine.url)).begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0002'"))
    with pytest.raises(ConfigError, match="another version"):
        save()
    assert not file.exists()


def test_backup_that_fails_leaves_nothing(
    services: Services, save: Save, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pmr.content.files.os.fsync", full)
    before = set(file.parent.iterdir())
    with pytest.raises(OSError, match="No space"):
        save()
    assert set(file.parent.iterdir()) == before


def test_backup_while_uploads_run_restores_whole_records(
    services: Services, save: Save, file: Path, empty: Path
) -> None:
    done, records = threading.Event(), [folder(os.urandom(300_000)) for _ in range(4)]
    keep(services, ALICE, records[0])

    def work() -> None:
        for blocks in records[1:]:
            keep(services, BOB, blocks)
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    number = 0
    while not done.is_set() or number == 0:
        saved = save(file.with_name(f"{number}.tar"))
        assert saved.damaged == []
        number += 1
    worker.join()
    for each in (0, number - 1):
        state = empty / str(each)
        restored = restore(file.with_name(f"{each}.tar"), state)
        store = EmbeddedStore(state / "content")
        assert (store.check(), len(store.pins())) == ([], restored.roots)
        assert records[0][-1].cid in store.pins()


def test_backup_without_blocks_restores_beside_the_copied_folder(
    services: Services, save: Save, file: Path, empty: Path
) -> None:
    blocks = folder(os.urandom(5000))
    root = keep(services, ALICE, blocks)
    assert save(blocks=False).blocks == 0
    EmbeddedStore(empty / "content").put(blocks)
    assert restore(file, empty).roots == 1
    assert root in EmbeddedStore(empty / "content").pins()


def test_restore_where_blocks_lack_names_the_root_and_asks_its_owner_for_it(
    services: Services, save: Save, file: Path, second: Second
) -> None:
    blocks = folder(os.urandom(5000))
    root = keep(services, ALICE, blocks)
    save(blocks=False)
    assert second.restore(file).incomplete == [root]
    with second.started() as again:
        assert set(again.uploads.missing(ALICE, [block.cid for block in blocks])) == {b.cid for b in blocks}
        assert keep(again, ALICE, blocks) == root


def test_backup_of_a_damaged_store_saves_the_rest_and_names_the_block(
    services: Services, save: Save, file: Path, empty: Path, tmp_path: Path
) -> None:
    good, bad = folder(os.urandom(5000)), folder(os.urandom(5000))
    keep(services, ALICE, good)
    keep(services, ALICE, bad)
    for path in (tmp_path / "content" / "blocks").glob(f"*/{bad[0].cid}"):
        path.write_bytes(b"rot")
    assert save().damaged == [bad[0].cid]
    restored = restore(file, empty)
    assert (restored.roots, restored.incomplete) == (1, [bad[-1].cid])


def test_restored_imports_are_pinned_as_they_were(
    services: Services, save: Save, file: Path, empty: Path, tmp_path: Path
) -> None:
    blocks, store = folder(), EmbeddedStore(tmp_path / "content")
    store.put(blocks)
    store.pin(blocks[-1].cid)
    save()
    restore(file, empty)
    assert EmbeddedStore(empty / "content").pins() == {blocks[-1].cid: 1}


def test_restore_keeps_what_the_chain_names_when_all_is_collected(
    services: Services, save: Save, file: Path, second: Second
) -> None:
    blocks, envelope, staged = folder(os.urandom(5000)), leaf(), leaf()
    record = second.chain.create(ALICE, keep(services, ALICE, blocks).digest)
    put(services, ALICE, envelope, staged)
    second.chain.grant(record, BOB, envelope.cid.digest)
    save()
    second.restore(file)
    for path in (second.state / "content" / "blocks").glob("*/*"):
        os.utime(path, (1, 1))
    second.clock.now += 30 * 24 * 3600
    second.chain.head_timestamp = second.clock.now
    with second.started() as again:
        again.retention.collect()
        assert again.index.envelope_of(record, BOB) == envelope.cid.digest
    store = EmbeddedStore(second.state / "content")
    assert all(store.has(block.cid) for block in [*blocks, envelope])
    assert not store.has(staged.cid)


# --- refused


def test_restore_over_a_state_is_refused_and_changes_nothing(
    services: Services, save: Save, file: Path, tmp_path: Path
) -> None:
    services.vaults.put(ALICE, b"sealed", None)
    save()
    services.vaults.put(BOB, b"newer", None)
    before = _rows(tmp_path)
    with pytest.raises(StateNotEmpty, match="vaults"):
        restore(file, tmp_path)
    assert _rows(tmp_path) == before


def test_restore_of_another_deployments_backup_is_refused(
    services: Services, save: Save, file: Path, empty: Path
) -> None:
    save()
    store = EmbeddedStore(empty / "content")
    for other in (replace(DEPLOYMENT, chain_id=1), replace(DEPLOYMENT, registry=BOB)):
        with pytest.raises(ForeignBackup):
            Restore(f"sqlite:///{empty / 'server.sqlite'}", store, other).read(file)
    assert not (empty / "server.sqlite").exists()


def _altered(file: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Write the archive anew with one member changed, the tar itself as it must be."""
    with tarfile.open(file) as tar:
        members = [(head, tar.extractfile(head).read()) for head in tar]  # type: ignore[union-attr]  # files
    with tarfile.open(file, "w") as tar:
        for head, data in members:
            new = change(data) if head.name == name else data
            head.size = len(new)
            tar.addfile(head, BytesIO(new))


def _flip(data: bytes) -> bytes:
    return data[:-10] + bytes([data[-10] ^ 1]) + data[-9:]


@pytest.mark.parametrize(
    "damage",
    [
        ("blocks/00000000.car", _flip),
        ("tables/vaults.jsonl", lambda data: data.replace(b'"saved_at":1', b'"saved_at":2')),
        ("tables/vaults.jsonl", lambda data: data * 2),
        ("tables/vaults.jsonl", lambda data: b""),
        ("tables/pins.jsonl", lambda data: data[:-30]),
        ("manifest.json", lambda data: data[:-30]),
        ("manifest.json", lambda data: json.dumps(json.loads(data)[:-1]).encode()),
        ("backup.json", lambda data: data.replace(b"pmr-backup/1", b"pmr-backup/9")),
        ("backup.json", lambda data: b"{}"),
    ],
)
def test_restore_of_a_changed_archive_is_refused_by_name(
    services: Services, save: Save, file: Path, empty: Path, damage: Damage
) -> None:
    name, change = damage
    keep(services, ALICE, folder())
    services.vaults.put(ALICE, b"sealed", None)
    save()
    _altered(file, name, change)
    with pytest.raises(DamagedBackup, match=rf"{name}|pmr-backup/9|parts"):
        restore(file, empty)
    if (empty / "server.sqlite").exists():
        assert not [table for table, rows in _rows(empty).items() if rows]


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.9, 0.99])
def test_restore_of_an_archive_that_was_cut_is_refused(
    services: Services, save: Save, file: Path, empty: Path, part: float
) -> None:
    keep(services, ALICE, folder(os.urandom(50_000)))
    save()
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data.rstrip(b"\0")) * part)])
    with pytest.raises(DamagedBackup):
        restore(file, empty)


def test_restore_after_a_damaged_archive_takes_the_good_one(
    services: Services, save: Save, file: Path, empty: Path
) -> None:
    keep(services, ALICE, folder())
    save()
    good = file.read_bytes()
    _altered(file, "manifest.json", lambda data: b"[]")
    with pytest.raises(DamagedBackup):
        restore(file, empty)
    file.write_bytes(good)
    assert restore(file, empty).roots == 1


def test_restore_of_a_newer_versions_backup_is_refused(
    services: Services, save: Save, file: Path, empty: Path
) -> None:
    save()
    _altered(file, "backup.json", lambda data: json.dumps(json.loads(data) | {"revision": "9999"}).encode())
    with pytest.raises(DamagedState, match="this version"):
        restore(file, empty)
