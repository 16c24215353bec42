"""What the store keeps, and what it gives up after a day."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pmr.content.cid import Cid
from pmr.content.embedded import EmbeddedStore
from pmr.server.services import Services
from server.fakes import FakeChain, FakeClock
from server.people import ALICE, BOB, MALLORY, Held, folder, leaf, put


def test_collect_deletes_a_staged_block_after_a_day_and_not_before(
    services: Services, pass_day: Callable[[], None], held: Held
) -> None:
    block = leaf()
    put(services, ALICE, block)
    assert services.retention.collect() == (0, 0)
    assert held(block)
    pass_day()
    assert services.retention.collect() == (1, 1169)
    assert not held(block)
    assert services.uploads.missing(ALICE, [block.cid]) == [block.cid]


def test_collect_keeps_a_block_that_was_uploaded_again(
    services: Services, pass_day: Callable[[], None], held: Held
) -> None:
    block = leaf()
    put(services, ALICE, block)
    pass_day()
    put(services, ALICE, block)
    services.retention.collect()
    assert held(block)


def test_collect_keeps_what_is_pinned_and_registered(
    services: Services, chain: FakeChain, pass_day: Callable[[], None], held: Held
) -> None:
    kept, staged = folder(), folder()
    put(services, ALICE, *kept, *staged)
    services.uploads.pin(ALICE, kept[-1].cid)
    chain.create(ALICE, kept[-1].cid.digest)
    pass_day()
    assert services.retention.collect().blocks == len(staged)
    assert [held(block) for block in kept] == [True] * len(kept)
    assert services.uploads.missing(ALICE, [block.cid for block in kept]) == []


def test_collect_keeps_the_envelope_of_a_grant_while_it_is_live(
    services: Services, chain: FakeChain, pass_day: Callable[[], None], held: Held
) -> None:
    envelope, replaced = leaf(), leaf()
    put(services, ALICE, envelope, replaced)
    record = chain.create(ALICE, os.urandom(32))
    chain.grant(record, BOB, replaced.cid.digest)
    chain.grant(record, BOB, envelope.cid.digest)
    services.follower.step()
    pass_day()
    services.retention.collect()
    assert (held(envelope), held(replaced)) == (True, False)
    chain.revoke(record, BOB)
    services.follower.step()
    services.retention.collect()
    assert not held(envelope)


def test_collect_keeps_every_published_bundle(
    services: Services, chain: FakeChain, pass_day: Callable[[], None], held: Held
) -> None:
    bundles = [leaf(), leaf()]
    put(services, ALICE, *bundles)
    for version, bundle in enumerate(bundles, 1):
        chain.publish(ALICE, version, bundle.cid.digest)
    services.follower.step()
    pass_day()
    services.retention.collect()
    assert [held(bundle) for bundle in bundles] == [True, True]


def test_collect_does_not_keep_what_somebody_names_who_never_sent_it(
    services: Services, chain: FakeChain, pass_day: Callable[[], None], held: Held
) -> None:
    """Else a stranger could keep the envelope of a revoked reader from being erased."""
    envelope = leaf()
    put(services, ALICE, envelope)
    chain.publish(MALLORY, 1, envelope.cid.digest)
    chain.grant(chain.create(MALLORY, os.urandom(32)), BOB, envelope.cid.digest)
    services.follower.step()
    pass_day()
    services.retention.collect()
    assert not held(envelope)


def test_missing_asks_for_a_staged_block_again_before_it_is_collected(
    services: Services, clock: FakeClock
) -> None:
    staged, pinned = leaf(), folder()
    put(services, ALICE, staged, *pinned)
    services.uploads.pin(ALICE, pinned[-1].cid)
    cids = [staged.cid, *(block.cid for block in pinned)]
    clock.now += 22 * 3600
    assert services.uploads.missing(ALICE, cids) == []
    clock.now += 2 * 3600
    assert services.uploads.missing(ALICE, cids) == [staged.cid]


def test_pin_of_a_raw_block_begins_its_day_anew_and_is_no_pin(
    services: Services, pass_day: Callable[[], None], held: Held
) -> None:
    block = leaf()
    put(services, ALICE, block)
    pass_day()
    assert services.uploads.pin(ALICE, block.cid) == (1, 1169)
    services.retention.collect()
    assert held(block)
    pass_day()
    services.retention.collect()
    assert not held(block)


def test_pin_of_a_directory_by_a_second_account_keeps_one_copy(services: Services, tmp_path: Path) -> None:
    blocks = folder()
    for account in (ALICE, BOB):
        put(services, account, *blocks)
        assert services.uploads.pin(account, blocks[-1].cid).blocks == 2
    assert EmbeddedStore(tmp_path / "content").pins() == {blocks[-1].cid: 1}


def test_missing_of_a_block_that_the_store_lost_asks_for_it(services: Services, tmp_path: Path) -> None:
    block = leaf()
    put(services, ALICE, block)
    for path in (tmp_path / "content" / "blocks").glob(f"*/{block.cid}"):
        path.unlink()
    assert services.uploads.missing(ALICE, [block.cid]) == [block.cid]
    assert services.uploads.missing(ALICE, [Cid.root(block.cid.digest)]) == [Cid.root(block.cid.digest)]
