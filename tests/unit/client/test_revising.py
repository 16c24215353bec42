"""New versions of a record: another content key, and exactly the readers who remain."""

from __future__ import annotations

import pytest
from client_fakes import NOW, FakeApi, World

from pmr.client.doctor import Doctor
from pmr.client.revising import MOST_READERS
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.errors import (
    BadInput,
    CannotDecrypt,
    ExpiryInPast,
    KeyNotPublished,
    NoAccess,
    NotGranted,
    NotOwner,
    StaleRoot,
)
from pmr.types import Grant, Purpose, RecordId, parse_address

FIRST = (Source.from_bytes("a.txt", b"one" * 700_000), Source.from_bytes("b/c.txt", b"two"))
SECOND = (Source.from_bytes("a.txt", b"three"),)
ABOUT = About("Knee", patient="P-1", notes="left")


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
def c(world: World) -> Doctor:
    return world.doctor(3)


@pytest.fixture
def record(a: Doctor, b: Doctor, c: Doctor) -> RecordId:
    made = a.create_record(FIRST, ABOUT).id
    a.share(made, Terms(b.account, Purpose.TREATMENT, NOW + 100))
    a.share(made, Terms(c.account, Purpose.RESEARCH))
    return made


def ignore(result: object) -> None:
    """Make a statement of a call."""


def names(doctor: Doctor, record: RecordId) -> dict[str, bytes]:
    opened = doctor.open(record)
    return {f.name: b"".join(opened.file(n)) for n, f in enumerate(opened.manifest.files)}


def test_revise_gives_the_new_files_to_owner_and_readers(
    a: Doctor, b: Doctor, c: Doctor, record: RecordId
) -> None:
    done = a.revise(record, SECOND, Changes(notes="right"))
    assert set(done.readers) == {b.account, c.account}
    for doctor in (a, b, c):
        assert names(doctor, record) == {"a.txt": b"three"}
        manifest = doctor.open(record).manifest
        assert (manifest.title, manifest.patient, manifest.notes) == ("Knee", "P-1", "right")


def test_revise_is_one_transaction_with_a_new_key_and_the_old_terms(
    world: World, a: Doctor, b: Doctor, c: Doctor, record: RecordId
) -> None:
    before, sent = a.open(record).sealed.header, len(world.chain.mined)
    a.revise(record, SECOND, Changes())
    after = a.open(record).sealed.header
    assert len(world.chain.mined) == sent + 1
    assert (before.content_id, before.key_commit) != (after.content_id, after.key_commit)
    assert world.chain.grants[record, b.account] == Grant(NOW + 100, Purpose.TREATMENT, True)
    assert world.chain.grants[record, c.account] == Grant(0, Purpose.RESEARCH, True)


def test_revise_keeps_and_pins_every_envelope_before_the_transaction(
    world: World, a: Doctor, record: RecordId
) -> None:
    def look() -> None:
        sealed = {cid for cid in world.store.pins if len(world.store.blocks[cid]) == 1169}
        assert len(sealed) == 4

    world.chain.before = look
    a.revise(record, SECOND, Changes())
    newest = [digests[-1] for digests in world.chain.envelopes.values()]
    assert {Cid.leaf(digest) for digest in newest} <= world.store.pins


def test_revise_leaves_out_those_whose_access_has_ended(
    world: World, a: Doctor, b: Doctor, c: Doctor, record: RecordId
) -> None:
    world.clock.now = NOW + 100
    assert a.revise(record, SECOND, Changes()).readers == (c.account,)
    world.clock.now = NOW
    with pytest.raises(CannotDecrypt):
        b.open(record)


def test_revise_leaves_out_whose_access_ends_while_it_is_sent(
    world: World, a: Doctor, c: Doctor, record: RecordId
) -> None:
    def later() -> None:
        world.chain.now = NOW + 100

    world.chain.before = later
    assert a.revise(record, SECOND, Changes()).readers == (c.account,)


def test_revise_leaves_out_those_who_were_revoked(a: Doctor, b: Doctor, c: Doctor, record: RecordId) -> None:
    a.revoke(record, b.account)
    assert a.revise(record, SECOND, Changes()).readers == (c.account,)
    with pytest.raises(NoAccess):
        b.open(record)


def test_revise_gives_a_revocation_that_came_between_the_last_word(
    world: World, a: Doctor, b: Doctor, c: Doctor, record: RecordId
) -> None:
    world.chain.before = lambda: ignore(a.ledger.revoke(record, b.account))
    a.revise(record, SECOND, Changes())
    assert not world.chain.grants[record, b.account].live
    assert names(c, record) == {"a.txt": b"three"}


def test_revise_gives_a_grant_that_came_between_an_envelope(
    world: World, a: Doctor, record: RecordId
) -> None:
    d = world.doctor(4)

    def other_machine() -> None:
        a.share(record, Terms(d.account, Purpose.LEGAL, NOW + 7))

    world.chain.before = other_machine
    a.revise(record, SECOND, Changes())
    assert names(d, record) == {"a.txt": b"three"}
    assert world.chain.grants[record, d.account] == Grant(NOW + 7, Purpose.LEGAL, True)


def test_share_that_a_revision_overtakes_gives_an_envelope_to_the_new_version(
    world: World, a: Doctor, record: RecordId
) -> None:
    d = world.doctor(4)
    world.chain.before = lambda: ignore(a.revise(record, SECOND, Changes()))
    a.share(record, Terms(d.account, Purpose.LEGAL))
    assert names(d, record) == {"a.txt": b"three"}


def test_revise_overtaken_by_another_version_is_refused(world: World, a: Doctor, record: RecordId) -> None:
    world.chain.before = lambda: ignore(a.revise(record, FIRST, Changes()))
    with pytest.raises(StaleRoot):
        a.revise(record, SECOND, Changes())


def test_revise_by_a_reader_is_refused(b: Doctor, record: RecordId) -> None:
    with pytest.raises(NotOwner):
        b.revise(record, SECOND, Changes())


def test_revise_with_a_reader_whose_key_is_lost_names_the_reader_before_anything_is_sent(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    del world.store.blocks[Cid.leaf(world.chain.bundles[b.account][-1])]
    blocks, sent = dict(world.store.blocks), len(world.chain.mined)
    with pytest.raises(KeyNotPublished, match=b.account):
        a.revise(record, SECOND, Changes())
    assert (world.store.blocks, len(world.chain.mined)) == (blocks, sent)


def test_revise_with_too_many_readers_is_refused_before_anything_is_sent(
    world: World, a: Doctor, record: RecordId
) -> None:
    for number in range(MOST_READERS):
        world.chain.grants[record, parse_address(f"0x{number:040x}")] = Grant(0, 1, True)
    with pytest.raises(BadInput, match=str(MOST_READERS)):
        a.revise(record, SECOND, Changes())


def test_rekey_takes_one_reader_out_and_keeps_the_files_for_the_others(
    world: World, a: Doctor, b: Doctor, c: Doctor, record: RecordId
) -> None:
    before, sent = a.open(record).sealed, len(world.chain.mined)
    old = names(a, record)
    a.rekey(record, b.account)
    assert len(world.chain.mined) == sent + 1
    assert names(a, record) == names(c, record) == old
    after = a.open(record).sealed
    assert before.header.key_commit != after.header.key_commit
    assert not {link.cid for link in before.entries.values()} & {link.cid for link in after.entries.values()}
    assert a.open(record).manifest.title == "Knee"


def test_rekey_leaves_the_reader_nothing_that_opens(
    world: World, a: Doctor, b: Doctor, record: RecordId
) -> None:
    a.rekey(record, b.account)
    with pytest.raises(NoAccess):
        b.open(record)
    world.chain.grants[record, b.account] = Grant(0, 1, True)
    with pytest.raises(CannotDecrypt):
        b.open(record)


def test_rekey_without_somebody_who_has_no_access_is_refused(
    world: World, a: Doctor, record: RecordId
) -> None:
    with pytest.raises(NotGranted):
        a.rekey(record, world.doctor(4).account)


def test_rekey_does_not_hold_a_whole_file(a: Doctor, b: Doctor, record: RecordId) -> None:
    """Its sources give pieces: none is larger than a segment."""
    assert isinstance(a.api, FakeApi)
    a.rekey(record, b.account)
    assert max(a.api.uploads) < 3 << 20


def test_expiry_that_the_contract_does_not_explain_is_raised(
    world: World, a: Doctor, record: RecordId
) -> None:
    def fail() -> None:
        raise ExpiryInPast("")

    world.chain.before = fail
    with pytest.raises(ExpiryInPast):
        a.revise(record, SECOND, Changes())
