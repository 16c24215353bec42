"""The public header of a sealed record (section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import msgspec

from pmr.crypto.canonical import Hex32, HexAddress, Shape, decode, encode
from pmr.errors import BadFormat
from pmr.types import Address, Digest, parse_address

MAX_HEADER = 4096
MAX_FILES = 4096


class _HeaderJson(Shape):
    author: HexAddress
    author_key: Hex32
    content_id: Hex32
    files: Annotated[int, msgspec.Meta(ge=1, le=MAX_FILES)]
    format: Literal["pmr/1"]
    key_commit: Hex32
    suite: Literal[1]


@dataclass(frozen=True)
class Header:
    """What everybody may see of one version of a record."""

    author: Address
    author_key: Digest
    """Digest of the author's key bundle."""
    content_id: bytes
    """32 random bytes, new for every version."""
    files: int
    """1 to 4,096."""
    key_commit: bytes
    suite: int = 1

    def encode(self) -> bytes:
        """Give the canonical JSON; raise `BadFormat` when a value is outside the format."""
        data = encode(
            {
                "author": self.author.lower(),
                "authorKey": self.author_key.hex(),
                "contentId": self.content_id.hex(),
                "files": self.files,
                "format": "pmr/1",
                "keyCommit": self.key_commit.hex(),
                "suite": self.suite,
            }
        )
        decode(data, _HeaderJson)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a header; raise `BadFormat` for anything that section 3 does not allow."""
        if len(data) > MAX_HEADER:
            raise BadFormat(f"The header has {len(data)} bytes, more than {MAX_HEADER}.")
        raw = decode(data, _HeaderJson)
        return cls(
            author=parse_address(raw.author),
            author_key=bytes.fromhex(raw.author_key),
            content_id=bytes.fromhex(raw.content_id),
            files=raw.files,
            key_commit=bytes.fromhex(raw.key_commit),
            suite=raw.suite,
        )
