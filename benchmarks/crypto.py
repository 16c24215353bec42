"""How fast bodies are sealed and opened, beside the bare cipher of the same library in the same run.

Run with `python -m benchmarks.crypto`. The ratio is what matters; the goal for seal and open is half of the
bare cipher. A noted sealing takes a SHA-256 of every segment too, and that is what bounds it.
"""

from __future__ import annotations

import io
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks._rounds import Work, best, drain
from pmr.crypto.body import SEGMENT, Body, body_aad, sealed_size
from pmr.crypto.content_key import ContentKey, new_content_id
from pmr.crypto.padding import padded_size
from pmr.crypto.resume import ResumableSealing, SealingNotes

SIZE = 256 << 20


def rates(works: dict[str, Work]) -> dict[str, float]:
    """MB/s of each."""
    return {name: SIZE / 1e6 / seconds for name, seconds in best(works).items()}


def drop(notes: SealingNotes) -> None:
    """Keep no notes: a disk is not what is measured."""


def bare(plain: bytes) -> dict[str, Work]:
    """AES-256-GCM alone, a mebibyte at a time."""
    cipher, nonce, part = AESGCM(os.urandom(32)), bytes(12), plain[:SEGMENT]
    sealed = cipher.encrypt(nonce, part, None)
    turns = range(SIZE // SEGMENT)
    return {
        "bare seal": lambda: drain(cipher.encrypt(nonce, part, None) for _ in turns),
        "bare open": lambda: drain(cipher.decrypt(nonce, sealed, None) for _ in turns),
    }


def ours(plain: bytes) -> dict[str, Work]:
    """Whole bodies: padding, nonces, authentication, and the copying between them."""
    key, content_id = ContentKey.new(), new_content_id()
    body = Body(key.body_key(content_id), body_aad(b"header", 0))
    leaves = list(body.seal(io.BytesIO(plain), SIZE))
    length = sealed_size(padded_size(SIZE))
    sealing = ResumableSealing(body, io.BytesIO(plain), SIZE, drop)
    return {
        "seal": lambda: drain(body.seal(io.BytesIO(plain), SIZE)),
        "seal, noted": lambda: drain(sealing.run()),
        "open": lambda: drain(body.open_file(leaves, length, SIZE)),
    }


def main() -> None:
    """Print the table."""
    plain = os.urandom(SIZE)
    found = rates(bare(plain) | ours(plain))
    for name, speed in found.items():
        floor = found["bare open" if "open" in name else "bare seal"]
        print(f"{name:<16}{speed:8.0f} MB/s{speed / floor:8.0%} of the bare cipher")


if __name__ == "__main__":
    main()
