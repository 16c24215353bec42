"""What the chain names and the server was never given, with a real chain and a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from client_system import System, running_system

from pmr.chain.node import accounts
from pmr.client.doctor import Doctor
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.crypto.keys import DoctorKey
from pmr.errors import BundleNotHere, ContentNotHere, EnvelopeNotHere
from pmr.types import Purpose

pytestmark = pytest.mark.integration
FILES = [Source.from_bytes("x", b"x" * 100)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running_system(tmp_path_factory.mktemp("lacking"))


@pytest.fixture(scope="module")
def doctors(system: System) -> list[Doctor]:
    a, b, c = accounts(8)[4:7]
    return [system.doctor(a), system.doctor(b), system.doctor(c, published=False)]


def test_share_with_a_key_that_is_on_chain_alone_is_refused(doctors: list[Doctor]) -> None:
    a, _, c = doctors
    made = a.create_record(FILES, About("X"))
    bundle = DoctorKey.generate().bundle(c.account, 1)
    c.ledger.publish(1, Cid.of(0x55, bundle).digest)
    with pytest.raises(BundleNotHere):
        a.share(made.id, Terms(c.account, Purpose.TREATMENT))
    assert not a.ledger.grant_of(made.id, c.account).live


def test_record_that_is_on_chain_alone_cannot_be_shared_or_opened(doctors: list[Doctor]) -> None:
    a, b, _ = doctors
    made = a.create_record(FILES, About("X"))
    shared = a.share(made.id, Terms(b.account, Purpose.TREATMENT))
    assert shared.can_be_opened
    assert (b.state(made.id).served, b.state(made.id).envelope) == (True, True)

    a.ledger.change(made.id, made.sealed.root.digest, os.urandom(32), [], None)
    assert not a.state(made.id).served
    with pytest.raises(ContentNotHere):
        a.share(made.id, Terms(b.account, Purpose.TREATMENT))
    with pytest.raises(ContentNotHere):
        b.open(made.id)


def test_grant_whose_envelope_is_on_chain_alone_is_told_to_owner_and_reader(doctors: list[Doctor]) -> None:
    a, b, _ = doctors
    made = a.create_record(FILES, About("X"))
    a.ledger.grant(made.id, b.account, 0, 1, os.urandom(32))
    assert a.state(made.id).without_envelope == (b.account,)
    assert b.state(made.id).envelope is False
    with pytest.raises(EnvelopeNotHere):
        b.open(made.id)
    assert a.share(made.id, Terms(b.account, Purpose.TREATMENT)).can_be_opened
    assert b.open(made.id).manifest.title == "X"
    assert a.state(made.id).without_envelope == ()
