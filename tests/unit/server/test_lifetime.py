"""How long roots and envelopes stay: for as long as the chain names them, and until that is final."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.embedded import EmbeddedStore
from pmr.errors import ChainUnavailable, IncompleteContent, IndexBehind, NotDeployed, NotFound, StaleHead
from pmr.server.database import open_database
from pmr.server.services import Services
from pmr.server.tables import kept_roots
from pmr.types import Address
from server.conftest import MakeServices
from server.fakes import FakeChain, FakeClock
from server.people import ALICE, BOB, DAY, Held, folder, keep, leaf, put

PassDay = Callable[[], None]


def _held(held: Held, blocks: list[Block]) -> bool:
    answers = {held(block) for block in blocks}
    assert len(answers) == 1, "all of it or nothing"
    return answers.pop()


def test_collect_gives_up_a_pin_that_was_not_registered_within_a_day(
    services: Services, pass_day: PassDay, held: Held
) -> None:
    blocks = folder()
    root = keep(services, ALICE, blocks)
    services.retention.collect()
    assert _held(held, blocks)
    pass_day()
    services.retention.collect()
    assert not _held(held, blocks)
    assert services.uploads.missing(ALICE, [root]) == [root]
    assert services.quota.usage(ALICE).used == 0


def test_pin_again_begins_the_day_of_a_pin_anew(services: Services, clock: FakeClock, held: Held) -> None:
    blocks = folder()
    root = keep(services, ALICE, blocks)
    clock.now += DAY - 100
    services.uploads.pin(ALICE, root)
    clock.now += DAY - 100
    services.retention.collect()
    assert _held(held, blocks)


@pytest.mark.parametrize("registered", ["by nobody", "by another account"])
def test_collect_gives_up_a_pin_that_its_own_account_did_not_register(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held, registered: str
) -> None:
    blocks = folder()
    root = keep(services, ALICE, blocks)
    if registered == "by another account":
        chain.create(BOB, root.digest)
    pass_day()
    services.retention.collect()
    assert not _held(held, blocks)


def test_collect_gives_up_an_earlier_root_once_its_revision_is_final(
    make: MakeServices, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    services, old, new = make(confirmations=3), folder(), folder()
    record = chain.create(ALICE, keep(services, ALICE, old).digest)
    pass_day()
    chain.revise(record, keep(services, ALICE, new).digest)
    for _ in range(3):
        services.retention.collect()
        assert _held(held, old)
        assert services.access.read_block(ALICE, record, old[-1].cid) == old[-1].data
        chain.mine()
    services.retention.collect()
    assert not _held(held, old)
    assert _held(held, new)
    with pytest.raises(NotFound):
        services.access.read_block(ALICE, record, old[-1].cid)


def test_collect_keeps_an_earlier_root_that_was_pinned_within_a_day(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    old, new = folder(), folder()
    record = chain.create(ALICE, keep(services, ALICE, old).digest)
    chain.revise(record, keep(services, ALICE, new).digest)
    pass_day()
    services.uploads.pin(ALICE, old[-1].cid)
    services.retention.collect()
    assert _held(held, old)


def test_collect_keeps_a_root_that_a_reorganisation_makes_current_again(
    make: MakeServices, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    services, old, new = make(confirmations=3), folder(), folder()
    record = chain.create(ALICE, keep(services, ALICE, old).digest)
    pass_day()
    chain.mine(5)
    chain.revise(record, keep(services, ALICE, new).digest)
    services.retention.collect()
    chain.reorganise(1)
    chain.roots[record] = old[-1].cid.digest
    chain.mine(10)
    pass_day()
    services.retention.collect()
    assert _held(held, old)
    assert services.access.read_block(ALICE, record, old[-1].cid) == old[-1].data


def test_collect_keeps_a_root_that_stands_in_another_record_still(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    blocks = folder()
    root = keep(services, ALICE, blocks).digest
    revised, other = chain.create(ALICE, root), chain.create(ALICE, root)
    chain.revise(revised, keep(services, ALICE, folder()).digest)
    pass_day()
    services.retention.collect()
    assert _held(held, blocks)
    assert services.access.read_block(ALICE, other, blocks[-1].cid) == blocks[-1].data


def test_collect_keeps_leaves_that_an_adopted_copy_shares(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    image = os.urandom(3000)
    theirs, mine = folder(image), folder(image)
    record = chain.create(ALICE, keep(services, ALICE, theirs).digest)
    own = chain.create(BOB, keep(services, BOB, mine).digest)
    chain.revise(record, keep(services, ALICE, folder()).digest)
    pass_day()
    services.retention.collect()
    assert not held(theirs[-1])
    assert _held(held, mine)
    for block in mine:
        assert services.access.read_block(BOB, own, block.cid) == block.data


def test_collect_of_a_root_that_two_accounts_keep_waits_for_both(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    blocks = folder()
    for account in (ALICE, BOB):
        keep(services, account, blocks)
    record = chain.create(BOB, blocks[-1].cid.digest)
    pass_day()
    services.retention.collect()
    assert _held(held, blocks)
    assert services.quota.usage(ALICE).used == 0
    chain.revise(record, os.urandom(32))
    services.retention.collect()
    assert not _held(held, blocks)


# --- envelopes


def test_collect_gives_up_an_envelope_once_its_revocation_is_final(
    make: MakeServices, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    services, envelope = make(confirmations=2), leaf()
    put(services, ALICE, envelope)
    record = chain.create(ALICE, os.urandom(32))
    chain.grant(record, BOB, envelope.cid.digest)
    pass_day()
    chain.revoke(record, BOB)
    for kept in (True, True, False):
        services.retention.collect()
        assert held(envelope) is kept
        chain.mine()


def test_collect_gives_up_an_envelope_when_its_grant_has_ended(
    services: Services, chain: FakeChain, clock: FakeClock, pass_day: PassDay, held: Held
) -> None:
    envelope = leaf()
    put(services, ALICE, envelope)
    record = chain.create(ALICE, os.urandom(32))
    chain.grant(record, BOB, envelope.cid.digest, expires_at=clock.now + 2 * DAY)
    pass_day()
    services.retention.collect()
    assert held(envelope)
    clock.now += DAY
    services.retention.collect()
    assert not held(envelope)


# --- when the chain cannot be believed


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (lambda chain: setattr(chain, "away", True), ChainUnavailable),
        (lambda chain: setattr(chain, "deployed", False), NotDeployed),
        (lambda chain: setattr(chain, "head_timestamp", 0), StaleHead),
    ],
)
def test_collect_deletes_nothing_while_the_chain_cannot_be_believed(  # noqa: PLR0913 - fixtures
    make: MakeServices,
    chain: FakeChain,
    pass_day: PassDay,
    held: Held,
    *,
    trouble: Callable[[FakeChain], None],
    error: type[Exception],
) -> None:
    services, blocks = make(max_head_age=60), folder()
    keep(services, ALICE, blocks)
    pass_day()
    chain.head_timestamp = chain.clock.now
    trouble(chain)
    with pytest.raises(error):
        services.retention.collect()
    assert _held(held, blocks)


def test_collect_deletes_nothing_by_an_index_that_is_not_complete(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    """A follower that is told to stop ends in the middle: what it has not read looks unregistered."""
    blocks = folder()
    chain.create(ALICE, keep(services, ALICE, blocks).digest)
    pass_day()
    services.follower.close()
    with pytest.raises(IndexBehind):
        services.retention.collect()
    assert _held(held, blocks)


# --- after an interruption


class PowerCut(BaseException):
    """Ends everything at once."""


def _cut(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """Have the power go before or after the store pins or unpins."""
    real: Callable[..., object] = getattr(EmbeddedStore, name)

    def cut(self: EmbeddedStore, *given: object) -> object:
        if after:
            real(self, *given)
        raise PowerCut

    monkeypatch.setattr(EmbeddedStore, name, cut)


@pytest.mark.parametrize("after", [False, True])
def test_pin_that_was_cut_off_is_ended_by_the_collector_or_a_repeat(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    chain: FakeChain,
    tmp_path: Path,
    pass_day: PassDay,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    *,
    after: bool,
) -> None:
    store, registered, repeated = EmbeddedStore(tmp_path / "content"), folder(), folder()
    with monkeypatch.context() as cut:
        _cut(cut, "_pin", after=after)
        for blocks in (registered, repeated):
            with pytest.raises(PowerCut):
                keep(services, ALICE, blocks)
    for blocks in (registered, repeated):
        chain.create(ALICE, blocks[-1].cid.digest)
    services.uploads.pin(ALICE, repeated[-1].cid)
    for _ in range(2):
        pass_day()
        services.retention.collect()
        assert _held(held, registered)
        assert _held(held, repeated)
    assert store.pins()[registered[-1].cid] == 1


@pytest.mark.parametrize("after", [False, True])
def test_unpin_that_was_cut_off_is_ended_by_the_collector(  # noqa: PLR0913 - fixtures
    services: Services,
    tmp_path: Path,
    pass_day: PassDay,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    *,
    after: bool,
) -> None:
    blocks = folder()
    keep(services, ALICE, blocks)
    pass_day()
    with monkeypatch.context() as cut:
        _cut(cut, "_unpin", after=after)
        with pytest.raises(PowerCut):
            services.retention.collect()
    pass_day()
    services.retention.collect()
    services.retention.collect()
    assert not _held(held, blocks)
    assert EmbeddedStore(tmp_path / "content").pins() == {}


def test_pin_of_something_that_is_being_given_up_keeps_it(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    chain: FakeChain,
    tmp_path: Path,
    pass_day: PassDay,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocks = folder()
    keep(services, ALICE, blocks)
    pass_day()
    real = EmbeddedStore._unpin

    def pinned_meanwhile(self: EmbeddedStore, root: object) -> bool:
        monkeypatch.undo()
        put(services, ALICE, *blocks)
        services.uploads.pin(ALICE, blocks[-1].cid)
        return real(self, blocks[-1].cid)

    monkeypatch.setattr(EmbeddedStore, "_unpin", pinned_meanwhile)
    services.retention.collect()
    assert EmbeddedStore(tmp_path / "content").pins() == {blocks[-1].cid: 1}
    record = chain.create(ALICE, blocks[-1].cid.digest)
    pass_day()
    services.retention.collect()
    assert _held(held, blocks)
    assert services.access.read_block(ALICE, record, blocks[0].cid) == blocks[0].data


def test_pin_of_the_same_root_by_two_accounts_at_once_is_one_pin_of_the_store(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = folder()
    real = EmbeddedStore._pin

    def both(self: EmbeddedStore, root: Cid) -> None:
        monkeypatch.undo()
        keep(services, BOB, blocks)
        real(self, root)

    monkeypatch.setattr(EmbeddedStore, "_pin", both)
    keep(services, ALICE, blocks)
    assert EmbeddedStore(tmp_path / "content").pins() == {blocks[-1].cid: 1}


def test_release_of_a_pin_that_was_just_made_anew_leaves_it(
    services: Services, clock: FakeClock, pass_day: PassDay
) -> None:
    root = keep(services, ALICE, folder())
    pass_day()

    def pin_again(account: Address, pinned: Cid) -> bool:
        services.uploads.pin(account, pinned)
        return True

    services.uploads._pins.release(clock.now - DAY, pin_again)
    assert services.quota.usage(ALICE).used > 0
    assert services.uploads.missing(ALICE, [root]) == []


def test_pin_that_the_store_refuses_leaves_nothing(services: Services, held: Held) -> None:
    wrong = Block.of(RAW, b"not the bytes that the place demands")
    blocks = folder(b"as long as the other, but not it is!")
    link = next(b for b in blocks if b.data == b"as long as the other, but not it is!")
    forged = Block.of(blocks[-1].cid.codec, blocks[-1].data.replace(link.cid.digest, wrong.cid.digest))
    assert len(wrong.data) == len(link.data)
    put(services, ALICE, *blocks, forged)
    with pytest.raises(IncompleteContent):
        services.uploads.pin(ALICE, forged.cid)
    used = services.quota.usage(ALICE).used
    put(services, ALICE, wrong)
    services.uploads.pin(ALICE, forged.cid)
    assert services.quota.usage(ALICE).used == used + 4096


def test_collect_keeps_what_the_operator_imported(
    services: Services, tmp_path: Path, pass_day: PassDay, held: Held
) -> None:
    blocks, store = folder(), EmbeddedStore(tmp_path / "content")
    store.put(blocks)
    store.pin(blocks[-1].cid)
    keep(services, ALICE, blocks)
    pass_day()
    services.retention.collect()
    assert services.uploads.missing(ALICE, [blocks[0].cid]) == [blocks[0].cid]
    assert _held(held, blocks)


def test_collect_ends_what_was_coming_for_nobody(services: Services, tmp_path: Path) -> None:
    blocks = folder()
    services.retention.collect()
    row = {"root": blocks[-1].cid.encode(), "state": "coming", "changed_at": 0}
    engine = open_database(f"sqlite:///{tmp_path / 'server.sqlite'}")
    with engine.begin() as connection:
        connection.execute(insert(kept_roots), row)
    put(services, ALICE, *blocks)
    services.retention.collect()
    with engine.begin() as connection:
        assert connection.execute(update(kept_roots).values(state="x")).rowcount == 0
    assert EmbeddedStore(tmp_path / "content").pins() == {}
