"""Generated pages are what their generators give."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from pmr.config import Config
from pmr.errors import ContractError, PmrError

ROOT = Path(__file__).resolve().parents[3]


def _page(script: str) -> str:
    command = [sys.executable, "-c", f"from scripts.{script} import page; print(page(), end='')"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_configuration_page_is_what_the_generator_gives() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == _page("make_config_docs")


def test_errors_page_is_what_the_generator_gives() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == _page("make_error_docs"), "Run `make docs`."


def test_description_of_the_api_is_what_the_generator_gives() -> None:
    assert (ROOT / "pmr" / "web" / "openapi.json").read_text() == _page("make_openapi"), "Run `make docs`."


def test_errors_page_has_one_anchor_for_each_problem() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    assert sorted(re.findall(r'<a id="([^"]*)">', page)) == sorted(kind.slug() for kind in _tree(PmrError))


def _tree(kind: type[PmrError]) -> list[type[PmrError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _tree(child))]


@pytest.mark.integration
def test_contracts_page_is_what_the_generator_gives() -> None:
    assert (ROOT / "docs" / "contracts.md").read_text() == _page("make_contract_docs"), "Run `make docs`."


def test_contracts_page_links_to_anchors_of_the_errors_page() -> None:
    linked = re.findall(r"errors\.md#([\w-]+)", (ROOT / "docs" / "contracts.md").read_text())
    assert set(linked) == {kind.slug() for kind in ContractError.__subclasses__()}


def test_configuration_page_names_every_setting() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert [f.name for f in fields(Config) if f"| `{f.name}` |" not in page] == []
