"""A file that opens as two different files under two keys, and the commitment that refuses it.

AES-GCM does not commit to its key: one block of a ciphertext can be chosen so that the tag holds under both
of two keys (Grubbs, Lu and Ristenpart, "Message Franking via Committing Authenticated Encryption", 2017).
"""

from __future__ import annotations

import os
from functools import reduce

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from pmr.crypto.body import Body, body_aad
from pmr.crypto.content_key import ContentKey, new_content_id
from pmr.crypto.envelope import GrantContext, open_envelope, seal_envelope
from pmr.crypto.hkdf import hkdf
from pmr.crypto.keys import DoctorKey, read_public_key
from pmr.crypto.stream import new_header
from pmr.errors import CannotDecrypt
from pmr.types import parse_address

BLOCKS = 256  # 4,096 bytes: the smallest body
OWNER, READER = (parse_address("0x" + digit * 40) for digit in "12")
HEADER = b"one header"
AAD = body_aad(HEADER, 0)


# --- AES-GCM by hand (NIST SP 800-38D): bit 0 is the most significant --------------------------


def times(x: int, y: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if y >> bit & 1:
            product ^= x
        x = x >> 1 ^ (0xE1 << 120 if x & 1 else 0)
    return product


def power(x: int, exponent: int) -> int:
    result = 1 << 127
    while exponent:
        if exponent & 1:
            result = times(result, x)
        x, exponent = times(x, x), exponent >> 1
    return result


def aes(key: bytes, block: bytes) -> int:
    return int.from_bytes(Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block), "big")


def ghash(key: bytes, blocks: list[int]) -> int:
    h = aes(key, bytes(16))
    return reduce(lambda state, block: times(state ^ block, h), blocks, 0)


def two_key_ciphertext(keys: tuple[bytes, bytes], nonce: bytes, blocks: list[int], free: int) -> bytes:
    """Choose block `free` so that both keys give the same tag, and give ciphertext and tag."""
    blocks = [*blocks, len(blocks) * 128]
    blocks[free] = 0
    tags = [ghash(key, blocks) ^ aes(key, nonce + b"\0\0\0\1") for key in keys]
    weights = [power(aes(key, bytes(16)), len(blocks) - free) for key in keys]
    # tag1 ^ c*w1 = tag2 ^ c*w2, so c = (tag1 ^ tag2) / (w1 ^ w2); x^(2^128-2) is 1/x.
    blocks[free] = times(tags[0] ^ tags[1], power(weights[0] ^ weights[1], 2**128 - 2))
    tag = ghash(keys[0], blocks) ^ aes(keys[0], nonce + b"\0\0\0\1")
    return b"".join(block.to_bytes(16, "big") for block in [*blocks[:-1], tag])


def two_faced_body(keys: list[ContentKey], content_id: bytes) -> bytes:
    header = new_header()
    segment_keys = [hkdf(key.body_key(content_id).reveal(), header[1:33], AAD) for key in keys]
    random = [int.from_bytes(os.urandom(16), "big") for _ in range(BLOCKS)]
    nonce = header[33:] + b"\0\0\0\0\1"
    return header + two_key_ciphertext((segment_keys[0], segment_keys[1]), nonce, random, BLOCKS - 1)


def test_key_commit_of_a_two_faced_body_refuses_the_second_key() -> None:
    shown, hidden, content_id = ContentKey.new(), ContentKey.new(), new_content_id()
    sealed = two_faced_body([shown, hidden], content_id)

    # AES-GCM takes it under both keys, as two different files …
    faces = [
        b"".join(Body(key.body_key(content_id), AAD).open([sealed], len(sealed))) for key in (shown, hidden)
    ]
    assert faces[0] != faces[1]

    # … and the header commits to one of them: an envelope with the other one does not open.
    reader = DoctorKey.generate()
    context = GrantContext(1, OWNER, content_id, OWNER, READER, shown.commit(content_id))
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    public_key, info = reader.public_key, context.info(reader.public_key)
    forged = b"\x01" + suite.encrypt(hidden.reveal(), read_public_key(public_key), info)
    with pytest.raises(CannotDecrypt, match="commits"):
        open_envelope(forged, context, reader)
    assert open_envelope(seal_envelope(shown, context, public_key), context, reader) == shown
