"""The contracts and their Solidity tests in a folder of their own, and the tools that run them there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
HARDHAT = "node_modules/hardhat/dist/src/cli.js"
needs_node_modules = pytest.mark.skipif(
    not (REPOSITORY / "node_modules").is_dir(), reason="node_modules is missing: make dev"
)


def copy_project(folder: Path) -> Path:
    """Copy what compilers and tests need, so that nothing is written into the repository."""
    for name in ("contracts", "tools", "tests/solidity"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("foundry.toml", "hardhat.config.js", "package.json"):
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    return folder


def forge(project: Path, profile: str, *arguments: str) -> str:
    """Run forge under a profile of `foundry.toml`; give what it said, or fail with it."""
    program = next((REPOSITORY / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge*"))
    return _run(project, {"FOUNDRY_PROFILE": profile}, str(program), *arguments)


def hardhat(project: Path, *arguments: str) -> str:
    """Run Hardhat; give what it said, or fail with it."""
    return _run(project, {}, str(node()), HARDHAT, *arguments)


def node() -> Path:
    """The project's own node, or the one on the path."""
    own = REPOSITORY / ".venv" / "bin" / "node"
    return own if own.exists() else Path(shutil.which("node") or "node")


def _run(project: Path, settings: Mapping[str, str], *command: str) -> str:
    ended = subprocess.run(
        command, cwd=project, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
