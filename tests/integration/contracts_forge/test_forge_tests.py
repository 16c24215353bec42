"""The Solidity tests pass in forge and Hardhat, on the oldest EVM that is supported and on that of today."""

import re
import secrets
from pathlib import Path

import pytest
from solidity_project import copy_project, forge, hardhat, needs_node_modules

pytestmark = [pytest.mark.integration, needs_node_modules]

ALL = re.compile(r"Ran \d+ test suites in .*: (\d+) tests passed, 0 failed, 0 skipped")


def assert_all_passed(said: str, evm: str) -> None:
    found = ALL.search(said)
    assert found is not None, said
    assert int(found[1]) > 90, "most tests were not there"
    assert f"Logs:\n  {evm}\n" in said, f"they did not run on {evm}"


def test_forge_tests_pass_on_london_and_prague(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    assert_all_passed(forge(project, "default", "test", "-vv"), "london")
    assert_all_passed(forge(project, "prague", "test", "-vv"), "prague")


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "evm"), [("deep", "london"), ("deep_prague", "prague")])
def test_forge_tests_pass_with_many_random_runs(tmp_path: Path, profile: str, evm: str) -> None:
    seed = hex(secrets.randbits(64))  # forge says it when a test fails
    said = forge(copy_project(tmp_path), profile, "test", "-vv", "--fuzz-seed", seed)
    assert_all_passed(said, evm)


@pytest.mark.slow
def test_hardhat_tests_pass(tmp_path: Path) -> None:
    said = hardhat(copy_project(tmp_path), "test")
    found = re.search(r"(\d+) passing", said)
    assert found is not None, said
    assert int(found[1]) > 90, said
