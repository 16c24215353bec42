"""What a client notes for itself to resume an upload, sealed under the doctor's seed (section 2)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pmr.crypto.keys import DoctorKey
from pmr.crypto.labels import label
from pmr.errors import CannotDecrypt

_NONCE = 12


def seal_journal(key: DoctorKey, data: bytes) -> bytes:
    """Give `nonce(12) ‖ AES-256-GCM(HKDF(seed, "", L("journal")), data, aad = L("journal"))`."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(key).encrypt(nonce, data, label("journal"))


def open_journal(key: DoctorKey, sealed: bytes) -> bytes:
    """Open what `seal_journal` made; raise `CannotDecrypt`."""
    try:
        return _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], label("journal"))
    except (InvalidTag, ValueError):
        raise CannotDecrypt("The journal was sealed with another key, or is damaged.") from None


def _cipher(key: DoctorKey) -> AESGCM:
    return AESGCM(key.seed.derive("journal"))
