"""The sealed manifest: what a record is and what its files are called (section 6)."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Self

import msgspec

from pmr.crypto.body import Body
from pmr.crypto.canonical import Shape, decode, encode
from pmr.crypto.header import MAX_FILES
from pmr.crypto.padding import MAX_FILE
from pmr.errors import BadFormat

MAX_TITLE = 1024
MAX_PATIENT = 256
MAX_NOTES = 65_536
MAX_NAME = 1024
MAX_PART = 255
MAX_TYPE = 127

_RESTRICTED_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]*"
_MEDIA_TYPE = re.compile(rf"{_RESTRICTED_NAME}/{_RESTRICTED_NAME}")
_FORBIDDEN = re.compile(r"[\\\x00-\x1f\x7f-\x9f]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _FileJson(Shape):
    name: str
    size: Annotated[int, msgspec.Meta(ge=0, le=MAX_FILE)]
    type: str


class _ManifestJson(Shape):
    date: str
    files: list[_FileJson]
    notes: str
    patient: str
    title: str


@dataclass(frozen=True)
class FileEntry:
    """One file: its relative path, its true size in bytes, its media type."""

    name: str
    size: int
    type: str

    def __repr__(self) -> str:
        return "<FileEntry>"


@dataclass(frozen=True)
class Manifest:
    """What only readers see; so its repr, which may reach a log, shows none of it."""

    title: str
    patient: str
    """A pseudonymous reference."""
    date: str
    """`YYYY-MM-DD`, or empty."""
    notes: str
    files: tuple[FileEntry, ...]
    """In the order of the file numbers."""

    def __repr__(self) -> str:
        return f"<Manifest of {len(self.files)} files>"

    def encode(self) -> bytes:
        """Give the canonical JSON, unpadded; raise `BadFormat` for anything section 6 does not allow."""
        data = encode(
            {
                "date": self.date,
                "files": [{"name": f.name, "size": f.size, "type": f.type} for f in self.files],
                "notes": self.notes,
                "patient": self.patient,
                "title": self.title,
            }
        )
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read unpadded canonical JSON; raise `BadFormat` for anything section 6 does not allow."""
        raw = decode(data, _ManifestJson)
        files = tuple(FileEntry(f.name, f.size, f.type) for f in raw.files)
        manifest = cls(raw.title, raw.patient, raw.date, raw.notes, files)
        _check(manifest)
        return manifest

    def seal(self, body: Body) -> bytes:
        """Give the sealed manifest; `body` has the file number 2^32-1."""
        return body.seal_manifest(self.encode())

    @classmethod
    def open(cls, body: Body, sealed: bytes, files: int) -> Self:
        """Open a sealed manifest and check it against the header's number of files."""
        manifest = cls.decode(body.open_manifest(sealed))
        if len(manifest.files) != files:
            raise BadFormat(f"The manifest lists {len(manifest.files)} files, the header says {files}.")
        return manifest


def _check(manifest: Manifest) -> None:
    _check_length("title", manifest.title, 1, MAX_TITLE)
    _check_length("patient", manifest.patient, 0, MAX_PATIENT)
    _check_length("notes", manifest.notes, 0, MAX_NOTES)
    _check_date(manifest.date)
    if not 1 <= len(manifest.files) <= MAX_FILES:
        raise BadFormat(f"A record has 1 to {MAX_FILES} files, not {len(manifest.files)}.")
    for file in manifest.files:
        _check_file(file)
    _check_paths([file.name for file in manifest.files])


def _check_length(member: str, text: str, least: int, most: int) -> None:
    if not least <= len(text.encode()) <= most:
        raise BadFormat(f"`{member}` has {least} to {most} bytes of UTF-8, not {len(text.encode())}.")


def _check_date(date: str) -> None:
    if not date:
        return
    try:
        datetime.date.fromisoformat(date if _DATE.fullmatch(date) else "")
    except ValueError:
        raise BadFormat("`date` is not a day of the form YYYY-MM-DD.") from None


def _check_file(file: FileEntry) -> None:
    if len(file.type) > MAX_TYPE or not _MEDIA_TYPE.fullmatch(file.type):
        raise BadFormat("A file's `type` is not a media type in lower case without parameters.")
    _check_length("name", file.name, 1, MAX_NAME)
    for part in file.name.split("/"):
        _check_length("name", part, 1, MAX_PART)
        if part in (".", "..") or _FORBIDDEN.search(part):
            raise BadFormat("A file's `name` is not a plain relative path.")


def _check_paths(names: list[str]) -> None:
    files = set(names)
    folders = {folder for name in files for folder in accumulate(name.split("/")[:-1], "{}/{}".format)}
    if len(files) != len(names) or files & folders:
        raise BadFormat("Two files have the same name, or one is a folder of another's path.")
