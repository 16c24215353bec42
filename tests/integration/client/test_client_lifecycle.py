"""Versions, copies and journeys of records over a real chain and a real server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest
from client_system import ROOT, System, running_system

from pmr.chain.node import accounts
from pmr.client.doctor import Doctor
from pmr.client.ledger import Ledger, Regrant
from pmr.client.revising import MOST_READERS
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.crypto.recovery import write_kit
from pmr.errors import CannotDecrypt, NoAccess, NotFound
from pmr.types import Grant, Purpose, RecordId, parse_address

pytestmark = pytest.mark.integration
FILES = [Source.from_bytes("x.bin", b"first" * 500_000)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running_system(tmp_path_factory.mktemp("system"))


@pytest.fixture(scope="module")
def doctors(system: System) -> list[Doctor]:
    return [system.doctor(wallet) for wallet in accounts(8)[4:7]]


@pytest.fixture
def record(doctors: list[Doctor]) -> RecordId:
    a, b, c = doctors
    made = a.create_record(FILES, About("X")).id
    a.share(made, Terms(b.account, Purpose.TREATMENT))
    a.share(made, Terms(c.account, Purpose.RESEARCH))
    return made


def test_revise_reaches_the_readers_and_closes_the_old_version(
    doctors: list[Doctor], record: RecordId
) -> None:
    a, b, _ = doctors
    old = Cid.root(a.ledger.root(record))
    done = a.revise(record, [Source.from_bytes("y", b"second")], Changes())
    assert done.receipt is not None
    assert b"".join(b.open(record).file(0)) == b"second"
    with pytest.raises(NotFound):
        b.api.record_block(record, old)
    assert a.api.record_block(record, old)


def test_rekey_closes_the_record_to_one_reader_alone(doctors: list[Doctor], record: RecordId) -> None:
    a, b, c = doctors
    a.rekey(record, b.account)
    assert sum(map(len, c.open(record).file(0))) == FILES[0].size
    with pytest.raises(NoAccess):
        b.open(record)
    a.share(record, Terms(b.account, Purpose.TREATMENT))
    assert sum(map(len, b.open(record).file(0))) == FILES[0].size


def test_envelope_of_the_old_version_does_not_open_the_new_one(
    doctors: list[Doctor], record: RecordId
) -> None:
    a, b, _ = doctors
    old = b.ledger.envelopes(record, b.account)
    a.revise(record, FILES, Changes())
    reading = b.reading()
    get = reading.blocks(record)
    sealed = reading.sealed(record, get)
    reading.ledger.envelopes = lambda *_: old  # type: ignore[method-assign]  # as if there were no newer one
    with pytest.raises((CannotDecrypt, NotFound)):
        reading.content_key(record, sealed, get)
    del reading.ledger.envelopes


@pytest.mark.slow
def test_change_for_the_most_readers_fits_one_transaction(system: System, doctors: list[Doctor]) -> None:
    a, *_ = doctors
    record = a.create_record(FILES, About("Many readers")).id
    ledger = a.ledger
    assert isinstance(ledger, Ledger)
    readers = [parse_address(f"0x{2**159 + 7**40 * number:040x}") for number in range(MOST_READERS)]
    grant, root = Grant(2**40 - 1, 127, True), ledger.root(record)
    for first in range(0, MOST_READERS, 100):
        some = [Regrant(one, grant, b"\xee" * 32) for one in readers[first : first + 100]]
        ledger.change(record, root, root, some)
    receipt = ledger.change(
        record, root, b"\xdd" * 32, [Regrant(one, grant, b"\xff" * 32) for one in readers]
    )
    assert 0.5 * 2**24 < receipt.gas_used < 0.8 * 2**24
    assert len(ledger.standing(record).readers) == MOST_READERS


def test_settle_tells_what_was_sent_from_what_was_not(doctors: list[Doctor], record: RecordId) -> None:
    """A transaction is noted before it is sent; a process that dies in between leaves it unsent."""
    a, b, _ = doctors
    noted: list[bytes] = []
    receipt = a.ledger.journalled(noted.append).revoke(record, b.account)
    assert a.ledger.settle(noted[0]) == replace(receipt, seconds=ANY)

    def die(raw: bytes) -> None:
        noted.append(raw)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        a.ledger.journalled(die).create(a.ledger.count(a.account), b"\xaa" * 32)
    assert a.ledger.settle(noted[1]) is None
    a.share(record, Terms(b.account, Purpose.TREATMENT))
    assert a.ledger.settle(noted[1]) is None


@pytest.mark.parametrize("who", [0, 1], ids=["owner", "reader"])
def test_export_opens_without_pmr(doctors: list[Doctor], record: RecordId, tmp_path: Path, who: int) -> None:
    doctor = doctors[who]
    assert doctor.keyring is not None
    doctor.export(record, tmp_path / "record.car")
    (tmp_path / "kit.txt").write_text(write_kit(doctor.keyring, doctor.account))
    script = ROOT / "scripts" / "open_without_pmr.py"
    command = [sys.executable, str(script), "record.car", "kit.txt", "out"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "out" / "x.bin").read_bytes() == FILES[0].open().read()
