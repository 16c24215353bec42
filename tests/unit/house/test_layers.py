"""The house rules that a machine can check: layers, sizes of trust, the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "pmr"
BASE = {"types", "errors", "config"}
MAY_IMPORT = {
    "types": {"errors"},
    "errors": set[str](),
    "config": {"errors"},
    "crypto": BASE,
    "content": BASE,
    "chain": BASE,
    "index": BASE | {"crypto", "content", "chain"},
    "client": BASE | {"crypto", "content", "chain", "index"},
    "server": BASE | {"crypto", "content", "chain", "index"},
    "web": BASE | {"crypto", "content", "chain", "index", "server"},
    "cli": BASE | {"crypto", "content", "chain", "index", "server", "client", "web"},
}


def _modules() -> Iterator[Path]:
    return PACKAGE.rglob("*.py")


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", sorted(_modules()), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_of_a_module_run_one_way(path: Path) -> None:
    layer = _layer(path)
    if layer.startswith("__"):
        return
    used = {name.split(".")[1] for name in _imports(path) if name.startswith("pmr.")}
    assert used - {layer} <= MAY_IMPORT[layer], (
        f"{layer} must not import {used - {layer} - MAY_IMPORT[layer]}"
    )


def test_environment_is_read_in_config_alone() -> None:
    readers = {p.name for p in _modules() if "environ" in p.read_text() or "getenv" in p.read_text()}
    assert readers == {"config.py"}


def test_views_touch_no_chain_no_store_and_no_database() -> None:
    forbidden = ("web3", "sqlalchemy", "ipfshttpclient", "pmr.chain", "pmr.content.embedded")
    views = [*(PACKAGE / "web").rglob("*.py")]
    touched = {(p.name, name) for p in views for name in _imports(p) if name.startswith(forbidden)}
    assert touched == set()
