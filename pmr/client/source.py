"""Files on their way into a record: what the manifest says of each, and how to read it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Self

from pmr.errors import BadInput

_UNKNOWN = "application/octet-stream"
_MEDICAL = {".dcm": "application/dicom", ".dicom": "application/dicom"}


@dataclass(frozen=True)
class Source:
    """A file to be sealed."""

    name: str
    """A relative path with `/`, as docs/format.md section 6 has it."""
    type: str
    """A media type; a hint that viewers do not trust."""
    size: int
    """Bytes."""
    open: Callable[[], BinaryIO]
    """Opens the bytes; may be called more than once."""
    place: str = ""
    """Where they are on this machine; empty for nowhere."""

    @classmethod
    def from_path(cls, path: Path, name: str = "") -> Self:
        """Take a file of the disk under its own name; raise `BadInput` when it is not one."""
        try:
            size = path.stat().st_size
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
        if not path.is_file():
            raise BadInput(f"{path} is not a file.")
        return cls(
            name or path.name, media_type(path.name), size, lambda: path.open("rb"), str(path.absolute())
        )

    @classmethod
    def from_bytes(cls, name: str, data: bytes) -> Self:
        """Take bytes that are in memory."""
        return cls(name, media_type(name), len(data), lambda: BytesIO(data))


def media_type(name: str) -> str:
    """Guess a media type from a file name; `application/octet-stream` when there is no guess."""
    known = _MEDICAL.get(Path(name).suffix.lower())
    guess, encoding = mimetypes.MimeTypes().guess_type(name)
    return known or (guess if guess and not encoding else None) or _UNKNOWN
