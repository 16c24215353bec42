"""Key derivation: RFC 5869 with SHA-256."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    """Give 32 bytes of HKDF-SHA256 (RFC 5869); an empty salt is the empty string."""
    return HKDF(SHA256(), 32, salt, info).derive(ikm)
