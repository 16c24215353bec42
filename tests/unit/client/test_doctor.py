"""A record's life between doctors, over a chain and a server in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from client_fakes import NOW, FakeApi, FakeLedger, World

from pmr.client.doctor import Doctor
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.cid import Cid
from pmr.content.unixfs import decode_directory, encode_directory
from pmr.crypto.keyring import Keyring
from pmr.errors import (
    BadBlock,
    BadFormat,
    BadKeyBundle,
    BadSignature,
    CannotDecrypt,
    ExpiryInPast,
    KeyLost,
    KeyNotPublished,
    NoAccess,
    NoKey,
    NotGranted,
    NotOwner,
    RecordNotFound,
    SelfGrant,
    SourceChanged,
    WrongPosition,
)
from pmr.types import Purpose, RecordId

MIB = 1 << 20
SOURCES = (
    Source.from_bytes("scan/slice.dcm", b"\x01\x02" * 2000),
    Source.from_bytes("report.pdf", bytes(range(256)) * (3 * MIB // 256) + b"end"),
    Source.from_bytes("empty.txt", b""),
)
ABOUT = About("Knee", patient="P-1", date="2026-11-01", notes="left")


def contents(doctor: Doctor, record: RecordId) -> dict[str, bytes]:
    opened = doctor.open(record)
    return {f.name: b"".join(opened.file(number)) for number, f in enumerate(opened.manifest.files)}


def originals() -> dict[str, bytes]:
    return {source.name: source.open().read() for source in SOURCES}


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
def record(a: Doctor) -> RecordId:
    return a.create_record(SOURCES, ABOUT).id


def share(a: Doctor, b: Doctor, record: RecordId, expires_at: int = 0) -> None:
    a.share(record, Terms(b.account, Purpose.TREATMENT, expires_at))


def test_open_by_owner_gives_every_byte(a: Doctor, record: RecordId) -> None:
    assert contents(a, record) == originals()


def test_open_by_reader_gives_every_byte_and_the_manifest(a: Doctor, b: Doctor, record: RecordId) -> None:
    share(a, b, record)
    assert contents(b, record) == originals()
    manifest = b.open(record).manifest
    assert (manifest.title, manifest.patient, manifest.date, manifest.notes) == (
        "Knee",
        "P-1",
        "2026-11-01",
        "left",
    )
    assert [f.type for f in manifest.files] == ["application/dicom", "application/pdf", "text/plain"]


def test_range_of_a_file_gives_its_bytes_without_fetching_the_rest(a: Doctor, record: RecordId) -> None:
    opened = a.open(record)
    api = a.api
    assert isinstance(api, FakeApi)
    before = len(api.fetched)
    assert opened.range(1, 2 * MIB, 5) == originals()["report.pdf"][2 * MIB : 2 * MIB + 5]
    assert len(api.fetched) - before < 5


def test_range_beyond_a_file_is_refused(a: Doctor, record: RecordId) -> None:
    with pytest.raises(BadFormat):
        a.open(record).range(0, 3999, 2)


def test_create_gives_every_record_another_key(a: Doctor) -> None:
    first, second = (a.create_record(SOURCES[:1], ABOUT) for _ in range(2))
    assert (first.id.position, second.id.position) == (0, 1)
    assert first.sealed.header.key_commit != second.sealed.header.key_commit
    assert first.sealed.header.content_id != second.sealed.header.content_id


def test_create_reports_all_the_sealed_bytes(world: World) -> None:
    told: list[tuple[int, int]] = []
    doctor = replace(world.doctor(1), progress=lambda _what, done, total: told.append((done, total)))
    made = doctor.create_record(SOURCES, ABOUT)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == made.sealed.size


def test_create_pins_the_root_that_it_registers(world: World, a: Doctor, record: RecordId) -> None:
    assert Cid.root(world.chain.root(record)) in world.store.pins


def test_create_with_an_unpublished_key_is_refused_before_anything_is_sent(world: World) -> None:
    doctor = world.doctor(3, published=False)
    with pytest.raises(KeyNotPublished):
        doctor.create_record(SOURCES, ABOUT)
    assert world.store.blocks == {}


def test_create_with_a_key_that_is_not_the_published_one_is_refused(world: World, a: Doctor) -> None:
    with pytest.raises(KeyLost):
        replace(a, keyring=Keyring.new()).create_record(SOURCES, ABOUT)


def test_create_whose_position_was_taken_takes_the_next_one(world: World, a: Doctor) -> None:
    world.chain.overtaken = 1
    made = a.create_record(SOURCES, ABOUT)
    assert made.id.position == 1
    assert contents(a, made.id) == originals()


def test_create_that_is_overtaken_for_ever_ends(world: World, a: Doctor) -> None:
    world.chain.overtaken = 100
    with pytest.raises(WrongPosition):
        a.create_record(SOURCES, ABOUT)


def test_create_of_a_file_that_grew_is_refused(world: World, a: Doctor) -> None:
    grown = replace(SOURCES[0], size=SOURCES[0].size - 1)
    with pytest.raises(SourceChanged):
        a.create_record([grown], ABOUT)
    assert world.chain.roots == {}


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a//b", "a\\b", "", "."])
def test_create_with_a_name_outside_the_format_is_refused_before_reading(a: Doctor, name: str) -> None:
    def unread() -> None:
        raise AssertionError

    with pytest.raises(BadFormat):
        a.create_record([replace(SOURCES[0], name=name, open=unread)], ABOUT)  # type: ignore[arg-type]  # never called


def test_share_reaches_nobody_else(world: World, a: Doctor, b: Doctor, record: RecordId) -> None:
    share(a, b, record)
    c = world.doctor(3)
    with pytest.raises(NoAccess):
        c.open(record)


def test_open_with_another_readers_envelope_cannot_decrypt(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    share(a, b, record)
    c = world.doctor(3)
    world.chain.grants[record, c.account] = world.chain.grants[record, b.account]
    world.chain.envelopes[record, c.account] = world.chain.envelopes[record, b.account]
    with pytest.raises(CannotDecrypt):
        c.open(record)


def test_open_after_revoke_is_refused_although_the_server_serves(
    a: Doctor, b: Doctor, record: RecordId
) -> None:
    share(a, b, record)
    a.revoke(record, b.account)
    with pytest.raises(NoAccess):
        b.open(record)


def test_open_after_the_end_by_the_own_clock_is_refused(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    share(a, b, record, NOW + 10)
    world.clock.now = NOW + 9
    b.open(record)
    world.clock.now = NOW + 10
    with pytest.raises(NoAccess):
        b.open(record)


def test_share_anew_after_revoke_opens_again(a: Doctor, b: Doctor, record: RecordId) -> None:
    share(a, b, record)
    a.revoke(record, b.account)
    share(a, b, record)
    assert contents(b, record) == originals()


def test_open_passes_over_a_newer_envelope_that_is_lost(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    share(a, b, record)
    share(a, b, record)
    del world.store.blocks[Cid.leaf(world.chain.envelopes[record, b.account][-1])]
    assert contents(b, record) == originals()


def test_open_with_an_older_key_of_the_keyring_works(a: Doctor, b: Doctor, record: RecordId) -> None:
    share(a, b, record)
    assert b.keyring is not None
    b.keyring.rotate()
    assert contents(b, record) == originals()


def test_share_by_a_reader_is_refused(world: World, a: Doctor, b: Doctor, record: RecordId) -> None:
    share(a, b, record)
    with pytest.raises(NotOwner):
        share(b, world.doctor(3), record)


def test_share_with_oneself_is_refused(a: Doctor, record: RecordId) -> None:
    with pytest.raises(SelfGrant):
        share(a, a, record)


def test_share_with_an_end_in_the_past_is_refused(a: Doctor, b: Doctor, record: RecordId) -> None:
    with pytest.raises(ExpiryInPast):
        share(a, b, record, NOW)


def test_share_with_somebody_without_a_key_is_refused(world: World, a: Doctor, record: RecordId) -> None:
    with pytest.raises(KeyNotPublished):
        share(a, world.doctor(3, published=False), record)


def test_share_never_seals_to_a_key_that_the_server_swapped(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    forged = Keyring.new().newest.bundle(b.account, 1)
    digest = world.chain.bundles[b.account][0]
    world.store.tamper = lambda cid, data: forged if cid.digest == digest else data
    with pytest.raises(BadBlock):
        share(a, b, record)
    assert world.chain.grants == {}


def test_share_never_seals_to_a_bundle_of_another_account(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    world.chain.bundles[b.account] = world.chain.bundles[world.doctor(3).account]
    with pytest.raises(BadKeyBundle):
        share(a, b, record)


def test_open_of_a_record_whose_author_never_published_the_key_is_refused(
    world: World, a: Doctor, record: RecordId
) -> None:
    world.chain.bundles[a.account] = [b"x" * 32]
    with pytest.raises(BadKeyBundle):
        a.open(record)


def test_open_of_a_record_by_an_author_who_rotated_still_verifies(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    share(a, b, record)
    assert a.keyring is not None
    a.keyring.rotate()
    a.publish_key(b"vault 2")
    assert contents(b, record) == originals()


def test_open_of_blocks_that_the_server_changed_is_refused(world: World, a: Doctor, record: RecordId) -> None:
    world.store.tamper = lambda _cid, data: data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(BadBlock):
        a.open(record)


def test_open_of_a_record_with_a_foreign_signature_is_refused(world: World, a: Doctor) -> None:
    """Dr X takes a's directory and puts a signature of another record in."""
    first, second = (a.create_record(SOURCES[:1], ABOUT) for _ in range(2))
    entries = [
        decode_directory(Block.checked(one.sealed.root, world.store.blocks[one.sealed.root]))
        for one in (first, second)
    ]
    forged = encode_directory({**entries[0], "signature": entries[1]["signature"]})
    world.store.blocks[forged.cid] = forged.data
    world.chain.roots[a.account][0] = forged.cid.digest
    with pytest.raises(BadSignature):
        a.open(first.id)


@pytest.mark.parametrize("change", ["extra", "lacking", "hole"])
def test_open_of_a_directory_of_another_shape_is_refused(world: World, a: Doctor, change: str) -> None:
    made = a.create_record(SOURCES, ABOUT)
    entries = decode_directory(Block.checked(made.sealed.root, world.store.blocks[made.sealed.root]))
    shapes = {
        "extra": {**entries, "note": entries["0"]},
        "lacking": {name: link for name, link in entries.items() if name != "owner"},
        "hole": {("3" if name == "2" else name): link for name, link in entries.items()},
    }
    forged = encode_directory(shapes[change])
    world.store.blocks[forged.cid] = forged.data
    world.chain.roots[a.account][0] = forged.cid.digest
    with pytest.raises(BadFormat):
        a.open(made.id)


def test_open_of_no_record_says_so(a: Doctor) -> None:
    with pytest.raises(RecordNotFound):
        a.open(RecordId(a.account, 7))


def test_open_without_a_key_says_so(a: Doctor, record: RecordId) -> None:
    with pytest.raises(NoKey):
        replace(a, keyring=None).open(record)


def test_open_into_writes_the_files_and_tells_of_bytes(
    world: World, a: Doctor, record: RecordId, tmp_path: Path
) -> None:
    told: list[int] = []
    doctor = replace(a, progress=lambda _what, done, _total: told.append(done))
    _, paths = doctor.open_into(record, tmp_path / "out")
    assert {p.relative_to(tmp_path / "out").as_posix(): p.read_bytes() for p in paths} == originals()
    assert told


def test_open_into_leaves_nothing_when_a_file_is_damaged(
    world: World, a: Doctor, record: RecordId, tmp_path: Path
) -> None:
    assert isinstance(a.api, FakeApi)
    a.open(record)
    last = max(world.store.blocks, key=lambda cid: len(world.store.blocks[cid]))
    world.store.tamper = lambda cid, data: data[::-1] if cid == last else data
    with pytest.raises(BadBlock):
        a.open_into(record, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_revoke_of_nothing_is_refused(a: Doctor, b: Doctor, record: RecordId) -> None:
    with pytest.raises(NotGranted):
        a.revoke(record, b.account)


def test_publish_twice_sends_one_transaction(world: World) -> None:
    doctor = world.doctor(1)
    assert doctor.publish_key(b"vault").receipt is None
    assert isinstance(doctor.ledger, FakeLedger)
    assert doctor.ledger.sent == ["publish"]


def test_publish_leaves_the_vault_and_a_pinned_bundle(world: World) -> None:
    doctor = world.doctor(1)
    assert doctor.api.vault() == b"vault"
    digest, version = doctor.ledger.key_of(doctor.account)
    assert digest is not None
    assert version == 1
    assert Cid.leaf(digest) in world.store.pins


def test_publish_of_another_key_as_the_same_version_is_refused(world: World, a: Doctor) -> None:
    with pytest.raises(KeyLost):
        replace(a, keyring=Keyring.new()).publish_key(b"vault")


def test_lists_come_from_the_chain(world: World, a: Doctor, b: Doctor, record: RecordId) -> None:
    share(a, b, record, NOW + 5)
    assert [one.id for one in a.records()] == [record]
    assert [(one.id, one.expires_at) for one in b.shared()] == [(record, NOW + 5)]
    assert [(one.account, one.grant.live) for one in a.readers(record)] == [(b.account, True)]


def test_doctor_never_shows_its_keys(a: Doctor) -> None:
    assert a.keyring is not None
    assert a.keyring.newest.seed.reveal().hex() not in repr(a)
    assert "eyring" not in repr(a)
