"""Attacker: the hospital's server itself, or whoever took it over.

It answers with other keys than the chain names, hoping that content keys are sealed to them; and with
other blocks than were asked for. The client compares every byte with a digest that it read from the
chain: it refuses, seals nothing and grants nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from abuse.town import Answer, Resident, Story, Town
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.crypto.keys import DoctorKey
from pmr.errors import BadBlock, BadKeyBundle
from pmr.types import Purpose, RecordId

Swap = Callable[[bytes], bytes]


@dataclass
class Server:
    """Tampers with what it answers under a path, once it was told how."""

    start: str = "/nothing"
    swap: Swap = bytes
    asked: int = 0

    def __call__(self, _method: str, path: str, answer: Answer) -> Answer:
        if not path.startswith(self.start):
            return answer
        self.asked += 1
        return answer[0], {}, self.swap(answer[2])


@pytest.fixture(scope="module")
def server() -> Server:
    return Server()


@pytest.fixture(scope="module")
def owner(town: Town, server: Server) -> Resident:
    """An owner whose server lies."""
    return town.resident(tamper=server)


@pytest.fixture(scope="module")
def record(owner: Resident) -> RecordId:
    return owner.doctor.create_record([Source.from_bytes("x", b"secret")], About("X")).id


def _swaps(reader: Resident) -> dict[str, Swap]:
    address, mine = reader.wallet.address, DoctorKey.generate()
    theirs = mine.bundle(address, 1)
    return {
        "a bundle of the server's making": lambda _: theirs,
        "a bundle of another version": lambda _: mine.bundle(address, 2),
        "another key in the true bundle": lambda true: true.replace(
            true[true.index(b'"xwing"') :], theirs[theirs.index(b'"xwing"') :]
        ),
        "the true bundle cut off": lambda true: true[:-1],
        "the true bundle with a blank": lambda true: true + b" ",
        "nothing": lambda _: b"",
    }


NAMES = [
    "a bundle of the server's making",
    "a bundle of another version",
    "another key in the true bundle",
    "the true bundle cut off",
    "the true bundle with a blank",
    "nothing",
]


@pytest.mark.parametrize("name", NAMES)
def test_share_with_a_swapped_bundle_is_refused_and_grants_nothing(
    owner: Resident, server: Server, record: RecordId, story: Story, name: str
) -> None:
    reader = story.reader
    server.start, server.swap, server.asked = "/api/keys/", _swaps(reader)[name], 0
    with pytest.raises((BadKeyBundle, BadBlock)):
        owner.doctor.share(record, Terms(reader.wallet.address, Purpose.TREATMENT))
    server.start = "/nothing"
    assert server.asked
    assert not owner.doctor.ledger.grant_of(record, reader.wallet.address).live


def test_share_with_a_bundle_of_somebody_else_is_refused(
    owner: Resident, server: Server, record: RecordId, story: Story, mallory: Resident
) -> None:
    """A true bundle, published and signed, but of another account."""
    digest, _ = mallory.doctor.ledger.key_of(mallory.wallet.address)
    theirs = (
        mallory.doctor.keyring.newest.bundle(mallory.wallet.address, 1) if mallory.doctor.keyring else b""
    )
    assert digest
    server.start, server.swap = "/api/keys/", lambda _: theirs
    with pytest.raises((BadKeyBundle, BadBlock)):
        owner.doctor.share(record, Terms(story.reader.wallet.address, Purpose.TREATMENT))
    server.start = "/nothing"


def test_block_that_is_not_the_one_asked_for_is_refused(
    owner: Resident, server: Server, record: RecordId
) -> None:
    other = owner.doctor.create_record([Source.from_bytes("y", b"another")], About("Y"))
    true = owner.api.record_block(other.id, other.sealed.root)
    server.start, server.swap = "/api/records/", lambda _: true
    with pytest.raises(BadBlock):
        owner.doctor.open(record)
    server.start = "/nothing"
    assert owner.doctor.open(record).manifest.title == "X"
