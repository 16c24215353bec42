"""Roots and CIDs are public. Naming them must not be enough to be given the blocks."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from server.fakes import NOW, FakeChain

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import decode_directory, encode_directory, import_file
from pmr.crypto.keys import DoctorKey
from pmr.types import Address, RecordId
from web.actors import Actor, Folder, leaf

ActorMaker = Callable[[int], Actor]


@pytest.fixture
def owner(actor: ActorMaker) -> Actor:
    return actor(1)


@pytest.fixture
def mallory(actor: ActorMaker) -> Actor:
    return actor(666)


@pytest.fixture
def folder(owner: Actor) -> Folder:
    """A directory that its owner uploaded and pinned."""
    made = Folder()
    owner.upload(made.blocks)
    assert owner.pin(made.root).status_code == 201
    return made


@pytest.fixture
def record(chain: FakeChain, owner: Actor, folder: Folder) -> RecordId:
    return chain.create(owner.address, folder.root.digest)


def _served(who: Actor, record: RecordId, folder: Folder) -> list[int]:
    return [who.block(record, cid).status_code for cid in folder.cids]


def _all(folder: Folder, status: int) -> list[int]:
    return [status] * len(folder.cids)


def test_block_under_an_id_of_somebody_who_only_registered_the_root_is_denied(
    chain: FakeChain, mallory: Actor, record: RecordId, folder: Folder
) -> None:
    theirs = chain.create(mallory.address, folder.root.digest)
    assert mallory.pin(folder.root).status_code == 409
    assert _served(mallory, theirs, folder) == _all(folder, 404)


def test_block_of_a_root_that_its_owner_never_pinned_is_denied(chain: FakeChain, owner: Actor) -> None:
    folder = Folder()
    owner.upload(folder.blocks)
    record = chain.create(owner.address, folder.root.digest)
    assert _served(owner, record, folder) == _all(folder, 404)
    owner.pin(folder.root)
    assert _served(owner, record, folder) == _all(folder, 200)


def test_pin_of_an_own_directory_that_links_the_blocks_of_others_is_refused(
    owner: Actor, mallory: Actor, folder: Folder
) -> None:
    sizes = {b.cid: len(b.data) for b in folder.blocks}
    nodes = {}
    for number, cid in enumerate(folder.cids):
        if cid.codec == RAW:
            put: list[Block] = []
            nodes[str(number)] = import_file([bytes(sizes[cid])], put.append)._replace(cid=cid)
    directory = encode_directory(nodes)
    mallory.upload([directory])
    refused = mallory.pin(directory.cid)
    assert refused.status_code == 409

    absent = encode_directory({"0": import_file([os.urandom(5)], lambda block: None)})
    mallory.upload([absent])
    assert mallory.pin(absent.cid).get_json()["type"] == refused.get_json()["type"]
    assert owner.missing(folder.cids) == []


def test_pin_answers_alike_for_blocks_of_others_and_blocks_of_nobody(
    owner: Actor, mallory: Actor, folder: Folder
) -> None:
    nobody = Folder({"0": os.urandom(2_500_000), "header": os.urandom(300), "owner": os.urandom(1169)})
    answers = []
    for known in (folder, nobody):
        mallory.upload(known.blocks[-1:])
        answers.append(mallory.pin(known.root).get_json())
    assert answers[0] == answers[1]


def test_pin_by_a_live_reader_of_blocks_that_it_can_read_is_taken(
    chain: FakeChain, owner: Actor, actor: ActorMaker, record: RecordId
) -> None:
    """Adoption: the same files, an own `owner` envelope, nothing else uploaded again."""
    patient = actor(3)
    files, adopted = {"0": os.urandom(2_500_000), "header": b"h"}, {"owner": b"to the patient"}
    theirs, mine = Folder(files | {"owner": b"to the owner"}), Folder(files | adopted)
    owner.upload(theirs.blocks)
    owner.pin(theirs.root)
    chain.revise(record, theirs.root.digest)
    chain.grant(record, patient.address, leaf().cid.digest)

    lacking = patient.missing(mine.cids)
    assert len(lacking) == 2
    patient.upload(block for block in mine.blocks if str(block.cid) in lacking)
    assert patient.pin(mine.root).status_code == 201

    own = chain.create(patient.address, mine.root.digest)
    chain.revoke(record, patient.address)
    assert _served(patient, own, mine) == _all(mine, 200)
    assert _served(patient, record, theirs) == _all(theirs, 404)


End = Callable[[FakeChain, RecordId, Address], object]


def _expire(chain: FakeChain, record: RecordId, reader: Address) -> None:
    chain.clock.now = NOW + 1000


ENDS: dict[str, End] = {
    "revoked": FakeChain.revoke,
    "expired": _expire,
    "revised": lambda chain, record, reader: chain.revise(record, os.urandom(32)),
    "granted anew, but ended": lambda chain, record, reader: chain.grant(record, reader, b"e" * 32, NOW),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_pin_by_somebody_who_could_read_once_is_refused(
    chain: FakeChain, actor: ActorMaker, record: RecordId, folder: Folder, end: End
) -> None:
    reader = actor(3)
    chain.grant(record, reader.address, leaf().cid.digest, expires_at=NOW + 1000)
    assert reader.missing(folder.cids) == []
    end(chain, record, reader.address)
    reader = actor(3)
    assert reader.missing(folder.cids) == [str(cid) for cid in folder.cids]
    assert reader.pin(folder.root).status_code == 409
    own = chain.create(reader.address, folder.root.digest)
    assert _served(reader, own, folder) == _all(folder, 404)

    linking = _linking(folder)
    reader.upload([linking])
    assert reader.pin(linking.cid).status_code == 409
    other = chain.create(reader.address, linking.cid.digest)
    assert _served(reader, other, folder) == _all(folder, 404)


def _linking(folder: Folder) -> Block:
    """Another directory of the same files, made from what their links say."""
    links = decode_directory(folder.blocks[-1])
    return encode_directory({f"my {name}": link for name, link in links.items()})


def test_pin_by_somebody_who_uploads_the_very_blocks_is_taken(
    chain: FakeChain, mallory: Actor, record: RecordId, folder: Folder
) -> None:
    mallory.upload(folder.blocks)
    assert mallory.pin(folder.root).status_code == 201
    assert _served(mallory, chain.create(mallory.address, folder.root.digest), folder) == _all(folder, 200)


def test_possession_is_not_handed_on_by_somebody_without_it(
    chain: FakeChain, mallory: Actor, actor: ActorMaker, record: RecordId, folder: Folder
) -> None:
    """Mallory registers the root and grants it to a friend: the friend can read nothing by that."""
    friend = actor(667)
    theirs = chain.create(mallory.address, folder.root.digest)
    chain.grant(theirs, friend.address, leaf().cid.digest)
    assert _served(friend, theirs, folder) == _all(folder, 404)
    assert friend.missing(folder.cids) == [str(cid) for cid in folder.cids]


def test_envelope_digest_that_names_a_block_of_others_is_not_served(
    chain: FakeChain, mallory: Actor, actor: ActorMaker, folder: Folder
) -> None:
    friend, own = actor(667), Folder()
    mallory.upload(own.blocks)
    mallory.pin(own.root)
    record = chain.create(mallory.address, own.root.digest)
    for cid in folder.cids:
        chain.grant(record, friend.address, cid.digest)
        assert friend.block(record, cid).status_code == 404


def test_key_digest_that_names_a_block_of_others_is_not_served(
    chain: FakeChain, mallory: Actor, owner: Actor, folder: Folder
) -> None:
    bundle = Block.of(RAW, DoctorKey.generate().bundle(owner.address, 1))
    owner.upload([bundle])
    for version, cid in enumerate([*folder.cids, bundle.cid], 1):
        chain.publish(mallory.address, version, cid.digest)
        assert mallory.call("GET", f"/api/keys/{cid}").status_code == 404


# --- key bundles


def _bundle(actor: Actor) -> Block:
    return Block.of(RAW, DoctorKey.generate().bundle(actor.address, 1))


def test_bundle_that_its_account_published_is_served_to_whoever_is_signed_in(
    chain: FakeChain, owner: Actor, mallory: Actor
) -> None:
    bundles = [_bundle(owner), _bundle(owner)]
    for version, bundle in enumerate(bundles, 1):
        owner.upload([bundle])
        assert mallory.call("GET", f"/api/keys/{bundle.cid}").status_code == 404
        chain.publish(owner.address, version, bundle.cid.digest)
    for bundle in bundles:
        answer = mallory.call("GET", f"/api/keys/{bundle.cid}")
        assert (answer.data, answer.content_type) == (bundle.data, "application/vnd.ipld.raw")


def test_bundle_that_another_account_published_too_is_served(
    chain: FakeChain, owner: Actor, mallory: Actor
) -> None:
    bundle = _bundle(owner)
    owner.upload([bundle])
    chain.publish(mallory.address, 1, bundle.cid.digest)
    chain.publish(owner.address, 1, bundle.cid.digest)
    assert mallory.call("GET", f"/api/keys/{bundle.cid}").status_code == 200


def test_bundle_may_be_kept_by_the_browser_that_was_given_it(
    chain: FakeChain, owner: Actor, mallory: Actor
) -> None:
    bundle = _bundle(owner)
    path, tag = f"/api/keys/{bundle.cid}", {"If-None-Match": f'"{bundle.cid}"'}
    owner.upload([bundle])
    unpublished = mallory.call("GET", path, headers=tag)
    assert (unpublished.status_code, unpublished.headers["Cache-Control"]) == (404, "no-store")
    chain.publish(owner.address, 1, bundle.cid.digest)
    answer, again = mallory.call("GET", path), mallory.call("GET", path, headers=tag)
    assert (answer.headers["ETag"], again.status_code, again.data) == (f'"{bundle.cid}"', 304, b"")
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert mallory.http.get(path, headers=tag).status_code == 401


def test_envelope_is_not_served_as_a_key_even_when_its_owner_publishes_it(
    chain: FakeChain, owner: Actor, record: RecordId, actor: ActorMaker
) -> None:
    envelope, reader = leaf(), actor(3)
    owner.upload([envelope])
    chain.grant(record, reader.address, envelope.cid.digest)
    chain.publish(owner.address, 1, envelope.cid.digest)
    for who in (owner, reader):
        assert who.call("GET", f"/api/keys/{envelope.cid}").status_code == 404
    assert reader.block(record, envelope.cid).status_code == 200


def test_bundle_under_a_dag_pb_cid_is_not_served(chain: FakeChain, owner: Actor) -> None:
    bundle = _bundle(owner)
    owner.upload([bundle])
    chain.publish(owner.address, 1, bundle.cid.digest)
    assert owner.call("GET", f"/api/keys/{Cid.root(bundle.cid.digest)}").status_code == 404
