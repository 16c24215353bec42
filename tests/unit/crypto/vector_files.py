"""Reading vectors/: the answers of other libraries."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

ROOT = Path(__file__).parents[3]


def load(name: str) -> dict[str, Any]:
    """The content of vectors/<name>.json."""
    found: dict[str, Any] = json.loads((ROOT / "vectors" / f"{name}.json").read_text())
    return found


def draw(seed: str, size: int) -> bytes:
    """The keystream of ChaCha20(key = SHA-256(seed), nonce 0, counter 0)."""
    key = hashlib.sha256(seed.removeprefix("chacha20:").encode()).digest()
    return Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update(bytes(size))


def reasons(refused: list[dict[str, Any]]) -> list[str]:
    """Names of parametrized refusals."""
    return [case["why"] for case in refused]
