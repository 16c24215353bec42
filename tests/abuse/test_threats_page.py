"""docs/threats.md names every case here, and no test that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text()


def test_threats_page_names_tests_that_exist() -> None:
    named = set(re.findall(r"tests/[a-z_/]+\.py", PAGE))
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_threats_page_names_every_abuse_case() -> None:
    cases = {f"tests/abuse/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    cases.discard(f"tests/abuse/{Path(__file__).name}")
    assert [case for case in sorted(cases) if case not in PAGE] == []
