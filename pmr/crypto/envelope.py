"""Envelopes carry a content key to one reader: HPKE with X-Wing (section 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from pmr.crypto.content_key import ContentKey
from pmr.crypto.keys import DoctorKey, read_public_key
from pmr.crypto.labels import label
from pmr.errors import BadFormat, CannotDecrypt
from pmr.types import Address, address_bytes

ENVELOPE = 1169
_VERSION = b"\x01"
_SUITE = b"\x01"


class Context(Protocol):
    """What an envelope is bound to, so that it opens nothing else."""

    @property
    def content_id(self) -> bytes:
        """The version of the record that the key opens."""

    @property
    def key_commit(self) -> bytes:
        """What the header says of the key."""

    def info(self, public_key: bytes) -> bytes:
        """Give the HPKE `info` for a reader's public key."""


@dataclass(frozen=True)
class GrantContext:
    """A record on one chain, in one registry, given by one owner to one reader."""

    chain_id: int
    registry: Address
    content_id: bytes
    granter: Address
    """The record's owner on chain."""
    reader: Address
    key_commit: bytes

    def info(self, public_key: bytes) -> bytes:
        """Give the HPKE `info` of section 7."""
        return b"".join(
            (
                label("grant"),
                _SUITE,
                self.chain_id.to_bytes(8, "big"),
                address_bytes(self.registry),
                self.content_id,
                address_bytes(self.granter),
                address_bytes(self.reader),
                hashlib.sha256(public_key).digest(),
                self.key_commit,
            )
        )


@dataclass(frozen=True)
class OwnerContext:
    """A directory's own copy: no chain in it, so that it can be registered anywhere."""

    content_id: bytes
    owner: Address
    key_commit: bytes

    def info(self, public_key: bytes) -> bytes:
        """Give the HPKE `info` of section 7."""
        return b"".join(
            (
                label("owner"),
                _SUITE,
                self.content_id,
                address_bytes(self.owner),
                hashlib.sha256(public_key).digest(),
                self.key_commit,
            )
        )


def seal_envelope(content_key: ContentKey, context: Context, public_key: bytes) -> bytes:
    """Seal a content key to a reader's 1,216-byte key: 1,169 bytes.

    Raises `BadKeyBundle` for a key that must not be sealed to, `CannotDecrypt` when the content key
    is not the one that the context commits to.
    """
    content_key.check(context.content_id, context.key_commit)
    key = read_public_key(public_key)
    return _VERSION + _suite().encrypt(content_key.reveal(), key, context.info(public_key))


def open_envelope(envelope: bytes, context: Context, key: DoctorKey) -> ContentKey:
    """Open an envelope and check the key against `keyCommit`; raise `BadFormat` or `CannotDecrypt`."""
    _check_form(envelope)
    try:
        opened = _suite().decrypt(envelope[1:], key.decapsulation_key, context.info(key.public_key))
    except (InvalidTag, ValueError):
        raise CannotDecrypt("The envelope is for another reader, key or record.") from None
    content_key = ContentKey(opened)
    content_key.check(context.content_id, context.key_commit)
    return content_key


def open_with_any(envelope: bytes, context: Context, keys: Iterable[DoctorKey]) -> ContentKey:
    """Open with the first key that does: an envelope does not say which version it was sealed to."""
    for key in keys:
        try:
            return open_envelope(envelope, context, key)
        except CannotDecrypt:
            continue
    raise CannotDecrypt("The envelope opens with none of the keys of this account.")


def _check_form(envelope: bytes) -> None:
    if len(envelope) != ENVELOPE:
        raise BadFormat(f"An envelope has {ENVELOPE} bytes, not {len(envelope)}.")
    if envelope[:1] != _VERSION:
        raise BadFormat(f"This envelope is of version {envelope[0]}; only 1 is known.")


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
