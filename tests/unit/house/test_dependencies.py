"""Every dependency is pinned, locked by hash and explained."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NODE = json.loads((ROOT / "package.json").read_text())


def _python() -> dict[str, str]:
    wanted = [*PROJECT["dependencies"], *(d for e in PROJECT["optional-dependencies"].values() for d in e)]
    return dict(re.sub(r"\[.*\]", "", line).split("==") for line in wanted)


def _node() -> dict[str, str]:
    return {**NODE["dependencies"], **NODE["devDependencies"]}


def test_dependencies_page_explains_exactly_what_is_installed() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"^\| ([@a-z0-9/.-]+) \| \S", page, re.MULTILINE)) - {"package"}
    assert explained == _python().keys() | _node().keys()


def test_lock_has_each_python_package_at_its_exact_version() -> None:
    locked = dict(
        re.findall(r"^([a-z0-9-]+)==(\S+) ", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE)
    )
    assert {name: locked.get(name) for name in _python()} == _python()


def test_run_lock_is_a_part_of_the_dev_lock() -> None:
    run, dev = (
        set(re.findall(r"^(\S+==\S+) ", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run
    assert run <= dev


def test_node_versions_are_exact() -> None:
    assert [v for v in _node().values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


def test_lock_files_name_no_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        text = (ROOT / name).read_text()
        assert '"resolved"' not in text
        assert "index-url" not in text
