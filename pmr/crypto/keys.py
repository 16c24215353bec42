"""A doctor's key and the bundle that publishes it (section 2)."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Annotated, Literal, NoReturn, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from pmr.crypto.canonical import Hex32, Hex64, HexAddress, Shape, Version, decode, encode
from pmr.crypto.hkdf import hkdf
from pmr.crypto.labels import label
from pmr.crypto.secret import Secret
from pmr.errors import BadFormat, BadKeyBundle, BadSignature
from pmr.types import Address, Digest, parse_address

MLKEM_KEY = 1184
XWING_KEY = 1216


class Seed(Secret):
    """The 32 bytes that all of one version's keys come from."""

    __slots__ = ()

    @classmethod
    def new(cls) -> Self:
        """Draw a new seed."""
        return cls(os.urandom(cls.LENGTH))

    def derive(self, name: str) -> bytes:
        """Give `HKDF(seed, "", L(name))`, 32 bytes."""
        return hkdf(self._bytes, b"", label(name))


class DoctorKey:
    """The keys of one version of one account: X-Wing to open envelopes, Ed25519 to sign."""

    __slots__ = ("_ed25519", "_xwing", "public_key", "seed")

    def __init__(self, seed: Seed) -> None:
        """Derive both keys of a seed."""
        mlkem, x25519 = expand_xwing(seed.derive("x-wing"))
        self.seed = seed
        self.public_key = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self._xwing = MLKEM768X25519PrivateKey(mlkem, x25519)
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(seed.derive("ed25519"))

    @classmethod
    def generate(cls) -> Self:
        """Make a key from a new seed."""
        return cls(Seed.new())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of 32 given bytes; raise `BadFormat` for another length."""
        return cls(Seed(seed))

    @property
    def decapsulation_key(self) -> MLKEM768X25519PrivateKey:
        """The X-Wing private key, as HPKE takes it."""
        return self._xwing

    @property
    def ed25519_public(self) -> bytes:
        """The 32 bytes that signatures are checked with."""
        return self._ed25519.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Give the 64 bytes of an Ed25519 signature (RFC 8032); the message starts with its label."""
        return self._ed25519.sign(message)

    def bundle(self, account: Address, version: int) -> bytes:
        """Give the canonical JSON that publishes this key as an account's given version."""
        members: dict[str, str | int] = {
            "account": account.lower(),
            "ed25519": self.ed25519_public.hex(),
            "format": "pmr-key/1",
            "version": version,
            "xwing": self.public_key.hex(),
        }
        data = encode(members | {"signature": self.sign(_bundle_message(members)).hex()})
        decode(data, _BundleJson)
        return data

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A DoctorKey is not pickled or copied.")


def expand_xwing(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """Expand 32 bytes as X-Wing does (draft-connolly-cfrg-xwing-kem, section 5.2)."""
    expanded = hashlib.shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    return mlkem, X25519PrivateKey.from_private_bytes(expanded[64:])


class _BundleJson(Shape):
    account: HexAddress
    ed25519: Hex32
    format: Literal["pmr-key/1"]
    signature: Hex64
    version: Version
    xwing: Annotated[str, msgspec.Meta(pattern=rf"\A[0-9a-f]{{{2 * XWING_KEY}}}\Z")]


@dataclass(frozen=True)
class KeyBundle:
    """A published key that was checked: make it with `read_bundle` only."""

    account: Address
    version: int
    xwing: bytes
    """1,216 bytes: the ML-KEM-768 encapsulation key and the X25519 public key."""
    ed25519: bytes
    digest: Digest

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise `BadSignature` unless the bundle's key signed `message`."""
        verify(self.ed25519, message, signature)


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature (RFC 8032, section 5.1.7); raise `BadSignature`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature("The Ed25519 signature does not verify.") from None


def read_bundle(data: bytes, account: Address, digest: Digest, version: int | None = None) -> KeyBundle:
    """Check a bundle against the digest that the chain names for `account`; raise `BadKeyBundle`.

    `version` is the chain's; leave it out only where the digest comes from a header's `authorKey`.
    """
    if hashlib.sha256(data).digest() != digest:
        raise BadKeyBundle(f"The bundle of {account} does not have the digest that the chain names.")
    try:
        return _checked_bundle(data, account, digest, version)
    except (BadFormat, BadSignature) as error:
        raise BadKeyBundle(f"{account}: {error.detail}") from None


def _checked_bundle(data: bytes, account: Address, digest: Digest, version: int | None) -> KeyBundle:
    raw = decode(data, _BundleJson)
    if raw.account != account.lower() or version not in (None, raw.version):
        raise BadFormat(f"The bundle says that it is version {raw.version} of {raw.account}.")
    bundle = KeyBundle(
        parse_address(raw.account), raw.version, bytes.fromhex(raw.xwing), bytes.fromhex(raw.ed25519), digest
    )
    members = msgspec.to_builtins(raw)
    signature = bytes.fromhex(members.pop("signature"))
    bundle.verify(_bundle_message(members), signature)
    read_public_key(bundle.xwing)
    return bundle


def _bundle_message(members: dict[str, str | int]) -> bytes:
    return label("bundle") + encode(members)


def read_public_key(public_key: bytes) -> MLKEM768X25519PublicKey:
    """Give an X-Wing public key; raise `BadKeyBundle` when its ML-KEM part is not canonical
    (FIPS 203, section 7.2) or its X25519 part is a point of low order.
    """  # noqa: D205 - one sentence
    if len(public_key) != XWING_KEY:
        raise BadKeyBundle(f"An X-Wing public key has {XWING_KEY} bytes, not {len(public_key)}.")
    x25519 = X25519PublicKey.from_public_bytes(public_key[MLKEM_KEY:])
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public_key[:MLKEM_KEY])
    except ValueError:
        raise BadKeyBundle("The ML-KEM-768 key has a coefficient of 3,329 or more.") from None
    _refuse_low_order(x25519)
    return MLKEM768X25519PublicKey(mlkem, x25519)


def _refuse_low_order(point: X25519PublicKey) -> None:
    # Every clamped scalar is a multiple of 8, so any one of them sends a point of low order to zero,
    # which `exchange` refuses (RFC 7748, section 6.1).
    try:
        X25519PrivateKey.from_private_bytes(bytes(32)).exchange(point)
    except ValueError:
        raise BadKeyBundle("The X25519 key is a point of low order.") from None
