"""Google Tink's streaming AEAD `AES256_GCM_HKDF_1MB`, output prefix RAW (section 5).

https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pmr.crypto.content_key import BodyKey
from pmr.crypto.hkdf import hkdf
from pmr.errors import BadFormat, CannotDecrypt

SEGMENT = 1 << 20
HEADER = 40
TAG = 16
_SALT = 32


@dataclass(frozen=True)
class Layout:
    """How a plaintext of `plain_size` bytes lies in its ciphertext. All sizes in bytes."""

    plain_size: int

    @classmethod
    def of_sealed(cls, sealed_size: int) -> Layout:
        """Give the layout of a ciphertext; raise `BadFormat` for a length that no plaintext gives."""
        segments = max(1, -(-sealed_size // SEGMENT))
        layout = cls(sealed_size - HEADER - segments * TAG)
        if layout.plain_size < 0 or layout.sealed_size != sealed_size:
            raise BadFormat(f"No sealed body has {sealed_size} bytes.")
        return layout

    @property
    def segments(self) -> int:
        """How many segments there are: one at least."""
        return max(1, -(-(self.plain_size + HEADER) // (SEGMENT - TAG)))

    @property
    def sealed_size(self) -> int:
        """How long the whole ciphertext is."""
        return HEADER + self.plain_size + self.segments * TAG

    def part(self, index: int) -> range:
        """Give the bytes of the plaintext that segment `index` holds."""
        full = SEGMENT - TAG
        start = index * full - HEADER if index else 0
        return range(start, min(self.plain_size, (index + 1) * full - HEADER))

    def piece(self, index: int) -> range:
        """Give the bytes of the ciphertext that are leaf `index`: the first with the 40 bytes."""
        return range(index * SEGMENT, min(self.sealed_size, (index + 1) * SEGMENT))

    def segment_at(self, offset: int) -> int:
        """Give the segment that holds the plaintext byte `offset`."""
        return (offset + HEADER) // (SEGMENT - TAG)


def new_header() -> bytes:
    """Draw a header: its length, a salt and a nonce prefix, 40 bytes."""
    return bytes([HEADER]) + os.urandom(HEADER - 1)


class Segments:
    """Seals and opens the segments of one ciphertext, in any order."""

    def __init__(self, key: BodyKey, aad: bytes, header: bytes, layout: Layout) -> None:
        """Derive the segment key; raise `BadFormat` for a header that Tink does not write."""
        if len(header) != HEADER or header[0] != HEADER:
            raise BadFormat("A sealed body does not begin with the byte 40 and its 39 random bytes.")
        self._header = header
        self._layout = layout
        self._cipher = AESGCM(hkdf(key.reveal(), header[1 : 1 + _SALT], aad))

    def seal(self, index: int, part: bytes) -> bytes:
        """Give leaf `index` of the ciphertext: the segment, and before the first one the header."""
        sealed = self._cipher.encrypt(self._nonce(index), part, None)
        return sealed if index else self._header + sealed

    def open(self, index: int, piece: bytes | memoryview) -> bytes:
        """Give the plaintext of leaf `index`; raise `CannotDecrypt` when it is not authentic."""
        segment = piece if index else memoryview(piece)[HEADER:]
        try:
            return self._cipher.decrypt(self._nonce(index), segment, None)
        except InvalidTag:
            raise CannotDecrypt(f"Segment {index} of a body is not what was sealed.") from None

    def _nonce(self, index: int) -> bytes:
        last = index == self._layout.segments - 1
        return self._header[1 + _SALT :] + index.to_bytes(4, "big") + bytes([last])
