"""Give package-lock.json an entry for every optional package of another platform.

npm leaves out of the lock what it could not look up when the lock was made, and `npm ci` then refuses the
whole lock, on every platform. An entry made here has a version and no hash.

Usage: python scripts/complete_npm_lock.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "package-lock.json"
SYSTEMS = "aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32"
CPUS = {"amd64": "x64"}
PLATFORM = re.compile(rf"(?P<os>{SYSTEMS})-(?P<cpu>[a-z0-9]+)")


def missing(packages: dict[str, Any]) -> dict[str, Any]:
    """Give lock entries for the exact optional dependencies that have none."""
    wanted: dict[str, Any] = {}
    for package in packages.values():
        for name, version in package.get("optionalDependencies", {}).items():
            place = f"node_modules/{name}"
            if place not in packages and (match := PLATFORM.search(name)):
                wanted[place] = _entry(version, match, dev=package.get("dev", False))
    return wanted


def _entry(version: str, match: re.Match[str], *, dev: bool) -> dict[str, Any]:
    cpu = CPUS.get(match["cpu"], match["cpu"])
    mark = {"dev": True} if dev else {}
    return {"version": version, "cpu": [cpu], **mark, "optional": True, "os": [match["os"]]}


def main() -> None:
    """Write the completed lock, ordered as npm orders it."""
    lock = json.loads(LOCK.read_text())
    added = missing(lock["packages"])
    lock["packages"] = dict(sorted((lock["packages"] | added).items()))
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")
    print(f"{len(added)} entries added")


if __name__ == "__main__":
    main()
