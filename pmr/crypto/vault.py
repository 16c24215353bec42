"""The vault: all of an account's seeds, under a passphrase and its wallet (section 8)."""

from __future__ import annotations

import base64
import hashlib
import os
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from pmr.crypto.canonical import Hex16, Hex32, HexAddress, Shape, Version, decode, encode
from pmr.crypto.hkdf import hkdf
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.crypto.labels import label
from pmr.errors import BadFormat, BadInput, BadPassphrase
from pmr.types import Address, Digest, parse_address

MAX_VAULT = 1 << 20
MEMORY_KIB = 65_536
PASSES = 3

STATEMENT = "Unlock my medical record keys. Sign this only on a PMR page."
# The order of secp256k1 (SEC 2, section 2.4.1).
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class _KdfJson(Shape):
    lanes: Literal[1]
    memory: Annotated[int, msgspec.Meta(ge=MEMORY_KIB, le=1_048_576)]
    passes: Annotated[int, msgspec.Meta(ge=PASSES, le=16)]
    salt: Hex16


class _VaultJson(Shape):
    account: HexAddress
    bundle: Hex32
    ciphertext: str
    format: Literal["pmr-vault/1"]
    kdf: _KdfJson
    nonce: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{24}\Z")]
    version: Version
    wallet: bool


class _KeyJson(Shape):
    seed: Hex32
    version: Version


class _KeysJson(Shape):
    keys: Annotated[list[_KeyJson], msgspec.Meta(min_length=1)]


@dataclass(frozen=True)
class VaultInfo:
    """What a vault says of itself without being opened; believe it only after opening."""

    account: Address
    version: int
    """Version of the newest key."""
    bundle: Digest
    """Digest of the newest key's bundle."""
    wallet: bool
    """Whether the wallet's signature is needed too."""


def unlock_message(account: Address) -> dict[str, Any]:
    """Give the EIP-712 message that a wallet signs to unlock the vault; it names no chain."""
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
            "Unlock": [{"name": "account", "type": "address"}, {"name": "statement", "type": "string"}],
        },
        "primaryType": "Unlock",
        "domain": {"name": "PMR Vault", "version": "1"},
        "message": {"account": account, "statement": STATEMENT},
    }


def normal_signature(signature: bytes) -> bytes:
    """Give `r ‖ s`, 64 bytes with s in its low form, of a 65-byte signature; raise `BadInput`."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if len(signature) != 65 or not 0 < r < _ORDER or not 0 < s < _ORDER:
        raise BadInput("The wallet's answer is not a signature of 65 bytes.")
    return signature[:32] + min(s, _ORDER - s).to_bytes(32, "big")


def signs_alike(first: bytes, second: bytes) -> bool:
    """Say whether two signatures of one message show a wallet that can be part of a vault's key.

    Contract wallets, and hardware that adds randomness, cannot: their vault has the passphrase alone.
    """
    try:
        return normal_signature(first) == normal_signature(second)
    except BadInput:
        return False


def seal_vault(
    keyring: Keyring, account: Address, passphrase: str, wallet_signature: bytes | None = None
) -> bytes:
    """Give the vault's canonical JSON, with a new salt and nonce.

    `wallet_signature` is `normal_signature` of the account's signature over `unlock_message`, or
    None for a wallet that does not sign alike twice.
    """
    kdf = {"lanes": 1, "memory": MEMORY_KIB, "passes": PASSES, "salt": os.urandom(16).hex()}
    public = _public_members(keyring, account, kdf, wallet_signature is not None)
    cipher = _cipher(public, passphrase, wallet_signature)
    sealed = cipher.encrypt(bytes.fromhex(public["nonce"]), _plain(keyring), _aad(public))
    return encode(public | {"ciphertext": base64.b64encode(sealed).decode()})


def vault_info(data: bytes) -> VaultInfo:
    """Read what a vault says of itself; raise `BadFormat`, also for weak or enormous parameters."""
    raw = _read(data)
    return VaultInfo(parse_address(raw.account), raw.version, bytes.fromhex(raw.bundle), raw.wallet)


def open_vault(data: bytes, passphrase: str, wallet_signature: bytes | None = None) -> Keyring:
    """Open a vault; raise `BadPassphrase`, or `BadFormat` when it is not what section 8 says.

    A `wallet_signature` is left unused where the vault does not need one.
    """
    raw = _read(data)
    if raw.wallet and wallet_signature is None:
        raise BadPassphrase("This vault needs the wallet's signature too.")
    public = msgspec.to_builtins(raw)
    sealed = _base64(public.pop("ciphertext"))
    cipher = _cipher(public, passphrase, wallet_signature if raw.wallet else None)
    try:
        plain = cipher.decrypt(bytes.fromhex(raw.nonce), sealed, _aad(public))
    except InvalidTag:
        raise BadPassphrase("The vault does not open.") from None
    return _keyring(plain, raw)


def _public_members(keyring: Keyring, account: Address, kdf: dict[str, Any], wallet: bool) -> dict[str, Any]:
    bundle = keyring.newest.bundle(account, keyring.version)
    return {
        "account": account.lower(),
        "bundle": hashlib.sha256(bundle).hexdigest(),
        "format": "pmr-vault/1",
        "kdf": kdf,
        "nonce": os.urandom(12).hex(),
        "version": keyring.version,
        "wallet": wallet,
    }


def _aad(public: dict[str, Any]) -> bytes:
    return label("vault") + encode(public)


def _cipher(public: dict[str, Any], passphrase: str, wallet_signature: bytes | None) -> AESGCM:
    kdf = public["kdf"]
    stretched = Argon2id(
        salt=bytes.fromhex(kdf["salt"]),
        length=32,
        iterations=kdf["passes"],
        lanes=kdf["lanes"],
        memory_cost=kdf["memory"],
    ).derive(_passphrase_bytes(passphrase))
    return AESGCM(hkdf(stretched + _wallet_part(wallet_signature), b"", label("vault")))


def _passphrase_bytes(passphrase: str) -> bytes:
    try:
        return unicodedata.normalize("NFKC", passphrase).encode()
    except UnicodeEncodeError:
        raise BadInput("The passphrase is not valid Unicode.") from None


def _wallet_part(wallet_signature: bytes | None) -> bytes:
    if wallet_signature is None:
        return b""
    if len(wallet_signature) != 64:
        raise BadInput("The wallet's signature is not given as 64 bytes, r and s.")
    return wallet_signature


def _plain(keyring: Keyring) -> bytes:
    seeds = [
        {"seed": key.seed.reveal().hex(), "version": version} for version, key in sorted(keyring.keys.items())
    ]
    return encode({"keys": seeds})


def _read(data: bytes) -> _VaultJson:
    if len(data) > MAX_VAULT:
        raise BadFormat(f"The vault has {len(data)} bytes, more than {MAX_VAULT}.")
    return decode(data, _VaultJson)


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if base64.b64encode(data).decode() != text or not data:
        raise BadFormat("The vault's ciphertext is not base64 (RFC 4648, section 4).")
    return data


def _keyring(plain: bytes, raw: _VaultJson) -> Keyring:
    keys = decode(plain, _KeysJson).keys
    versions = [key.version for key in keys]
    if versions != sorted(set(versions)):
        raise BadFormat("The vault's versions do not ascend.")
    keyring = Keyring({key.version: DoctorKey.from_seed(bytes.fromhex(key.seed)) for key in keys})
    bundle = keyring.newest.bundle(parse_address(raw.account), keyring.version)
    if raw.version != keyring.version or raw.bundle != hashlib.sha256(bundle).hexdigest():
        raise BadFormat("The vault names another newest key than the one in it.")
    return keyring
