"""The Solidity tests run every line of the contracts, and take every branch."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from solidity_project import copy_project, forge, needs_node_modules

pytestmark = [pytest.mark.integration, pytest.mark.slow, needs_node_modules]

# Interfaces have no code, and Forwarder.sol is one import.
WITH_CODE = {
    "contracts/KeyDirectory.sol",
    "contracts/RecordRegistry.sol",
    "contracts/Sponsored.sol",
    "contracts/types/Grant.sol",
    "contracts/types/RecordId.sol",
}


def read_lcov(text: str) -> Iterator[tuple[str, str, bool]]:
    """Give file, line or branch, and whether it was reached.

    The records are those of geninfo(1): `SF:file`, `DA:line,count`, `BRDA:line,block,branch,count or -`.
    """
    file = ""
    for record in text.splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            file = value
        elif kind in ("DA", "BRDA"):
            yield file, record, value.rpartition(",")[2] not in ("0", "-")


def test_coverage_of_the_contracts_is_complete(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    forge(project, "coverage", "coverage", "--report", "lcov")
    records = list(read_lcov((project / "lcov.info").read_text()))
    ours = [record for record in records if record[0].startswith("contracts/")]
    assert {file for file, _, _ in ours} == WITH_CODE
    assert [(file, what) for file, what, reached in ours if not reached] == []
    assert sum(what.startswith("BRDA") for _, what, _ in ours) >= 20, "branches were counted"


def test_every_contract_with_code_is_named() -> None:
    root = Path(__file__).parents[3]
    found = {path.relative_to(root).as_posix() for path in (root / "contracts").rglob("*.sol")}
    bare = {name for name in found if "/interfaces/" in name} | {"contracts/Forwarder.sol"}
    assert found - bare == WITH_CODE
