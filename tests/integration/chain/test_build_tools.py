"""Hardhat and forge give the very bytecode that is shipped."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pmr.chain.artifact import NAMES, load

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]
CONFIGURATION = ("hardhat.config.js", "foundry.toml", "package.json")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as far as the compilers need it, so that nothing is written into it."""
    for name in ("contracts", "tools"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    for name in CONFIGURATION:
        shutil.copy(REPOSITORY / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (tmp_path / ".venv").symlink_to(REPOSITORY / ".venv")
    return tmp_path


def run(copy: Path, *command: str) -> None:
    ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def assert_same(folder: Path, bytecode: str) -> None:
    for name in NAMES:
        (path,) = (found for found in folder.rglob(f"{name}.json") if found.parent.name == f"{name}.sol")
        found = json.loads(path.read_text())
        for key in bytecode.split("."):
            found = found[key]
        assert found == "0x" + load(name).bytecode.hex()


def test_hardhat_compiles_the_shipped_bytecode_offline(copy: Path) -> None:
    node = REPOSITORY / ".venv" / "bin" / "node"
    run(copy, str(node), "node_modules/hardhat/dist/src/cli.js", "compile")
    assert_same(copy / "artifacts", "bytecode")


def test_forge_compiles_the_shipped_bytecode_offline(copy: Path) -> None:
    program = next((REPOSITORY / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge*"))
    run(copy, str(program), "build")
    assert_same(copy / "out", "bytecode.object")
