"""The page's files as this installation has them, and the one hash that stands for all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from pmr.errors import MissingTool
from pmr.web.page import FOLDER

INDEX = "index.html"


def installed_files(folder: Path = FOLDER) -> dict[str, str]:
    """SHA-256 in hex of each file by its path, in the order of paths; raise `MissingTool` without a page."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    if INDEX not in paths:
        raise MissingTool(
            "This installation has no page: install the wheel, or build it with `npm run build`."
        )
    return {name: hashlib.sha256(paths[name].read_bytes()).hexdigest() for name in sorted(paths)}


def bundle_hash(files: Mapping[str, str]) -> str:
    """SHA-256 of the lines that `sha256sum` prints for the files, in the order of paths."""
    return hashlib.sha256(
        "".join(f"{digest}  {name}\n" for name, digest in files.items()).encode()
    ).hexdigest()


def differing(files: Mapping[str, str], fetch: Callable[[str], bytes]) -> list[str]:
    """The files that a server gives otherwise; `fetch` gives what it answers for a path, or b""."""
    return [
        name for name, digest in files.items() if hashlib.sha256(fetch(_path(name))).hexdigest() != digest
    ]


def _path(name: str) -> str:
    return "/" if name == INDEX else f"/{name}"
