"""One record from upload to revocation, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from server.fakes import FakeChain

from web.actors import Actor, Folder, leaf

ActorMaker = Callable[[int], Actor]


def test_api_one_record_is_uploaded_shared_read_and_revoked(chain: FakeChain, actor: ActorMaker) -> None:
    owner, reader = actor(1), actor(2)
    folder, envelope = Folder(), leaf()
    assert owner.missing(folder.cids) == [str(cid) for cid in folder.cids]
    owner.upload([*folder.blocks, envelope])
    assert owner.missing(folder.cids) == []

    pinned = owner.pin(folder.root)
    assert pinned.status_code == 201
    size = sum(len(block.data) for block in folder.blocks)
    assert pinned.get_json() == {"cid": str(folder.root), "blocks": len(folder.blocks), "bytes": size}

    record = chain.create(owner.address, folder.root.digest)
    assert reader.block(record, folder.root).status_code == 404
    chain.grant(record, reader.address, envelope.cid.digest)
    for block in [*folder.blocks, envelope]:
        answer = reader.block(record, block.cid)
        assert (answer.status_code, answer.data) == (200, block.data)

    chain.revoke(record, reader.address)
    assert [reader.block(record, cid).status_code for cid in folder.cids] == [404] * len(folder.cids)
    assert owner.block(record, folder.root).status_code == 200
