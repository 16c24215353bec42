"""Each of twenty faults in the contracts is noticed by a test in tests/solidity."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "mutate.py"))


def test_mutants_of_the_list_are_twenty_that_apply(script: dict[str, Any]) -> None:
    listed = script["mutants"]()
    changed = {m.apply((ROOT / "contracts" / m.file).read_text()) for m in listed}
    assert len({m.name for m in listed}) == len(changed) == 20


@pytest.mark.slow
def test_survivors_of_all_mutants_are_none(script: dict[str, Any]) -> None:
    assert [mutant.name for mutant in script["survivors"](script["mutants"]())] == []
