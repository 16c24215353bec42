"""Where a list was left off: a place in the chain's order, which later blocks do not move."""

from __future__ import annotations

import binascii
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Self

from pmr.errors import BadCursor

_FORM = struct.Struct(">qi8s")


@dataclass(frozen=True)
class Cursor:
    """The event after which a list goes on."""

    block: int
    log: int
    fork: bytes
    """The first 8 bytes of the block's hash: when the chain takes the block back, the place is gone."""

    def __str__(self) -> str:
        """The text form, 27 characters that are fit for a URL."""
        return urlsafe_b64encode(_FORM.pack(self.block, self.log, self.fork)).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; raise `BadCursor` for every other spelling."""
        try:
            found = cls(*_FORM.unpack(urlsafe_b64decode(text + "=")))
        except (ValueError, binascii.Error, struct.error):
            raise _unknown() from None
        if found.block < 0 or found.log < 0 or str(found) != text:
            raise _unknown()
        return found


def _unknown() -> BadCursor:
    return BadCursor("Send the cursor as the list gave it.")
