"""The wheel carries everything that a hospital needs, and nothing that needs a compiler."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {
    "pmr/chain/artifacts/RecordRegistry.json",
    "pmr/chain/artifacts/KeyDirectory.json",
    "pmr/chain/artifacts/ERC2771Forwarder.json",
    "pmr/chain/artifacts/lock.json",
    "pmr/chain/artifacts/standard-input.json",
    "pmr/chain/networks.toml",
    "pmr/server/migrations/env.py",
    "pmr/web/static/index.html",
}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return set(zipfile.ZipFile(next(folder.glob("*.whl"))).namelist())


def test_wheel_has_contracts_migrations_and_pages(names: set[str]) -> None:
    assert names >= NEEDED


def test_wheel_has_no_tests_and_no_state(names: set[str]) -> None:
    assert [n for n in names if n.startswith(("tests/", ".pmr/")) or "__pycache__" in n] == []
