"""Read the contracts with slither and prove tests/proofs with halmos; what they show: docs/proofs.md.

Both live in .cache/analysis, made from tools/analysis/requirements.lock the first time, which needs a
network; later runs need none.

Usage: python scripts/analyse.py [slither|proofs]    (needs `make dev`)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "analysis"
LOCK = ROOT / "tools" / "analysis" / "requirements.lock"
EXCEPTIONS = ROOT / "tools" / "analysis" / "exceptions.toml"
PROOFS = ROOT / "tests" / "proofs"
PROOF = re.compile(r"^    function (check_\w+)", re.MULTILINE)


class AnalysisError(Exception):
    """A sentence for the person who typed the command."""


def install() -> None:
    """Make the tools' environment unless it was made from this lock."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    stamp = TOOLS / "made-from"
    if stamp.exists() and stamp.read_text() == digest:
        return
    print("Installing slither and halmos ...", flush=True)
    venv.create(TOOLS, with_pip=True, clear=True)
    pip = [str(TOOLS / "bin" / "pip"), "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=False).returncode != 0:
        raise AnalysisError("pip could not install slither and halmos: is there a network?")
    stamp.write_text(digest)


def forge() -> Path:
    """Give forge itself: the launcher that npm puts before it ends with 0 even when forge failed."""
    found = sorted((ROOT / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge*"))
    if not found:
        raise AnalysisError("forge is missing: run `make dev`.")
    return found[0]


def run(folder: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool at the root; it compiles into `folder`, so that it never reads what an older build left."""
    bins = [TOOLS / "bin", forge().parent, ROOT / ".venv" / "bin"]
    environment = os.environ | {
        "PATH": os.pathsep.join([*map(str, bins), os.environ["PATH"]]),
        "FOUNDRY_OUT": str(folder / "out"),
        "FOUNDRY_CACHE_PATH": str(folder / "cache"),
        "FOUNDRY_TEST": str(PROOFS.relative_to(ROOT)),
    }
    command = [str(TOOLS / "bin" / tool), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def slither(folder: Path) -> str:
    """Compare what slither finds in contracts/ with the exceptions; raise `AnalysisError` on a difference."""
    ran = run(folder, "slither", ".", "--json", "-", "--fail-none")
    if ran.returncode != 0 or not (report := json.loads(ran.stdout))["success"]:
        raise AnalysisError(f"slither failed.\n{ran.stdout}{ran.stderr}")
    found = {(f["check"], _where(f)): f["description"] for f in report["results"].get("detectors", [])}
    listed = {(e["detector"], e["where"]) for e in tomllib.loads(EXCEPTIONS.read_text())["exception"]}
    wrong = [f"{key}: {found[key]}" for key in sorted(found.keys() - listed)]
    wrong += [f"{key} is an exception that slither no longer finds." for key in sorted(listed - found.keys())]
    if wrong:
        raise AnalysisError("slither:\n" + "\n".join(wrong))
    return f"nothing but the {len(listed)} exceptions"


def _where(finding: dict[str, Any]) -> str:
    """Give the name of what a finding is about, with its function and contract."""
    element, names = finding["elements"][0], []
    while element:
        if element["type"] != "source":
            names.append(element["name"])
        element = element.get("type_specific_fields", {}).get("parent")
    return ".".join(reversed(names))


def proofs(folder: Path) -> str:
    """Run each proof; raise `AnalysisError` unless each holds on every path."""
    report = folder / "report.json"
    ran = run(
        folder,
        "halmos",
        "--no-status",
        "--forge-build-out",
        str(folder / "out"),
        "--json-output",
        str(report),
    )
    if not report.exists():
        raise AnalysisError(f"halmos failed.\n{ran.stdout}{ran.stderr}")
    results = [r for tests in json.loads(report.read_text())["test_results"].values() for r in tests]
    # A proof that stopped unrolling a loop saw some paths only.
    proven = {r["name"].split("(")[0] for r in results if r["exitcode"] == 0 and not r["num_bounded_loops"]}
    open_ = {name for path in PROOFS.glob("*.sol") for name in PROOF.findall(path.read_text())} - proven
    if open_ or ran.returncode != 0:
        raise AnalysisError(f"Not proven: {', '.join(sorted(open_))}.\n{ran.stdout}{ran.stderr}")
    return f"{len(proven)} proofs hold"


STEPS: dict[str, Callable[[Path], str]] = {"slither": slither, "proofs": proofs}


def main(names: Sequence[str]) -> None:
    """Run the chosen steps, or all; raise `AnalysisError` at the first that fails."""
    install()
    for name in names or STEPS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="pmr-analysis-") as folder:
            said = STEPS[name](Path(folder))
        print(f"{name}: {said} ({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    if not set(sys.argv[1:]) <= STEPS.keys():
        sys.exit(__doc__)
    try:
        main(sys.argv[1:])
    except AnalysisError as error:
        sys.exit(str(error))
