"""The unit of storage and transport: bytes under the CID that they hash to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

from pmr.content.cid import Cid
from pmr.errors import BadBlock

MAX_BLOCK = 2 << 20
"""Bytes in the largest block that is taken."""


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes and their CID. None exists whose bytes do not match: making one checks it."""

    cid: Cid
    data: bytes

    def __post_init__(self) -> None:
        """Hash the bytes; raise `BadBlock` when they are too many or not those of the CID."""
        _check_form(self.data)
        if hashlib.sha256(self.data).digest() != self.cid.digest:
            raise BadBlock(f"The {len(self.data)} bytes given for {self.cid} have another hash.")

    @classmethod
    def of(cls, codec: int, data: bytes) -> Self:
        """Make the block of these bytes; raise `BadBlock` above `MAX_BLOCK`."""
        _check_form(data)
        block = object.__new__(cls)
        # Not by __init__: the CID is of these bytes, so that hashing them again would tell nothing.
        object.__setattr__(block, "cid", Cid.of(codec, data))
        object.__setattr__(block, "data", data)
        return block

    @classmethod
    def checked(cls, cid: Cid, data: bytes | bytearray | memoryview) -> Self:
        """Take bytes that claim to be those of `cid`; raise `BadBlock` when they are not."""
        return cls(cid, bytes(data))

    def __repr__(self) -> str:
        return f"Block({self.cid}, {len(self.data)} bytes)"


def _check_form(data: bytes) -> None:
    if type(data) is not bytes:
        raise BadBlock("A block needs immutable bytes.")
    if len(data) > MAX_BLOCK:
        raise BadBlock(f"A block of {len(data)} bytes is larger than {MAX_BLOCK}.")
