"""Generated pages are what their generators give."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from pmr.config import Config

ROOT = Path(__file__).resolve().parents[3]


def _printed(expression: str) -> str:
    command = [sys.executable, "-c", f"from scripts.make_config_docs import *; print({expression}, end='')"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_configuration_page_is_what_the_generator_gives() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == _printed("page()")


def test_configuration_page_names_every_setting() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert [f.name for f in fields(Config) if f"| `{f.name}` |" not in page] == []
