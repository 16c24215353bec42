"""The identifiers of blocks: CIDv1 of sha2-256, raw or dag-pb, and no other."""

from __future__ import annotations

import hashlib
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Self

from pmr.errors import BadCid

RAW = 0x55
DAG_PB = 0x70
CID_LENGTH = 36
TEXT_LENGTH = 59
_VERSION = 0x01
_SHA2_256 = b"\x12\x20"


@dataclass(frozen=True, order=True, slots=True)
class Cid:
    """A block's identifier: its codec and the SHA-256 of its bytes.

    Source: docs/format.md section 9; https://github.com/multiformats/cid.
    """

    codec: int
    """`RAW` or `DAG_PB`."""
    digest: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        """Refuse other codecs and digests of another length with `BadCid`."""
        if self.codec not in (RAW, DAG_PB):
            raise BadCid(f"Codec {self.codec:#x} is neither raw (0x55) nor dag-pb (0x70).")
        if type(self.digest) is not bytes or len(self.digest) != 32:
            raise BadCid("The digest is not 32 bytes of SHA-256.")

    @classmethod
    def of(cls, codec: int, data: bytes) -> Self:
        """The CID of a block's bytes."""
        return cls(codec, hashlib.sha256(data).digest())

    @classmethod
    def root(cls, digest: bytes) -> Self:
        """The CID of the directory whose digest the chain keeps."""
        return cls(DAG_PB, digest)

    @classmethod
    def leaf(cls, digest: bytes) -> Self:
        """The CID of the raw block whose digest the chain keeps: an envelope, a key bundle."""
        return cls(RAW, digest)

    def encode(self) -> bytes:
        """The binary form, 36 bytes."""
        return bytes((_VERSION, self.codec)) + _SHA2_256 + self.digest

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read the binary form; raise `BadCid` unless it is exactly the 36 bytes of `encode`."""
        if len(data) != CID_LENGTH or data[0] != _VERSION or data[2:4] != _SHA2_256:
            raise BadCid(f"{data[:CID_LENGTH].hex()} is not a binary CIDv1 of sha2-256 (36 bytes).")
        return cls(data[1], bytes(data[4:]))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form, base32 in lower case; raise `BadCid` for every other spelling."""
        shown = text[: TEXT_LENGTH + 1]
        if len(text) != TEXT_LENGTH or text[0] != "b" or not text.isascii() or text != text.lower():
            raise BadCid(f"{shown!r} is not b and 58 lower-case letters and digits.")
        try:
            cid = cls.decode(b32decode(text[1:].upper() + "======"))
        except ValueError:
            raise BadCid(f"{shown!r} is not base32.") from None
        if str(cid) != text:
            raise BadCid(f"{shown!r} has bits beyond its end.")
        return cid

    def __str__(self) -> str:
        """The text form: `b` and base32 in lower case without padding, 59 characters."""
        return "b" + b32encode(self.encode()).decode().rstrip("=").lower()

    def __repr__(self) -> str:
        return f"Cid({self})"
