"""A doctor's process is killed at every call to chain and server in turn; the command is repeated.

No second record, no lost file, no reader forgotten, nobody let in, no nonce used for two plaintexts.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from client_fakes import NOW, World
from killing import CHANGES, Stop, Work, work_in_process

from pmr.client.doctor import Doctor
from pmr.client.journal import Journal
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.errors import NoAccess
from pmr.types import Grant, Purpose, RecordId

ABOUT = About("Knee")
KILLS_EACH = 2
"""So often is a command killed at the same call before it is let through."""


@dataclass
class Scene:
    """A record of Dr A that B and C may read, and D could until recently."""

    world: World
    doctors: dict[str, Doctor]
    record: RecordId
    files: list[Source]
    others: list[Source]
    folder: Path

    def again(self) -> Scene:
        """The same, as it was at first."""
        world = copy.deepcopy(self.world)
        doctors = {name: _in(world, doctor) for name, doctor in self.doctors.items()}
        return replace(self, world=world, doctors=doctors)

    def contents(self, who: str, record: RecordId | None = None) -> list[bytes]:
        opened = self.doctors[who].open(record or self.record)
        return [b"".join(opened.file(n)) for n in range(len(opened.manifest.files))]

    def records(self, who: str) -> int:
        return len(self.world.chain.roots.get(self.doctors[who].account, []))

    def live(self) -> dict[str, Grant]:
        accounts = {doctor.account: name for name, doctor in self.doctors.items()}
        grants = self.world.chain.grants.items()
        return {
            accounts[who]: grant for (record, who), grant in grants if record == self.record and grant.live
        }


def _in(world: World, doctor: Doctor) -> Doctor:
    fresh = world.doctor(99, published=False)
    ledger = replace(fresh.ledger, account=doctor.account)  # type: ignore[type-var]  # a FakeLedger is a dataclass
    api = replace(fresh.api, account=doctor.account)  # type: ignore[type-var]  # and so is a FakeApi
    return replace(doctor, ledger=ledger, api=api, clock=world.clock)


def bytes_of(sources: list[Source]) -> list[bytes]:
    return [source.open().read() for source in sources]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("files")
    world = World()
    doctors = {name: world.doctor(number) for number, name in enumerate("abcd", start=1)}
    for name, data in {"x": b"x" * 1_100_000, "y": b"y", "z": b"z" * 5000}.items():
        (folder / name).write_bytes(data)
    files, others = ([Source.from_path(folder / name) for name in names] for names in ("xy", "zx"))
    record = doctors["a"].create_record(files, ABOUT).id
    for name, end in (("b", 0), ("c", NOW + 1000), ("d", NOW + 5)):
        doctors["a"].share(record, Terms(doctors[name].account, Purpose.TREATMENT, end))
    world.clock.now = world.chain.now = NOW + 10
    doctors["b"].export(record, folder / "b.car")
    return Scene(world, doctors, record, files, others, folder)


Everywhere = Callable[[Scene, str, Callable[[Scene], Work]], Iterator[Scene]]


@pytest.fixture(params=["at changes", pytest.param("at every call", marks=pytest.mark.slow)])
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Everywhere:
    """Give what came of a command that was killed at each of its calls in turn, and then repeated."""

    def scenes(first: Scene, who: str, work: Callable[[Scene], Work]) -> Iterator[Scene]:
        scene = first.again()
        calls = work_in_process(scene.world, scene.doctors[who], tmp_path / "whole", work(scene)).calls
        yield scene
        for stop in _stops(calls, thorough=request.param != "at changes"):
            yield _killed(first.again(), who, work, stop, tmp_path / f"{stop.call}-{stop.after}")

    return scenes


def _stops(calls: list[str], *, thorough: bool) -> Iterator[Stop]:
    for number, name in enumerate(calls, start=1):
        if thorough or name in CHANGES:
            yield Stop(number)
        if name in CHANGES:
            yield Stop(number, after=True)


def _killed(scene: Scene, who: str, work: Callable[[Scene], Work], stop: Stop, journal: Path) -> Scene:
    doctor = scene.doctors[who]
    for _ in range(KILLS_EACH):
        if not work_in_process(scene.world, doctor, journal, work(scene), stop).killed:
            break
    else:
        work_in_process(scene.world, doctor, journal, work(scene))
    with Journal(journal, doctor.keyring).pending() as deeds:
        assert deeds == []
    no_nonce_twice(scene.world)
    return scene


def no_nonce_twice(world: World) -> None:
    """Every ciphertext with one salt and nonce prefix begins with the same bytes."""
    begun = defaultdict(set)
    for data in world.store.blocks.values():
        if data[0] == 40 and len(data) > 4096:
            begun[data[:40]].add(data)
    assert all(len(found) == 1 for found in begun.values())


def test_create_killed_anywhere_ends_in_one_record_with_all_files(
    first: Scene, everywhere: Everywhere
) -> None:
    def work(scene: Scene) -> Work:
        return lambda doctor: doctor.create_record(scene.others, ABOUT).id

    for scene in everywhere(first, "a", work):
        assert scene.records("a") == 2
        made = RecordId(scene.record.owner, 1)
        assert scene.contents("a", made) == bytes_of(scene.others)


def test_share_killed_anywhere_lets_the_reader_in(first: Scene, everywhere: Everywhere) -> None:
    def work(scene: Scene) -> Work:
        # As by hand: a repeat is later, and so ends later.
        ends = count(NOW + 2000)
        who = scene.doctors["d"].account
        return lambda doctor: doctor.share(scene.record, Terms(who, Purpose.LEGAL, next(ends))).envelope

    for scene in everywhere(first, "a", work):
        assert set(scene.live()) == {"b", "c", "d"}
        assert scene.contents("d") == bytes_of(scene.files)


def test_revoke_killed_anywhere_shuts_the_reader_out(first: Scene, everywhere: Everywhere) -> None:
    def work(scene: Scene) -> Work:
        return lambda doctor: doctor.revoke(scene.record, scene.doctors["b"].account).hash

    for scene in everywhere(first, "a", work):
        assert set(scene.live()) == {"c", "d"}


def test_revise_killed_anywhere_reaches_every_reader(first: Scene, everywhere: Everywhere) -> None:
    def work(scene: Scene) -> Work:
        return lambda doctor: doctor.revise(scene.record, scene.others, Changes(title="New")).root

    for scene in everywhere(first, "a", work):
        assert scene.records("a") == 1
        assert scene.live()["c"] == Grant(NOW + 1000, Purpose.TREATMENT, True)
        for who in "abc":
            assert scene.contents(who) == bytes_of(scene.others)
            assert scene.doctors[who].open(scene.record).manifest.title == "New"
        with pytest.raises(NoAccess):
            scene.contents("d")


def test_rekey_killed_anywhere_forgets_one_reader_alone(first: Scene, everywhere: Everywhere) -> None:
    def work(scene: Scene) -> Work:
        return lambda doctor: doctor.rekey(scene.record, scene.doctors["b"].account).root

    for scene in everywhere(first, "a", work):
        assert set(scene.live()) == {"c", "d"}
        for who in "ac":
            assert scene.contents(who) == bytes_of(scene.files)
        old, new = (one.open(scene.record).sealed for one in (first.doctors["a"], scene.doctors["a"]))
        assert old.header.key_commit != new.header.key_commit


def test_adopt_killed_anywhere_ends_in_one_record(first: Scene, everywhere: Everywhere) -> None:
    def work(scene: Scene) -> Work:
        return lambda doctor: doctor.adopt(scene.record).id

    for scene in everywhere(first, "b", work):
        assert scene.records("b") == 1
        assert scene.contents("b", RecordId(scene.doctors["b"].account, 0)) == bytes_of(scene.files)


def test_import_killed_anywhere_ends_in_one_record(first: Scene, everywhere: Everywhere) -> None:
    def work(scene: Scene) -> Work:
        return lambda doctor: doctor.import_car(scene.folder / "b.car").id

    for scene in everywhere(first, "b", work):
        assert scene.records("b") == 1
        assert scene.contents("b", RecordId(scene.doctors["b"].account, 0)) == bytes_of(scene.files)
