"""Colleagues' keys: the digest comes from the chain, the bytes from wherever they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from pmr.content.cid import Cid
from pmr.crypto.keys import KeyBundle, read_bundle
from pmr.errors import BadKeyBundle, BundleNotHere, KeyNotPublished, NotFound
from pmr.types import Address, Digest

Fetch = Callable[[Cid], bytes]


class Directory(Protocol):
    """What `KeyDirectory` says."""

    def key_of(self, account: Address) -> tuple[Digest | None, int]:
        """Give the newest bundle's digest and its version; None and 0 for none."""

    def bundle_at(self, account: Address, version: int) -> Digest | None:
        """Give the digest of an earlier version."""


def newest_bundle(directory: Directory, fetch: Fetch, account: Address) -> KeyBundle:
    """Give the key that an account uses now; raise `KeyNotPublished`, `BundleNotHere`, `BadKeyBundle`."""
    digest, version = directory.key_of(account)
    if digest is None:
        raise KeyNotPublished(f"Ask the owner of {account} to run `pmr key publish`.")
    return read_bundle(_fetched(fetch, account, digest), account, digest, version)


def named_bundle(directory: Directory, fetch: Fetch, account: Address, digest: Digest) -> KeyBundle:
    """Give the key that an account uses or once used, by its digest.

    Raises `BadKeyBundle` when the chain never named that digest for the account, `BundleNotHere`.
    """
    version = next((v for v, found in _history(directory, account) if found == digest), None)
    if version is None:
        raise BadKeyBundle(f"{account} never published the key {digest.hex()} that the record names.")
    return read_bundle(_fetched(fetch, account, digest), account, digest, version)


def _fetched(fetch: Fetch, account: Address, digest: Digest) -> bytes:
    try:
        return fetch(Cid.leaf(digest))
    except NotFound:
        raise BundleNotHere(
            f"Ask the owner of {account} to run `pmr key publish` with this server."
        ) from None


def _history(directory: Directory, account: Address) -> Iterator[tuple[int, Digest | None]]:
    newest, version = directory.key_of(account)
    if version:
        yield version, newest
    for earlier in range(version - 1, 0, -1):
        yield earlier, directory.bundle_at(account, earlier)
