"""What a server was never given is told plainly: to the sharer at once, to the reader when it opens."""

from __future__ import annotations

import pytest
from client_fakes import World

from pmr.cli.record_shown import cannot_open
from pmr.client.api import RecordState
from pmr.client.doctor import Doctor
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.content.cid import Cid
from pmr.errors import BundleNotHere, ContentNotHere, EnvelopeNotHere, NotFound
from pmr.types import Purpose, RecordId

LACKS = RecordState(served=False, envelope=False)


class Scene:
    """A record of Dr A and a colleague."""

    def __init__(self) -> None:
        self.world = World()
        self.a, self.b = (self.world.doctor(number) for number in (1, 2))
        self.record: RecordId = self.a.create_record([Source.from_bytes("x", b"x")], About("Knee")).id
        self.terms = Terms(self.b.account, Purpose.TREATMENT)

    def lose(self, cid: Cid) -> None:
        del self.world.store.blocks[cid]

    def lose_root(self) -> None:
        self.lose(Cid.root(self.a.ledger.root(self.record)))
        for doctor in (self.a, self.b):
            doctor.api.state = LACKS  # type: ignore[attr-defined]  # a FakeApi

    def granted(self, doctor: Doctor) -> bool:
        return doctor.ledger.grant_of(self.record, doctor.account).live


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_share_with_a_reader_whose_bundle_is_not_here_grants_nothing(scene: Scene) -> None:
    digest, _ = scene.a.ledger.key_of(scene.b.account)
    assert digest is not None
    scene.lose(Cid.leaf(digest))
    with pytest.raises(BundleNotHere, match=f"{scene.b.account} to run `pmr key publish`"):
        scene.a.share(scene.record, scene.terms)
    assert not scene.granted(scene.b)


def test_share_of_a_record_whose_content_is_not_here_grants_nothing(scene: Scene) -> None:
    scene.lose_root()
    with pytest.raises(ContentNotHere, match="nobody can open it here"):
        scene.a.share(scene.record, scene.terms)
    assert not scene.granted(scene.b)


def test_share_says_when_the_server_lacks_what_the_reader_needs(scene: Scene) -> None:
    assert scene.a.share(scene.record, scene.terms).can_be_opened
    without = (scene.b.account,)
    for state in (LACKS, RecordState(served=True, envelope=None, without_envelope=without)):
        scene.a.api.state = state  # type: ignore[attr-defined]  # a FakeApi
        assert not scene.a.share(scene.record, scene.terms).can_be_opened
    assert scene.b.account in cannot_open(scene.record, without)


def test_open_of_a_record_whose_content_is_not_here_says_so(scene: Scene) -> None:
    scene.a.share(scene.record, scene.terms)
    scene.lose_root()
    for doctor in (scene.a, scene.b):
        with pytest.raises(ContentNotHere, match=f"{scene.a.account} must send it"):
            doctor.open(scene.record)


def test_open_of_a_record_whose_envelope_is_not_here_says_so(scene: Scene) -> None:
    done = scene.a.share(scene.record, scene.terms)
    scene.lose(done.envelope)
    with pytest.raises(EnvelopeNotHere, match=f"Ask {scene.a.account} to share"):
        scene.b.open(scene.record)


def test_open_with_an_older_envelope_that_is_not_here_needs_the_newest_alone(scene: Scene) -> None:
    first = scene.a.share(scene.record, scene.terms)
    scene.a.share(scene.record, scene.terms)
    scene.lose(first.envelope)
    assert scene.b.open(scene.record).manifest.title == "Knee"


def test_open_that_the_server_denies_although_it_has_all_says_so(scene: Scene) -> None:
    scene.a.share(scene.record, scene.terms)
    scene.lose(Cid.root(scene.a.ledger.root(scene.record)))
    with pytest.raises(NotFound, match="says that it has all of it"):
        scene.b.open(scene.record)


def test_open_that_the_server_denies_knowing_nothing_says_that_it_may_be_behind(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(_record: RecordId) -> RecordState:
        raise NotFound("")

    scene.a.share(scene.record, scene.terms)
    scene.lose(Cid.root(scene.a.ledger.root(scene.record)))
    monkeypatch.setattr(scene.b.api, "record_state", deny)
    with pytest.raises(NotFound, match="blocks behind"):
        scene.b.open(scene.record)


def test_open_of_a_record_whose_authors_bundle_is_not_here_says_so(scene: Scene) -> None:
    scene.a.share(scene.record, scene.terms)
    digest, _ = scene.b.ledger.key_of(scene.a.account)
    assert digest is not None
    scene.lose(Cid.leaf(digest))
    with pytest.raises(BundleNotHere, match=scene.a.account):
        scene.b.open(scene.record)
