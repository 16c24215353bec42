"""Uploads, pins, registrations, collections and reorganisations at once lose nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pmr.content.embedded import EmbeddedStore
from pmr.server.quota import LEAST
from pmr.server.services import Bounds, Services
from pmr.types import Address, parse_address
from server.conftest import MakeServices
from server.fakes import make_services
from server.hospital import DAY, Hospital, SharedChain, live_envelopes, needed_at_the_end

ACCOUNTS = [parse_address("0x" + digit * 40) for digit in "123"]


@pytest.mark.parametrize("seconds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_doings_at_once_lose_nothing_that_the_chain_names(
    tmp_path: Path, make: MakeServices, seconds: int
) -> None:
    chain = SharedChain()
    services = make_services(
        tmp_path, chain, lambda: int(time.time()), bounds=Bounds(staged_seconds=DAY), confirmations=4
    )
    hospital = Hospital(services, chain, time.monotonic() + seconds)
    hospital.play(ACCOUNTS)
    collected = _collect_until_nothing_goes(services, hospital)

    store, needed = EmbeddedStore(tmp_path / "content"), needed_at_the_end(hospital)
    assert len(chain.roots) > 10
    assert collected > 10
    assert [cid for cid, block in needed.items() if not store.has(cid) or store.get(cid) != block.data] == []
    for record, root in chain.roots.items():
        if root not in hospital.late:
            for block in hospital.pinned[record.owner, root].blocks:
                assert services.access.read_block(record.owner, record, block.cid) == block.data
    if not hospital.late:
        assert set(store.cids()) == set(needed), "and nothing else is left"
        assert [services.quota.usage(who).used for who in ACCOUNTS] == [_cost(hospital, a) for a in ACCOUNTS]
    services.close()


def _collect_until_nothing_goes(services: Services, hospital: Hospital) -> int:
    hospital.chain.mine(10)
    time.sleep(DAY + 2)
    return hospital.collected + services.retention.collect().blocks


def _cost(hospital: Hospital, account: Address) -> int:
    roots = [root for record, root in hospital.chain.roots.items() if record.owner == account]
    held = {block.cid: block for root in roots for block in hospital.pinned[account, root].blocks}
    held |= {block.cid: block for owner, block in live_envelopes(hospital) if owner == account}
    return sum(max(len(block.data), LEAST) for block in held.values())
