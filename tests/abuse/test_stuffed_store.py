"""Attacker: a doctor with an account, who wants to fill the hospital's disk so that nobody can work.

They send much, the same again, very many tiny blocks, and register what they sent so that it stays for ever.
Each account ends at its quota, what is refused is not stored, and the others send on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from abuse.town import Resident, Town, open_town
from pmr.client.sealing import About
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import RAW
from pmr.errors import QuotaExceeded
from pmr.server.quota import LEAST
from pmr.server.services import Bounds

QUOTA = 40 * LEAST


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose server keeps little for each account."""
    yield from open_town(tmp_path_factory.mktemp("small"), Bounds(quota_bytes=QUOTA))


@pytest.fixture
def stuffer(small: Town) -> Resident:
    return small.resident(published=False)


def _send(who: Resident, *sizes: int) -> int:
    blocks = [Block.of(RAW, os.urandom(size)) for size in sizes]
    car = b"".join(pack(blocks))
    return who.call("POST", "/api/blocks", data=car, content_type="application/vnd.ipld.car").status_code


def _used(who: Resident) -> int:
    return int(who.call("GET", "/api/account").get_json()["used"])


@pytest.mark.parametrize("size", [32, LEAST, QUOTA // 4], ids=["tiny", "a page", "large"])
def test_stuffer_ends_at_the_quota_with_blocks_of_any_size(small: Town, stuffer: Resident, size: int) -> None:
    taken = 0
    while _send(stuffer, size) == 200:
        taken += 1
        assert taken <= QUOTA // LEAST
    kept = _files(small)
    assert _send(stuffer, size) == 413
    assert _send(stuffer, *[32] * 41) == 413
    assert (_files(small), _used(stuffer)) == (kept, QUOTA)


def _files(town: Town) -> int:
    return sum(path.is_file() for path in (town.folder / "content" / "blocks").rglob("*"))


def test_stuffer_who_registers_what_was_sent_has_no_more_room_by_that(small: Town) -> None:
    stuffer = small.resident()
    with pytest.raises(QuotaExceeded):
        _register_all(stuffer)
    small.clock.now += 25 * 3600
    small.services.retention.collect()
    stuffer.api.sign_in()
    kept = _used(stuffer)
    with pytest.raises(QuotaExceeded):
        _register_all(stuffer, 1 + (QUOTA - kept) // LEAST)
    assert QUOTA // 2 < kept <= _used(stuffer) <= QUOTA


def _register_all(who: Resident, most: int = QUOTA // LEAST) -> None:
    for _ in range(most):
        who.doctor.create_record([Source.from_bytes("x", b"x")], About("X"))


def test_doctor_sends_on_while_a_stuffer_is_at_the_quota(small: Town, stuffer: Resident) -> None:
    while _send(stuffer, LEAST) == 200:
        pass
    doctor = small.resident()
    made = doctor.doctor.create_record([Source.from_bytes("scan", b"scan")], About("Scan"))
    assert doctor.doctor.open(made.id).manifest.title == "Scan"
