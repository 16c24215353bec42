"""Work that was interrupted, resumed from what was noted of it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from client_fakes import NOW, FakeLedger, World
from killing import Stop, Work, work_in_process

from pmr.client.doctor import Doctor
from pmr.client.journal import Journal
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.client.unfinished import resume, summary
from pmr.errors import BadInput, NoAccess
from pmr.types import Grant, Purpose, RecordId


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
def files(tmp_path: Path) -> list[Source]:
    (tmp_path / "x").write_bytes(b"x" * 1_100_000)
    return [Source.from_path(tmp_path / "x", "folder/x")]


@pytest.fixture
def record(a: Doctor, b: Doctor, files: list[Source]) -> RecordId:
    record = a.create_record(files, About("Knee")).id
    a.share(record, Terms(b.account, Purpose.TREATMENT))
    return record


@pytest.fixture
def crash(world: World, tmp_path: Path) -> Callable[[Doctor, Work], tuple[Doctor, str]]:
    """Kill a command when its transaction is in a block; give the doctor as the next process has it."""

    def crash(doctor: Doctor, work: Work) -> tuple[Doctor, str]:
        journal = tmp_path / "journal"
        number = 0
        while True:
            number += 1
            stopped = work_in_process(world, doctor, journal, work, Stop(number, after=True))
            assert stopped.killed
            if stopped.calls[-1] == "mine":
                break
        after = replace(doctor, journal=Journal(journal, doctor.keyring))
        with after.journal.pending() as deeds:
            (deed,) = deeds
            assert summary(deed.arguments)
            return after, deed.token

    return crash


Crash = Callable[[Doctor, Work], tuple[Doctor, str]]


def test_resume_of_a_create_gives_the_record(
    world: World, a: Doctor, files: list[Source], crash: Crash
) -> None:
    doctor, token = crash(a, lambda d: d.create_record(files, About("Knee")).id)
    made = resume(doctor, token)
    assert made == RecordId(a.account, 0)
    assert [f.name for f in a.open(made).manifest.files] == ["folder/x"]
    assert len(world.chain.roots[a.account]) == 1


def test_resume_of_a_revision_keeps_its_changes(
    a: Doctor, record: RecordId, files: list[Source], crash: Crash
) -> None:
    doctor, token = crash(a, lambda d: d.revise(record, files, Changes(notes="new")).root)
    assert resume(doctor, token) == record
    assert (a.open(record).manifest.title, a.open(record).manifest.notes) == ("Knee", "new")


def test_resume_of_a_share_keeps_its_terms(
    world: World, a: Doctor, b: Doctor, record: RecordId, crash: Crash
) -> None:
    doctor, token = crash(a, lambda d: d.share(record, Terms(b.account, Purpose.LEGAL, NOW + 9)).envelope)
    resume(doctor, token)
    assert world.chain.grants[record, b.account] == Grant(NOW + 9, Purpose.LEGAL, True)


def test_resume_of_a_rekey_and_of_a_revocation_shut_out(
    a: Doctor, b: Doctor, record: RecordId, crash: Crash
) -> None:
    works: list[Work] = [
        lambda doctor: doctor.rekey(record, b.account).root,
        lambda doctor: doctor.revoke(record, b.account).hash,
    ]
    for work in works:
        a.share(record, Terms(b.account, Purpose.TREATMENT))
        doctor, token = crash(a, work)
        assert resume(doctor, token) == record
        doctor.journal.forget_finished()
        with pytest.raises(NoAccess):
            b.open(record)


def test_resume_of_an_adoption_and_of_an_import_end_in_one_record_each(
    b: Doctor, record: RecordId, crash: Crash, tmp_path: Path
) -> None:
    b.export(record, tmp_path / "b.car")
    doctor, token = crash(b, lambda d: d.adopt(record).id)
    assert resume(doctor, token) == RecordId(b.account, 0)
    doctor.journal.forget_finished()
    doctor, token = crash(b, lambda d: d.import_car(tmp_path / "b.car").id)
    assert resume(doctor, token) == RecordId(b.account, 1)


def test_resume_of_nothing_says_so(a: Doctor) -> None:
    with pytest.raises(BadInput, match="none"):
        resume(a, "none")


def test_resume_on_another_chain_is_refused(a: Doctor, b: Doctor, record: RecordId, crash: Crash) -> None:
    doctor, token = crash(a, lambda d: d.revoke(record, b.account).hash)
    assert isinstance(doctor.ledger, FakeLedger)
    elsewhere = replace(doctor, ledger=replace(doctor.ledger, chain_id=1))
    with pytest.raises(BadInput, match="31337"):
        resume(elsewhere, token)
