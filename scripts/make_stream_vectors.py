"""Write vectors/stream.json: ciphertexts that Google's Tink made, at every boundary of the segments.

Usage: python scripts/make_stream_vectors.py
Tink draws the salt and the nonce prefix, so every run gives other, equally good answers.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

TARGET = Path(__file__).parent.parent / "vectors" / "stream.json"
KEY = hashlib.sha256(b"stream key").digest()
AAD = b"associated data"
FIRST = 1_048_520
LATER = 1_048_560
SIZES = [
    *(0, 1, 4095, 4096, 4097),
    *(full + more for full in (FIRST, FIRST + LATER, FIRST + 2 * LATER) for more in (-1, 0, 1)),
]


def primitive(key: bytes) -> streaming_aead.StreamingAead:
    """Tink's AES256_GCM_HKDF_1MB with a stated key and no prefix."""
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=1 << 20, derived_key_size=32, hkdf_hash_type=common_pb2.HashType.SHA256
    )
    proto = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, params=params, key_value=key)
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=proto.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry]).SerializeToString()
    streaming_aead.register()
    handle = proto_keyset_format.parse(keyset, secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def draw(seed: str, size: int) -> bytes:
    """The first bytes of the keystream of ChaCha20(key = SHA-256(seed), nonce 0, counter 0)."""
    key = hashlib.sha256(seed.encode()).digest()
    return Cipher(algorithms.ChaCha20(key, bytes(16)), None).encryptor().update(bytes(size))


def seal(tink: streaming_aead.StreamingAead, plain: bytes) -> bytes:
    """Encrypt with Tink."""
    sink = io.BytesIO()
    sink.close = lambda: None  # type: ignore[method-assign]  # Tink closes it, and its bytes are wanted
    with tink.new_encrypting_stream(sink, AAD) as stream:
        stream.write(plain)
    return sink.getvalue()


def case(tink: streaming_aead.StreamingAead, size: int) -> dict[str, Any]:
    """One size: the whole ciphertext when it is short, else its digest."""
    sealed = seal(tink, draw(f"stream {size}", size))
    answer = {"sealedSize": len(sealed), "sha256": hashlib.sha256(sealed).hexdigest()}
    short = {"ciphertext": sealed.hex()} if size < 2 else {}
    return {"size": size, "content": f"chacha20:stream {size}", "header": sealed[:40].hex()} | answer | short


def main() -> None:
    """Write the file."""
    tink = primitive(KEY)
    vectors = {
        "about": "Streams at exact sizes, not padded (section 5). `content` is the keystream of ChaCha20 "
        "(key = SHA-256 of what follows the colon, nonce 0, counter 0); `header` is what Tink drew, and with "
        "it the ciphertext has this digest.",
        "source": "PyPI tink 1.16.1",
        "key": KEY.hex(),
        "aad": AAD.hex(),
        "cases": [case(tink, size) for size in SIZES],
    }
    TARGET.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
