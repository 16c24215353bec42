"""What others do, by the thousand, changes neither what a call costs nor what a page gives."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from anvil_chain import AnvilChain
from contracts.any_chain import undone

from pmr.chain.registry import RecordRegistry
from pmr.types import RecordId

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
GAS = runpy.run_path(str(ROOT / "scripts" / "snapshot_gas.py"))
SNAPSHOT = json.loads((ROOT / "snapshots" / "gas.json").read_text("utf8"))
AT_ONCE = 500


def meter(chain: AnvilChain, who: int) -> Any:
    """What measures the calls of somebody, by number."""
    return GAS["Meter"](chain.w3, chain.deployment, chain.wallets[who].address)


def flood(chain: AnvilChain, who: int, reader: int, first: int, last: int) -> None:
    """Let somebody register records at these positions and share all with a reader."""
    for start in range(first, last, AT_ONCE):
        count = min(AT_ONCE, last - start)
        meter(chain, who).create_many(start, count)
        meter(chain, who).grant_many(start, count, chain.wallets[reader].address)


def test_gas_is_the_same_before_and_after_the_records_of_others(anvil: AnvilChain) -> None:
    with undone(anvil):
        assert GAS["measure"](anvil.w3, anvil.deployment) == SNAPSHOT
    flood(anvil, who=2, reader=1, first=0, last=1000)
    flood(anvil, who=3, reader=1, first=0, last=1000)
    assert GAS["measure"](anvil.w3, anvil.deployment) == SNAPSHOT


def test_shared_by_finds_an_owner_in_an_inbox_that_2000_others_flooded(anvil: AnvilChain) -> None:
    registry, block = RecordRegistry(anvil.w3, anvil.deployment), anvil.w3.eth.block_number
    owner, reader = anvil.wallets[0].address, anvil.wallets[1].address
    flood(anvil, who=0, reader=1, first=0, last=3)
    flood(anvil, who=2, reader=1, first=0, last=2000)
    flood(anvil, who=0, reader=1, first=3, last=5)
    wanted = [RecordId(owner, position) for position in range(5)]
    page, after = registry.shared_by(owner, reader, 0, 50)
    assert ([row.id for row in page], after) == (wanted, None)
    inbox = [row.id for row in registry.all_shared_with(reader, anvil.w3.eth.block_number)]
    others = [RecordId(anvil.wallets[2].address, position) for position in range(2000)]
    assert inbox == [*wanted[:2:-1], *others[::-1], *wanted[2::-1]]
    assert list(registry.all_shared_with(reader, block)) == []


def test_page_of_dead_grants_costs_its_steps_and_no_more(anvil: AnvilChain) -> None:
    flood(anvil, who=2, reader=1, first=0, last=1000)
    mallory, reader = meter(anvil, 2), anvil.wallets[1].address
    mallory.spend_batch("revoke", [(mallory.word(position), reader) for position in range(1000)])
    for limit in (1, 10, 50):
        costs = {mallory.spend("sharedWith", reader, mallory.word(place), limit) for place in (999, 700, 400)}
        assert len(costs) == 1
        assert costs.pop() < 40_000 + limit * 4 * 3_000


@pytest.mark.parametrize("running_anvil", ["prague"], indirect=True)
@pytest.mark.parametrize("total", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_pages_cost_the_same_at_100_and_at_many_records(anvil: AnvilChain, total: int) -> None:
    owner, reader = meter(anvil, 0), anvil.wallets[1].address
    flood(anvil, who=0, reader=1, first=0, last=100)
    few = pages(owner, reader, 100)
    flood(anvil, who=0, reader=1, first=100, last=total)
    for view, costs in pages(owner, reader, total).items():
        for cost in costs:
            assert abs(cost - few[view][0]) <= few[view][0] // 100


def pages(owner: Any, reader: str, total: int) -> dict[str, list[int]]:
    """Gas of a page of 50 from the beginning, the middle and the end of each list."""
    places = (0, total // 2, total - 50)
    return {
        "recordsOf": [owner.spend("recordsOf", owner.owner, place, 50) for place in places],
        "sharedBy": [owner.spend("sharedBy", owner.owner, reader, place, 50) for place in places],
        "sharedWith": [owner.spend("sharedWith", reader, owner.word(place + 49), 50) for place in places],
    }
