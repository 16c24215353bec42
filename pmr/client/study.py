"""Files and folders that somebody named, as the sources of one record."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pmr.client.source import Source
from pmr.crypto.header import MAX_FILES
from pmr.errors import BadInput, TooLarge

Tell = Callable[[str], None]


def sources_of(paths: Sequence[Path], tell: Tell) -> list[Source]:
    """Give files under their own names, and a folder's files, sorted, under their paths in it.

    In folders, hidden files and folders, symbolic links and what is no file are left out, and `tell`
    gets a sentence for each. Raises `BadInput` when nothing is left, `TooLarge` above 4,096 files.
    """
    found: list[Source] = []
    for path in paths:
        for source in _sources(path, tell):
            found.append(source)
            if len(found) > MAX_FILES:
                raise TooLarge(f"A record has at most {MAX_FILES} files; there are more here.")
    if not found:
        raise BadInput(f"There is no file in {', '.join(map(str, paths))}.")
    return found


def _sources(path: Path, tell: Tell) -> Iterator[Source]:
    if not path.is_dir():
        yield Source.from_path(path)
        return
    for file in _files(path, tell):
        yield Source.from_path(file, file.relative_to(path).as_posix())


def _files(folder: Path, tell: Tell) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise BadInput(f"{folder} cannot be read: {error.strerror}.") from None
    for entry in entries:
        if fault := _fault(entry):
            tell(f"Left out: {entry.path} is {fault}.")
        elif entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), tell)
        else:
            yield Path(entry.path)


def _fault(entry: os.DirEntry[str]) -> str:
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink():
        return "a symbolic link"
    if not entry.is_dir(follow_symlinks=False) and not entry.is_file(follow_symlinks=False):
        return "not a file"
    return ""
