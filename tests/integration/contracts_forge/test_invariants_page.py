"""Each invariant names tests that are there, and each Solidity invariant stands in the list."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "contracts" / "INVARIANTS.md").read_text("utf8")
ROW = re.compile(r"^\| ([IKB]\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`((?:test|testFuzz|invariant|check)_\w+)`")


def defined() -> set[str]:
    files = [*(REPOSITORY / "tests").rglob("*.sol"), *(REPOSITORY / "tests").rglob("test_*.py")]
    names = re.compile(r"(?:def|function) ((?:test|testFuzz|invariant|check)_\w+)")
    return {name for file in files for name in names.findall(file.read_text("utf8"))}


def test_every_invariant_names_tests_that_exist() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) >= 19
    without = [number for number, _, tests in rows if not TEST.search(tests)]
    assert without == []
    assert set(TEST.findall(PAGE)) - defined() == set()


def test_every_solidity_invariant_is_in_the_list() -> None:
    held = {name for name in defined() if name.startswith("invariant_")}
    assert held - set(TEST.findall(PAGE)) == set()


def test_invariants_are_numbered_without_gaps() -> None:
    for letter in "IKB":
        numbers = [int(row[0][1:]) for row in ROW.findall(PAGE) if row[0][0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))
