"""Doctors with a real chain and a real server, in one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from client_system import ROOT, System, running_system

from pmr.chain.node import CHAIN_ID, accounts
from pmr.chain.wallet import Wallet
from pmr.cli.doctors import Cast
from pmr.cli.story import Step, Story
from pmr.client.api import Api
from pmr.client.doctor import Doctor
from pmr.client.http import Http
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.errors import NoAccess, NoFunds, NotFound, NotOwner, SignInFailed
from pmr.types import Purpose, RecordId

pytestmark = pytest.mark.integration

MIB = 1 << 20


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running_system(tmp_path_factory.mktemp("system"))


@pytest.fixture(scope="module")
def doctors(system: System) -> list[Doctor]:
    return [system.doctor(wallet) for wallet in accounts(8)[4:7]]


def test_story_plays_to_its_end_and_again_after_its_folders_were_lost(system: System, tmp_path: Path) -> None:
    for name in ("first", "second"):
        told: list[Step] = []
        cast = Cast(tmp_path / name, system.w3, system.deployment, system.url)
        played = Story(cast, ROOT / "examples", told.append).play()
        assert told == played.steps
        assert told[-1].text == "Dr B asks again: refused"
        assert all(step.gas > 21_000 for step in told if "register" in step.text or "shares" in step.text)


def test_large_record_travels_whole(doctors: list[Doctor], tmp_path: Path) -> None:
    a, b, _ = doctors
    data = bytes(range(256)) * (20 * MIB // 256) + b"the end"
    told: list[tuple[str, int, int]] = []
    author = replace(a, progress=lambda *what: told.append(what))
    made = author.create_record([Source.from_bytes("big.bin", data)], About("Big"))
    assert told[-1][1] == made.sealed.size
    a.share(made.id, Terms(b.account, Purpose.TREATMENT))
    _, (path,) = b.open_into(made.id, tmp_path / "out")
    assert path.read_bytes() == data
    assert b.open(made.id).range(0, len(data) - 7, 7) == b"the end"


def test_stranger_gets_nothing_from_the_server(doctors: list[Doctor]) -> None:
    a, _, c = doctors
    made = a.create_record([Source.from_bytes("x", b"secret")], About("X"))
    with pytest.raises(NotFound):
        c.api.record_block(made.id, made.sealed.root)
    with pytest.raises(NoAccess):
        c.open(made.id)


def test_stranger_who_registers_the_same_root_gets_nothing(doctors: list[Doctor]) -> None:
    """Roots are public in events; owning an id that names one must not be enough."""
    a, _, c = doctors
    made = a.create_record([Source.from_bytes("x", b"secret")], About("X"))
    position = c.ledger.count(c.account)
    c.ledger.create(position, made.sealed.root.digest)
    with pytest.raises(NotFound):
        c.api.record_block(RecordId(c.account, position), made.sealed.root)


def test_share_of_a_foreign_record_is_refused(doctors: list[Doctor]) -> None:
    a, b, c = doctors
    made = a.create_record([Source.from_bytes("x", b"secret")], About("X"))
    a.share(made.id, Terms(b.account, Purpose.TREATMENT))
    with pytest.raises(NotOwner):
        b.share(made.id, Terms(c.account, Purpose.TREATMENT))


def test_lists_show_what_the_chain_says(doctors: list[Doctor]) -> None:
    a, b, _ = doctors
    made = [a.create_record([Source.from_bytes("x", b"secret")], About("X")) for _ in range(3)]
    for one in made:
        a.share(one.id, Terms(b.account, Purpose.RESEARCH))
    a.revoke(made[1].id, b.account)
    assert {one.id for one in made} <= {one.id for one in a.records()}
    shared = {one.id: one for one in b.shared()}
    assert made[1].id not in shared
    assert shared[made[2].id].root == made[2].sealed.root.digest
    (reader,) = a.readers(made[1].id)
    assert (reader.account, reader.grant.live) == (b.account, False)


def test_share_anew_replaces_the_envelope(doctors: list[Doctor]) -> None:
    a, b, _ = doctors
    made = a.create_record([Source.from_bytes("x", b"secret")], About("X"))
    for purpose in (Purpose.RESEARCH, Purpose.TREATMENT):
        a.share(made.id, Terms(b.account, purpose))
    assert len(b.ledger.envelopes(made.id, b.account)) == 2
    assert b"".join(b.open(made.id).file(0)) == b"secret"


def test_sign_in_for_another_chain_is_refused_by_the_client(system: System) -> None:
    with pytest.raises(SignInFailed):
        Api(Http(system.url), accounts(9)[8], CHAIN_ID + 1).sign_in()


def test_sign_in_under_another_name_of_the_server_is_refused_by_the_client(system: System) -> None:
    with pytest.raises(SignInFailed):
        Api(Http(system.url.replace("127.0.0.1", "localhost")), accounts(9)[8], CHAIN_ID).sign_in()


def test_publish_without_coin_says_so(system: System) -> None:
    with pytest.raises(NoFunds):
        system.doctor(Wallet.from_key(b"\x07" * 32))


def test_vault_comes_back_from_the_server(doctors: list[Doctor]) -> None:
    assert doctors[0].api.vault() == b"a sealed vault"


def test_bundle_that_nobody_published_is_not_there(doctors: list[Doctor]) -> None:
    with pytest.raises(NotFound):
        doctors[0].api.bundle(Cid.leaf(b"n" * 32))
