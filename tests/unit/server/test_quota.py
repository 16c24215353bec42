"""What an account may keep: every block once, exactly, whoever sends how much at once."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW
from pmr.content.dag_pb import Link, encode_node
from pmr.content.shape import dag_size_of, file_data
from pmr.content.unixfs import encode_directory
from pmr.errors import BadBlock, IncompleteContent, QuotaExceeded, StorageFull
from pmr.server.quota import LEAST, Usage
from pmr.server.services import Bounds, Services
from pmr.server.space import free_on_disk
from pmr.types import Address
from server.conftest import MakeServices
from server.fakes import FakeChain
from server.people import ALICE, BOB, Held, folder, keep, leaf, put

MIB = 1 << 20
PassDay = Callable[[], None]


def used(services: Services, account: Address = ALICE) -> int:
    return services.quota.usage(account).used


def cost(*blocks: Block) -> int:
    """The rule of docs/api.md: each block once, and as at least 4,096 bytes."""
    return sum(max(len(block.data), LEAST) for block in {block.cid: block for block in blocks}.values())


def of(size: int) -> Block:
    return Block.of(RAW, os.urandom(size))


def test_put_of_the_same_blocks_again_costs_nothing(services: Services) -> None:
    blocks = [of(100_000), leaf()]
    assert used(services) == 0
    for _ in range(2):
        put(services, ALICE, *blocks, blocks[0])
        assert used(services) == 100_000 + LEAST
    assert used(services, BOB) == 0


def test_pin_of_what_was_uploaded_costs_nothing_more(services: Services) -> None:
    blocks = folder(os.urandom(50_000))
    put(services, ALICE, *blocks)
    before = used(services)
    services.uploads.pin(ALICE, blocks[-1].cid)
    services.uploads.pin(ALICE, blocks[-1].cid)
    assert used(services) == before == cost(*blocks)


def test_usage_of_registered_records_stays_and_that_of_staged_blocks_ends(
    services: Services, chain: FakeChain, pass_day: PassDay
) -> None:
    blocks, envelope = folder(os.urandom(50_000)), leaf()
    record = chain.create(ALICE, keep(services, ALICE, blocks).digest)
    put(services, ALICE, of(30_000), envelope)
    chain.grant(record, BOB, envelope.cid.digest)
    pass_day()
    services.retention.collect()
    assert used(services) == cost(*blocks, envelope)
    chain.revise(record, os.urandom(32))
    services.retention.collect()
    assert used(services) == cost(envelope)


def test_pin_of_adopted_blocks_costs_their_adopter(make: MakeServices, chain: FakeChain, held: Held) -> None:
    image = os.urandom(100_000)
    theirs, mine = folder(image), folder(image)
    services = make(bounds=Bounds(quota_bytes=cost(*theirs) + LEAST - 1))
    record = chain.create(ALICE, keep(services, ALICE, theirs).digest)
    chain.grant(record, BOB, leaf().cid.digest)
    own = [block for block in mine if block.data != image]
    put(services, BOB, *own)
    assert services.uploads.missing(BOB, [block.cid for block in mine]) == []
    services.uploads.pin(BOB, mine[-1].cid)
    assert used(services, BOB) == cost(*mine)
    with pytest.raises(QuotaExceeded):
        put(services, BOB, leaf())


def test_put_beyond_the_quota_stores_nothing_of_it(make: MakeServices, held: Held) -> None:
    services = make(bounds=Bounds(quota_bytes=100_000))
    kept, small, large = of(90_000), of(5000), of(10_001)
    put(services, ALICE, kept)
    with pytest.raises(QuotaExceeded, match="90000 of 100000 bytes are used, and this takes 15001 more"):
        put(services, ALICE, small, large)
    assert (held(kept), held(small), held(large)) == (True, False, False)
    assert services.uploads.missing(ALICE, [small.cid]) == [small.cid]
    put(services, ALICE, kept, small, of(5000))
    assert services.quota.usage(ALICE) == Usage(100_000, 100_000)
    put(services, BOB, large)


def test_put_when_the_quota_was_lowered_takes_what_is_there_already(
    make: MakeServices, chain: FakeChain
) -> None:
    block = of(90_000)
    put(make(), ALICE, block)
    lowered = make(bounds=Bounds(quota_bytes=1000))
    put(lowered, ALICE, block)
    with pytest.raises(QuotaExceeded):
        put(lowered, ALICE, leaf())


def test_put_from_many_threads_at_once_never_goes_beyond_the_quota(make: MakeServices) -> None:
    services = make(bounds=Bounds(quota_bytes=7 * LEAST))
    same = leaf()

    def send(number: int) -> bool:
        try:
            put(services, ALICE, same if number % 2 else leaf())
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(send, range(24)))
    assert sum(taken[0::2]) == 6
    assert used(services) == 7 * LEAST


def test_usage_is_what_the_account_holds_whatever_was_done(
    services: Services, chain: FakeChain, pass_day: PassDay, held: Held
) -> None:
    """Random doings; afterwards what is counted is what can be found of each account's."""
    dice = random.Random(7)
    image, sent = os.urandom(9000), dict[Address, list[list[Block]]]([(ALICE, []), (BOB, [])])
    records = []
    for _ in range(40):
        account = dice.choice([ALICE, BOB])
        blocks = dice.choice(sent[account]) if sent[account] and dice.random() < 0.5 else folder(image)
        sent[account].append(blocks)
        match dice.randrange(6):
            case 0 | 1:
                put(services, account, *blocks)
            case 2 | 3:
                records.append(chain.create(account, keep(services, account, blocks).digest))
            case 4 if records:
                chain.revise(dice.choice(records), os.urandom(32))
            case _:
                pass_day()
                services.retention.collect()
    pass_day()
    services.retention.collect()
    for account, folders in sent.items():
        mine = {chain.roots[record] for record in records if record.owner == account}
        kept = [block for blocks in folders if blocks[-1].cid.digest in mine for block in blocks]
        assert used(services, account) == cost(*kept)
        assert all(map(held, kept))


def test_put_on_a_disk_that_is_nearly_full_is_refused_and_reads_go_on(
    make: MakeServices, chain: FakeChain, held: Held
) -> None:
    room = [10 * MIB]
    services = make(bounds=Bounds(min_free_bytes=5 * MIB, free=lambda: room[0]))
    blocks = folder()
    record = chain.create(ALICE, keep(services, ALICE, blocks).digest)
    assert services.readiness.check()["space"] == "ok"
    room[0], refused = 5 * MIB + 4999, of(5000)
    with pytest.raises(StorageFull):
        put(services, ALICE, refused)
    assert not held(refused)
    room[0] = MIB
    for account in (ALICE, BOB):  # told alike, whether the blocks are there already or not
        with pytest.raises(StorageFull):
            put(services, account, *blocks)
    assert services.readiness.check()["space"] == StorageFull.sentence
    assert services.access.read_block(ALICE, record, blocks[0].cid) == blocks[0].data
    services.uploads.pin(ALICE, blocks[-1].cid)


def test_free_on_disk_of_a_folder_that_is_not_there_yet_is_that_of_its_disk(tmp_path: Path) -> None:
    assert free_on_disk(tmp_path / "not" / "there") > 0


def test_pin_of_a_node_that_names_very_many_blocks_stops_at_the_first_that_lacks(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = services.uploads._possession.lacking

    def counted(account: Address, cids: list[object]) -> object:
        asked.append(len(cids))
        return real(account, cids)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr("pmr.server.quota.BATCH", 2)
    monkeypatch.setattr(services.uploads._possession, "lacking", counted)
    many = folder(*(os.urandom(10) for _ in range(50)))
    put(services, ALICE, many[-1])
    with pytest.raises(IncompleteContent):
        services.uploads.pin(ALICE, many[-1].cid)
    assert asked == [1, 1, 2]


def _terabytes(files: int) -> list[Block]:
    """A directory of files of a tebibyte each, in four blocks: every node links one child over and over."""
    leaf, size = Block.of(RAW, bytes(1 << 20)), 1 << 20
    blocks, below = [leaf], Link(leaf.cid, dag_size_of(size, 0), "")
    for height in (1, 2):
        size *= 1024
        node = Block.of(DAG_PB, encode_node([below] * 1024, file_data(size, [size // 1024] * 1024)))
        below = Link(node.cid, dag_size_of(size, height), "")
        blocks.append(node)
    return [*blocks, encode_directory({str(number): below for number in range(files)})]


def test_pin_of_few_blocks_that_state_very_many_bytes_is_refused(make: MakeServices) -> None:
    services, blocks = make(bounds=Bounds(quota_bytes=1 << 40)), _terabytes(1)
    put(services, ALICE, *blocks)
    with pytest.raises(QuotaExceeded, match="states 10995"):
        services.uploads.pin(ALICE, blocks[-1].cid)


def test_pin_of_few_blocks_that_state_very_many_bytes_costs_what_they_take(services: Services) -> None:
    blocks = _terabytes(100)
    put(services, ALICE, *blocks)
    assert services.uploads.pin(ALICE, blocks[-1].cid).blocks == 4
    assert used(services) == cost(*blocks)


def test_pin_of_a_file_without_a_directory_is_refused(services: Services) -> None:
    blocks = _terabytes(1)
    put(services, ALICE, *blocks)
    with pytest.raises(BadBlock, match="not a directory"):
        services.uploads.pin(ALICE, blocks[-2].cid)
