"""What people pay. The snapshot is measured on anvil and compared here with another EVM."""

import json
import runpy
from pathlib import Path

import pytest
from chain.in_process import Chain

ROOT = Path(__file__).parents[3]
MEASURES = runpy.run_path(str(ROOT / "scripts" / "snapshot_gas.py"))
SNAPSHOT = json.loads((ROOT / "snapshots" / "gas.json").read_text("utf8"))
MOST = {
    "create": 51_900,
    "grant": 55_900,
    "revoke": 31_800,
    "revise": 32_500,
    "regrant": 33_500,
    "create_batch_100": 28_300,
    "grant_batch_100": 30_300,
}


def test_gas_is_to_the_unit_what_the_snapshot_says(chain: Chain) -> None:
    measured = MEASURES["measure"](chain.w3, chain.deployment)
    assert measured == SNAPSHOT, "gas changed; if that is meant, run: python scripts/snapshot_gas.py"


@pytest.mark.parametrize("call", MOST)
def test_gas_of_a_call_stays_within_its_bound(call: str) -> None:
    assert SNAPSHOT[call] <= MOST[call]


def test_gas_of_one_record_for_100_readers_is_what_the_page_says(chain: Chain) -> None:
    measured = MEASURES["measure_circle"](chain.w3, chain.deployment)
    assert f"{measured:,} a grant" in (ROOT / "snapshots" / "README.md").read_text("utf8")
