"""Install what PMR needs into .venv and node_modules; standard library only.

Usage: python3 scripts/bootstrap.py run|dev

`run` is what the program needs, `dev` adds what tests and linters need. A second run does nothing.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
LOG = ROOT / ".pmr" / "setup.log"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
NPM_FLAGS = {"run": ["--omit=dev"], "dev": []}
SATISFIED_BY = {"run": ("run", "dev"), "dev": ("dev",)}
NO_NETWORK = (
    "Name or service not known",
    "Temporary failure in name resolution",
    "NewConnectionError",
    "ConnectTimeout",
    "Connection refused",
    "Could not find a version",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
)


class SetupFailed(Exception):
    """A sentence for the person who typed the command."""


@dataclass(frozen=True)
class Step:
    """Something to install into `folder` whenever `inputs` changed."""

    name: str
    folder: Path
    inputs: Callable[[str], Sequence[Path]]
    install: Callable[[str], None]

    def run(self, kind: str) -> None:
        """Install unless the stamp says that it was done with these inputs."""
        stamp = self.folder / f".pmr-{self.name.split()[0].lower()}"
        done = stamp.read_text() if stamp.exists() else ""
        if done in [self._digest(k) for k in SATISFIED_BY[kind]]:
            return
        print(f"Installing {self.name} ...", end=" ", flush=True)
        started = time.monotonic()
        self.install(kind)
        stamp.write_text(self._digest(kind))
        print(f"{time.monotonic() - started:.0f} s", flush=True)

    def _digest(self, kind: str) -> str:
        digest = hashlib.sha256(f"{kind} {sys.version} {ROOT}".encode())
        for path in self.inputs(kind):
            digest.update(path.read_bytes())
        return digest.hexdigest()


def install_python(kind: str) -> None:
    """Make .venv where it is missing and install the hash-locked list into it."""
    if not (BIN / "pip").exists():
        _make_venv()
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    _run([*pip, "--require-hashes", "-r", str(LOCKS[kind])], "the Python packages")
    _run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], "the pmr package")


def _make_venv() -> None:
    try:
        venv.create(VENV, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError):
        raise SetupFailed(
            "Python could not make .venv. On Debian and Ubuntu: apt install python3-venv."
        ) from None


def install_node(kind: str) -> None:
    """Install npm's locked packages with the Node that came from PyPI."""
    npm = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *NPM_FLAGS[kind]]
    _run(npm, "the Node packages")


def compile_contracts(_kind: str) -> None:
    """Compile the contracts."""
    _run([str(BIN / "pmr"), "compile"], "the compiled contracts")


def build_page(_kind: str) -> None:
    """Build the page into the package."""
    vite = ROOT / "node_modules" / "vite" / "bin" / "vite.js"
    _run([str(BIN / "node"), str(vite), "build", "frontend"], "the page")


def _page(_kind: str) -> list[Path]:
    sources = [path for path in sorted((ROOT / "frontend").rglob("*")) if path.is_file()]
    return [
        *sources,
        *sorted((ROOT / "pmr" / "chain" / "artifacts").glob("*.json")),
        ROOT / "package-lock.json",
    ]


def _sources(_kind: str) -> list[Path]:
    return [*sorted((ROOT / "contracts").rglob("*.sol")), ROOT / "package-lock.json"]


STEPS = (
    Step("Python packages", VENV, lambda kind: [LOCKS[kind], ROOT / "pyproject.toml"], install_python),
    Step("Node packages", ROOT / "node_modules", lambda _: [ROOT / "package-lock.json"], install_node),
    Step("compiled contracts", VENV, _sources, compile_contracts),
    Step("page", VENV, _page, build_page),
)


def _run(command: Sequence[str], what: str) -> None:
    """Run a command with the tools of .venv first on the path; its output goes to the log."""
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    with LOG.open("w") as log:
        ended = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, env=environment, check=False)
    if ended.returncode != 0:
        raise SetupFailed(_reason(what, LOG.read_text(errors="replace")))


def _reason(what: str, output: str) -> str:
    if any(sign in output for sign in NO_NETWORK):
        return f"Fetching {what} failed: is there a network? Details: {LOG}"
    last = next((line for line in reversed(output.splitlines()) if line.strip()), "no output")
    return f"Installing {what} failed: {last.strip()} (details: {LOG})"


def main(kind: str) -> None:
    """Bring the folder to what `kind` needs; raise `SetupFailed`."""
    if sys.version_info < (3, 11):
        raise SetupFailed(f"PMR needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    LOG.parent.mkdir(exist_ok=True)
    for step in STEPS:
        step.run(kind)


if __name__ == "__main__":
    if sys.argv[1:] not in (["run"], ["dev"]):
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except SetupFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
