"""Decrypted files on disk: all of them in a new folder, or none.

The names come from whoever sealed the record, so they are hostile until shown otherwise: nothing is
written outside the folder, over a file, through a link, or under its final name before it is whole.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pmr.errors import BadFormat, BadInput


def extract(folder: Path, files: Iterable[tuple[str, Iterator[bytes]]]) -> list[Path]:
    """Write files, each a relative name and its pieces, into `folder`, which must be new or empty.

    Raises `BadInput` when the folder is not, `BadFormat` for a name that would leave it or come
    twice, and whatever the pieces raise; then nothing of the record remains on disk.
    """
    _demand_free(folder)
    with _hidden(folder) as work:
        names = [_write(work, name, pieces) for name, pieces in files]
        _move(work, folder)
    return [folder / name for name in names]


def _demand_free(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadInput(f"{folder} exists and is not a folder. Name another one.")
    if folder.is_dir() and any(folder.iterdir()):
        raise BadInput(f"The folder {folder} is not empty. Name a new one, so that nothing is overwritten.")


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    """A folder that its owner alone may read, on the same disk, so that a rename suffices."""
    beside = folder if folder.is_dir() else folder.parent
    beside.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=beside, prefix=".pmr-"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(work: Path, name: str, pieces: Iterator[bytes]) -> PurePosixPath:
    relative = safe_name(name)
    path = work / relative
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (FileExistsError, NotADirectoryError):
        raise BadFormat(f"The name {name!r} stands for two files on this disk.") from None
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
    return relative


def safe_name(name: str) -> PurePosixPath:
    """Give a manifest's file name as a path that stays inside; raise `BadFormat`."""
    parts = name.split("/")
    hostile = any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts)
    if hostile or Path(name).is_absolute() or Path(name).drive:
        raise BadFormat(f"The file name {name!r} would leave the folder.")
    return PurePosixPath(*parts)


def _move(work: Path, folder: Path) -> None:
    if not folder.is_dir():
        work.rename(folder)
        return
    for whole in list(work.iterdir()):
        whole.rename(folder / whole.name)
