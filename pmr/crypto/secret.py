"""Bytes that must not be shown: no repr, no pickle, compared in constant time."""

from __future__ import annotations

import hmac
from typing import NoReturn

from pmr.errors import BadFormat


class Secret:
    """A secret of 32 bytes. `reveal` is the one way to its bytes; nothing prints, pickles or hashes them."""

    __slots__ = ("_bytes",)
    LENGTH = 32

    def __init__(self, value: bytes) -> None:
        """Hold 32 bytes; raise `BadFormat` for another length."""
        if len(value) != self.LENGTH:
            raise BadFormat(f"A {type(self).__name__} has {self.LENGTH} bytes, not {len(value)}.")
        self._bytes = bytes(value)

    def reveal(self) -> bytes:
        """Give the 32 bytes to a cipher, a derivation or a sealed file; never to a log."""
        return self._bytes

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment]  # a hash would tell something of the bytes

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is not pickled or copied.")
