"""Publishing a key: its bundle where everybody finds it, its digest on the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pmr.chain.transaction import Receipt
from pmr.client.bundles import Directory
from pmr.client.upload import BlockApi, upload_leaf
from pmr.content.block import Block
from pmr.content.cid import RAW
from pmr.crypto.keyring import Keyring
from pmr.types import Address, Digest


class Publishing(Directory, Protocol):
    """What publishing asks of the chain."""

    @property
    def account(self) -> Address:
        """Whose key it is."""

    def publish(self, version: int, bundle: Digest) -> Receipt:
        """Name a bundle as the account's next version; raise `WrongVersion`."""


class VaultApi(BlockApi, Protocol):
    """What publishing asks of the server."""

    def put_vault(self, vault: bytes) -> None:
        """Keep the vault of this account."""


@dataclass(frozen=True)
class Published:
    """A key that others can find now."""

    version: int
    bundle: Digest
    receipt: Receipt | None
    """None when the chain named it already."""


def own_bundle(account: Address, keyring: Keyring) -> Block:
    """Give the bundle of an account's newest key: the same bytes each time."""
    return Block.of(RAW, keyring.newest.bundle(account, keyring.version))


def publish_key(ledger: Publishing, api: VaultApi, keyring: Keyring, vault: bytes) -> Published:
    """Upload and pin the bundle, leave the vault with the server, then name the bundle on chain.

    May be repeated: what was done already is not done again. Raises `WrongVersion` when the chain
    names another key as this version.
    """
    block = own_bundle(ledger.account, keyring)
    upload_leaf(api, block)
    api.put_vault(vault)
    done = ledger.key_of(ledger.account) == (block.cid.digest, keyring.version)
    receipt = None if done else ledger.publish(keyring.version, block.cid.digest)
    return Published(keyring.version, block.cid.digest, receipt)
