"""Break the contracts in the twenty ways of tests/mutants/mutants.toml; the forge tests must notice each.

Works on a copy, compiled without the optimizer for speed. Leaves out the tests of costs, for a mutant must
die of what it does and not of its gas, and the long random walks, for plain tests must suffice. The copy as
it is must pass first, or else the deaths mean nothing.

Usage: python scripts/mutate.py [NAME ...]    (needs `make dev`)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "mutants" / "mutants.toml"
SETTINGS = {"FOUNDRY_VIA_IR": "false", "FOUNDRY_OPTIMIZER": "false"}
LEFT_OUT = ("Costs.t.sol", "Invariants.t.sol")
MOST_SECONDS = 120  # for one run; a mutant that walks for ever is noticed too
FAILED_TEST = re.compile(r"^\[FAIL.*\] (\w+)\(", re.MULTILINE)
ALL_PASSED = re.compile(r"[1-9]\d* tests passed, 0 failed")


class MutationError(Exception):
    """A sentence for the person who typed the command."""


@dataclass(frozen=True)
class Mutant:
    """A fault: in `file` of contracts/, `was` turns into `becomes`; `why` says what it would break."""

    name: str
    file: str
    was: str
    becomes: str
    why: str

    def apply(self, source: str) -> str:
        """Give the faulty source; raise `MutationError` unless the text stands there exactly once."""
        if source.count(self.was) != 1:
            raise MutationError(
                f"{self.name}: its text stands {source.count(self.was)} times in {self.file}."
            )
        return source.replace(self.was, self.becomes)


def mutants() -> list[Mutant]:
    """Read the list."""
    entries = tomllib.loads(LIST.read_text())["mutant"]
    return [Mutant(e["name"], e["file"], e["is"], e["becomes"], e["why"]) for e in entries]


def forge() -> Path:
    """Give forge itself: the launcher that npm puts before it ends with 0 even when forge failed."""
    found = sorted((ROOT / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge*"))
    if not found:
        raise MutationError("forge is missing: run `make dev`.")
    return found[0]


class Laboratory:
    """A copy of the contracts and their tests in `folder`, in which a mutant may live."""

    def __init__(self, folder: Path) -> None:
        """Copy what the tests need; raise `MutationError` when forge is missing."""
        self._contracts = folder / "contracts"
        self._folder = folder
        self._forge = forge()
        shutil.copytree(ROOT / "contracts", self._contracts)
        tests = folder / "tests" / "solidity"
        shutil.copytree(ROOT / "tests" / "solidity", tests, ignore=shutil.ignore_patterns(*LEFT_OUT))
        shutil.copy(ROOT / "foundry.toml", folder)
        for name in ("node_modules", "tools", ".venv"):
            (folder / name).symlink_to(ROOT / name)

    def check_healthy(self) -> None:
        """Raise `MutationError` when a test fails without a mutant."""
        if killer := self._failing_test():
            raise MutationError(f"{killer} fails without a mutant: mend that first.")

    def kill(self, mutant: Mutant) -> str | None:
        """Give the name of a test that notices the mutant, or None; raise `MutationError`."""
        path = self._contracts / mutant.file
        healthy = path.read_text()
        path.write_text(mutant.apply(healthy))
        try:
            return self._failing_test()
        finally:
            path.write_text(healthy)

    def _failing_test(self) -> str | None:
        try:
            ran = self._test()
        except subprocess.TimeoutExpired:
            return f"no end within {MOST_SECONDS} s"
        if ran.returncode == 0 and ALL_PASSED.search(ran.stdout):
            return None
        if failed := FAILED_TEST.search(ran.stdout):
            return failed[1]
        # What does not compile has not been noticed by a test.
        raise MutationError(f"forge test ended with {ran.returncode}.\n{ran.stdout}{ran.stderr}")

    def _test(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._forge), "test", "--fail-fast"],
            cwd=self._folder,
            env=os.environ | SETTINGS,
            capture_output=True,
            text=True,
            check=False,
            timeout=MOST_SECONDS,
        )


def survivors(chosen: Sequence[Mutant]) -> list[Mutant]:
    """Run each mutant, say who noticed it, and give those that nobody noticed; raise `MutationError`."""
    alive = []
    with tempfile.TemporaryDirectory(prefix="pmr-mutants-") as folder:
        laboratory = Laboratory(Path(folder))
        laboratory.check_healthy()
        for mutant in chosen:
            started = time.monotonic()
            killer = laboratory.kill(mutant)
            alive += [] if killer else [mutant]
            print(f"{mutant.name:22} {killer or 'SURVIVED'} ({time.monotonic() - started:.1f} s)", flush=True)
    return alive


def main(names: Sequence[str]) -> int:
    """Give the exit code: 0 when all chosen mutants died."""
    chosen = [m for m in mutants() if not names or m.name in names]
    alive = survivors(chosen)
    for mutant in alive:
        print(f"No test notices {mutant.name} in {mutant.file}. {mutant.why}", file=sys.stderr)
    print(f"{len(chosen) - len(alive)} of {len(chosen)} mutants died.")
    return 1 if alive else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MutationError as error:
        sys.exit(str(error))
