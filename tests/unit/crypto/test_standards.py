"""The primitives give the answers that the standards publish."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.bindings._rust import openssl as rust
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from vector_files import load

from pmr.crypto.hkdf import hkdf
from pmr.crypto.keys import expand_xwing, verify
from pmr.errors import BadSignature

STANDARDS = load("standards")
XWING = 0x647A


@pytest.mark.parametrize("case", STANDARDS["hkdf"], ids=["A.1", "A.2", "A.3"])
def test_hkdf_rfc5869_gives_the_first_32_bytes(case: dict[str, str]) -> None:
    ikm, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
    assert hkdf(ikm, salt, info).hex() == case["okm"]


@pytest.mark.parametrize("case", STANDARDS["ed25519"])
def test_verify_rfc8032_accepts_and_refuses_another_message(case: dict[str, str]) -> None:
    public, message, signature = (bytes.fromhex(case[name]) for name in ("public", "message", "signature"))
    verify(public, message, signature)
    with pytest.raises(BadSignature):
        verify(public, message + b"\0", signature)


def test_verify_signature_with_s_above_the_order_is_refused() -> None:
    # RFC 8032, section 5.1.7: the same signature with S + L is malleable and must not verify.
    case = STANDARDS["ed25519"][1]
    order = 2**252 + 27742317777372353535851937790883648493
    signature = bytes.fromhex(case["signature"])
    s = int.from_bytes(signature[32:], "little") + order
    with pytest.raises(BadSignature):
        verify(
            bytes.fromhex(case["public"]),
            bytes.fromhex(case["message"]),
            signature[:32] + s.to_bytes(32, "little"),
        )


@pytest.mark.parametrize("case", [case for case in STANDARDS["argon2id"] if case["memory"] <= 65536])
def test_argon2id_rfc9106_gives_the_published_output(case: dict[str, Any]) -> None:
    output = bytes.fromhex(case["output"])
    stretch = Argon2id(
        salt=bytes.fromhex(case["salt"]),
        length=len(output),
        iterations=case["passes"],
        lanes=case["lanes"],
        memory_cost=case["memory"],
        ad=bytes.fromhex(case["data"]) or None,
        secret=bytes.fromhex(case["secret"]) or None,
    )
    assert stretch.derive(bytes.fromhex(case["password"])) == output


@pytest.mark.parametrize("case", load("x-wing")["cases"], ids=["draft 1", "draft 2"])
def test_expand_xwing_draft_vector_gives_key_and_shared_secret(case: dict[str, str]) -> None:
    mlkem, x25519 = expand_xwing(bytes.fromhex(case["sk"]))
    pk = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    assert pk.hex() == case["pk"]
    ct = bytes.fromhex(case["ct"])
    shared_m = mlkem.decapsulate(ct[:1088])
    shared_x = x25519.exchange(X25519PublicKey.from_public_bytes(ct[1088:]))
    combined = shared_m + shared_x + ct[1088:] + pk[1184:] + rb"\.//^" + b"\\"
    assert hashlib.sha3_256(combined).hexdigest() == case["ss"]


@pytest.mark.parametrize("case", STANDARDS["hpke"], ids=lambda case: case["source"])
def test_hpke_published_vector_opens(case: dict[str, Any]) -> None:
    secret = bytes.fromhex(case["skRm"])
    if case["kem_id"] == XWING:
        suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
        key: Any = MLKEM768X25519PrivateKey(*expand_xwing(secret))
    else:
        suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        key = X25519PrivateKey.from_private_bytes(secret)
    sealed = bytes.fromhex(case["enc"] + case["ct"])
    info, aad = bytes.fromhex(case["info"]), bytes.fromhex(case["aad"])
    # The vectors' messages have associated data, ours never; only the private function takes it.
    assert rust.hpke._decrypt_with_aad(suite, sealed, key, info, aad).hex() == case["pt"]
