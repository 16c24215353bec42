"""Records that are adopted, exported and imported: the same sealed files under another owner."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from client_fakes import FakeApi, World

from pmr.client.doctor import Doctor
from pmr.client.importing import open_car, opened_car
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.car import read_car, write_car
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import decode_directory, encode_directory, walk
from pmr.crypto.keyring import Keyring
from pmr.errors import (
    BadBlock,
    BadCar,
    BadInput,
    BadKeyBundle,
    BadSignature,
    CannotDecrypt,
    KeyNotPublished,
    NoAccess,
)
from pmr.types import Purpose, RecordId, parse_address

FILES = (Source.from_bytes("a.bin", bytes(range(256)) * 9000), Source.from_bytes("b/c.txt", b"two"))
STRANGER = parse_address("0x" + "11" * 20)
ABOUT = About("Knee", patient="P-1")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def a(world: World) -> Doctor:
    return world.doctor(1)


@pytest.fixture
def b(world: World) -> Doctor:
    return world.doctor(2)


@pytest.fixture
def record(a: Doctor, b: Doctor) -> RecordId:
    made = a.create_record(FILES, ABOUT).id
    a.share(made, Terms(b.account, Purpose.TREATMENT))
    return made


def contents(doctor: Doctor, record: RecordId) -> list[bytes]:
    opened = doctor.open(record)
    return [b"".join(opened.file(n)) for n in range(len(opened.manifest.files))]


ORIGINALS = [source.open().read() for source in FILES]


# --- adopt


def test_adopt_makes_a_record_of_the_own_that_opens_after_the_first_is_closed(
    a: Doctor, b: Doctor, record: RecordId
) -> None:
    done = b.adopt(record)
    assert (done.id.owner, done.author) == (b.account, a.account)
    a.revoke(record, b.account)
    assert contents(b, done.id) == ORIGINALS


def test_adopt_uploads_two_blocks(world: World, b: Doctor, record: RecordId) -> None:
    before = set(world.store.blocks)
    done = b.adopt(record)
    new = set(world.store.blocks) - before
    assert done.root in new
    assert sorted(cid.codec for cid in new) == [0x55, 0x70]
    assert done.root in world.store.pins


def test_adopted_record_is_shared_like_any_other(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    c = world.doctor(3)
    done = b.adopt(record)
    b.share(done.id, Terms(c.account, Purpose.PATIENT_REQUEST))
    assert contents(c, done.id) == ORIGINALS
    assert c.open(done.id).sealed.header.author == a.account
    with pytest.raises(NoAccess):
        c.open(record)


def test_adopted_record_keeps_its_version_when_the_first_is_revised(
    a: Doctor, b: Doctor, record: RecordId
) -> None:
    done = b.adopt(record)
    a.revise(record, FILES[1:], Changes())
    assert contents(b, done.id) == ORIGINALS
    assert contents(b, record) == ORIGINALS[1:]


def test_adopt_of_an_own_record_is_refused(a: Doctor, record: RecordId) -> None:
    with pytest.raises(BadInput):
        a.adopt(record)


def test_adopt_of_what_is_not_shared_is_refused(world: World, record: RecordId) -> None:
    with pytest.raises(NoAccess):
        world.doctor(3).adopt(record)


def test_adopted_record_whose_author_did_not_sign_is_refused(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    done = b.adopt(record)
    world.chain.bundles[a.account] = [b"x" * 32]
    with pytest.raises(BadKeyBundle):
        b.open(done.id)


# --- export


def blocks_of(path: Path) -> tuple[Cid, list[Block]]:
    root, blocks = read_car(io.BytesIO(path.read_bytes()))
    return root, list(blocks)


def test_export_by_the_owner_has_the_records_root_and_the_bundle_last(
    world: World, a: Doctor, record: RecordId, tmp_path: Path
) -> None:
    done = a.export(record, tmp_path / "r.car")
    root, blocks = blocks_of(tmp_path / "r.car")
    assert root == done.root == Cid.root(world.chain.root(record))
    steps = [cid for cid, _ in walk(root, world.store.blocks.__getitem__)]
    assert [block.cid for block in blocks] == [*steps, Cid.leaf(world.chain.bundles[a.account][0])]
    assert done.size == (tmp_path / "r.car").stat().st_size


def test_export_by_a_reader_has_an_owner_entry_of_the_own(
    a: Doctor, b: Doctor, record: RecordId, tmp_path: Path
) -> None:
    mine, theirs = (d.export(record, tmp_path / f"{d.account}.car").root for d in (a, b))
    assert mine != theirs
    (_, first), (_, second) = (blocks_of(tmp_path / f"{d.account}.car") for d in (a, b))
    assert len({x.cid for x in first} ^ {x.cid for x in second}) == 4


def test_export_never_replaces_a_file(a: Doctor, record: RecordId, tmp_path: Path) -> None:
    (tmp_path / "r.car").write_text("mine")
    with pytest.raises(BadInput):
        a.export(record, tmp_path / "r.car")
    assert (tmp_path / "r.car").read_text() == "mine"


def test_export_that_fails_leaves_nothing(world: World, a: Doctor, record: RecordId, tmp_path: Path) -> None:
    last = max(world.store.blocks, key=lambda cid: len(world.store.blocks[cid]))
    world.store.tamper = lambda cid, data: data[::-1] if cid == last else data
    with pytest.raises(BadBlock):
        a.export(record, tmp_path / "r.car")
    assert list(tmp_path.iterdir()) == []


# --- import


@pytest.fixture
def car(a: Doctor, record: RecordId, tmp_path: Path) -> Path:
    a.export(record, tmp_path / "r.car")
    return tmp_path / "r.car"


def test_import_by_the_owner_into_another_house_opens(world: World, a: Doctor, car: Path) -> None:
    house = World()
    there = house.doctor(1)
    doctor = replace(there, keyring=a.keyring)
    house.chain.bundles.clear()
    doctor.publish_key(b"v", lambda _vault: True)
    done = doctor.import_car(car)
    assert contents(doctor, done.id) == ORIGINALS
    assert done.opened.sealed.root in house.store.pins


def test_import_of_what_is_there_already_gives_that_record(
    world: World, a: Doctor, car: Path, record: RecordId
) -> None:
    done = a.import_car(car)
    assert (done.id, done.receipt) == (record, None)


def test_import_of_a_readers_export_is_an_adopted_record(
    a: Doctor, b: Doctor, record: RecordId, tmp_path: Path
) -> None:
    b.export(record, tmp_path / "b.car")
    done = b.import_car(tmp_path / "b.car")
    assert done.id.owner == b.account
    assert done.opened.sealed.header.author == a.account
    assert contents(b, done.id) == ORIGINALS


def test_import_of_somebody_elses_export_is_refused(b: Doctor, car: Path) -> None:
    with pytest.raises(CannotDecrypt, match=b.account):
        b.import_car(car)


def test_import_where_the_chain_does_not_know_the_author_is_refused(
    world: World, a: Doctor, b: Doctor, record: RecordId, tmp_path: Path
) -> None:
    b.export(record, tmp_path / "b.car")
    world.chain.bundles[a.account] = [b"x" * 32]
    with pytest.raises(BadKeyBundle):
        b.import_car(tmp_path / "b.car")


def test_import_where_the_server_lacks_the_authors_key_says_who_must_publish(
    world: World, a: Doctor, b: Doctor, record: RecordId, tmp_path: Path
) -> None:
    b.export(record, tmp_path / "b.car")
    del world.store.blocks[Cid.leaf(world.chain.bundles[a.account][0])]
    with pytest.raises(KeyNotPublished, match=a.account):
        b.import_car(tmp_path / "b.car")


def test_open_car_needs_neither_chain_nor_server(a: Doctor, car: Path) -> None:
    assert a.keyring is not None
    with opened_car(car) as file:
        opened = open_car(file, a.account, a.keyring)
        assert [b"".join(opened.file(n)) for n in range(2)] == ORIGINALS


def rewrite(car: Path, change: str) -> None:
    root, blocks = blocks_of(car)
    stray = Block.of(RAW, b"stray")
    other = Block.of(RAW, Keyring.new().newest.bundle(STRANGER, 1))
    changed = {
        "lacking": blocks[:3] + blocks[4:],
        "extra": [*blocks[:-1], stray, blocks[-1]],
        "last is not the bundle": blocks[:-1],
        "another bundle": [*blocks[:-1], other],
        "order": [blocks[0], blocks[2], blocks[1], *blocks[3:]],
        "after the bundle": [*blocks, stray],
    }[change]
    car.write_bytes(b"".join(write_car(root, changed)))


@pytest.mark.parametrize(
    "change", ["lacking", "extra", "last is not the bundle", "another bundle", "order", "after the bundle"]
)
def test_import_of_a_car_of_another_shape_is_refused(world: World, a: Doctor, car: Path, change: str) -> None:
    rewrite(car, change)
    sent = len(world.chain.mined)
    with pytest.raises(BadCar):
        a.import_car(car)
    assert len(world.chain.mined) == sent


@pytest.mark.parametrize("place", [0.001, 0.3, 0.6, 0.999])
def test_import_of_a_car_with_a_turned_bit_is_refused(a: Doctor, car: Path, place: float) -> None:
    data = bytearray(car.read_bytes())
    data[int(len(data) * place)] ^= 1
    car.write_bytes(data)
    with pytest.raises((BadCar, BadBlock)):
        a.import_car(car)


@pytest.mark.parametrize("kept", [0, 10, 100, 0.5, 0.9999])
def test_import_of_a_car_that_is_cut_off_is_refused(a: Doctor, car: Path, kept: float) -> None:
    data = car.read_bytes()
    car.write_bytes(data[: int(kept if kept >= 1 else len(data) * kept)])
    with pytest.raises(BadCar):
        a.import_car(car)


def test_import_of_a_record_with_a_foreign_signature_is_refused(
    world: World, a: Doctor, car: Path, tmp_path: Path
) -> None:
    other = a.create_record(FILES[1:], ABOUT)
    _, blocks = blocks_of(car)
    entries = decode_directory(blocks[0])
    foreign = other.sealed.root
    there = decode_directory(Block.checked(foreign, world.store.blocks[foreign]))
    directory = encode_directory(entries | {"signature": there["signature"]})
    store = dict(world.store.blocks) | {directory.cid: directory.data}
    steps = [Block.checked(cid, store[cid]) for cid, _ in walk(directory.cid, store.__getitem__)]
    car.write_bytes(b"".join(write_car(directory.cid, [*steps, blocks[-1]])))
    with pytest.raises(BadSignature):
        a.import_car(car)


def test_import_of_no_file_says_so(a: Doctor, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        a.import_car(tmp_path / "none.car")


def test_import_tells_of_progress(world: World, a: Doctor, car: Path) -> None:
    told: list[str] = []
    replace(a, progress=lambda what, _done, _total: told.append(what)).import_car(car)
    assert told
    assert isinstance(a.api, FakeApi)
