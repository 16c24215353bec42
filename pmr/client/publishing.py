"""Publishing keys: their bundles where everybody finds them, their digests on the chain."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pmr.chain.transaction import TIMEOUT, Receipt
from pmr.client.bundles import Directory
from pmr.client.keystate import KeyState, bundle_of, key_lost, key_state, versions
from pmr.client.upload import BlockApi, upload_leaf
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.errors import KeyNotPublished, NotFound, TransactionFailed, VaultChanged, WrongVersion
from pmr.types import Address, Digest

POLL = 0.5
Left = Callable[[bytes], bool]
"""Says whether a vault is one that was left with the server, or taken from it, by this machine."""


class Publishing(Directory, Protocol):
    """What publishing asks of the chain."""

    @property
    def account(self) -> Address:
        """Whose key it is."""

    def publish(self, version: int, bundle: Digest) -> Receipt:
        """Name a bundle as the account's next version; raise `WrongVersion`."""


class VaultApi(BlockApi, Protocol):
    """What publishing asks of the server."""

    def vault(self) -> bytes:
        """Give the vault that the server keeps for this account; raise `NotFound`."""

    def put_vault(self, vault: bytes, replaces: bytes | None = None) -> None:
        """Keep a vault in the place of the one that `vault` gave; raise `VaultChanged` for another."""


@dataclass(frozen=True)
class Published:
    """A key that others can find now."""

    version: int
    bundle: Digest
    receipt: Receipt | None
    """None when the chain named it already."""


def published_key(directory: Directory, account: Address, keyring: Keyring) -> tuple[DoctorKey, Digest]:
    """Give the key that the chain names now and its bundle's digest: what to seal and sign with.

    Raises `KeyNotPublished`, and `KeyLost` when that key is not in the keyring.
    """
    state = key_state(directory, account, keyring)
    if not state.published and state.pending:
        raise KeyNotPublished("Publish your key first: `pmr key publish`.")
    if state.published not in state.held:
        raise key_lost(account, state.published, state.held)
    bundle = bundle_of(account, keyring, state.published)
    return keyring.key(state.published), bundle.cid.digest


def never_left(_vault: bytes) -> bool:
    """The `Left` of whoever remembers nothing."""
    return False


def publish_key(
    ledger: Publishing, api: VaultApi, keyring: Keyring, vault: bytes, left: Left = never_left
) -> Published:
    """Upload and pin the bundles, leave the vault with the server, then name what is new on chain.

    May be repeated: what was done already is not done again. Raises `KeyLost` when the chain names
    a newer key, or another one as a version of these; `VaultChanged` as `leave_vault`.
    """
    state = key_state(ledger, ledger.account, keyring)
    state.demand_current()
    for version in state.held + state.pending:
        upload_leaf(api, bundle_of(ledger.account, keyring, version))
    leave_vault(api, vault, state, left)
    receipt = None
    for version in state.pending:
        receipt = _name(ledger, state, version, bundle_of(ledger.account, keyring, version).cid.digest)
    return Published(keyring.version, bundle_of(ledger.account, keyring, keyring.version).cid.digest, receipt)


def leave_vault(api: VaultApi, vault: bytes, state: KeyState, left: Left = never_left) -> None:
    """Have the server keep `vault`, whose keys stand as `state` says, in the place of what it has.

    Raises `VaultChanged` when what it has may hold a published key that this vault lacks.
    """
    stored = kept_vault(api)
    if stored is None or stored == vault or left(stored) or not state.missing:
        api.put_vault(vault, stored)
        return
    raise VaultChanged(
        f"The server's copy may hold {versions(state.missing)} of your key, which the vault here lacks, so "
        "it was not replaced. Run `pmr key fetch` first."
    )


def kept_vault(api: VaultApi) -> bytes | None:
    """Give the vault that the server keeps; None for none."""
    try:
        return api.vault()
    except NotFound:
        return None


def _name(ledger: Publishing, state: KeyState, version: int, bundle: Digest) -> Receipt | None:
    """Name a bundle on chain; when its version is taken, see by whom."""
    try:
        return ledger.publish(version, bundle)
    except WrongVersion as error:
        if error.values.get("expected", version + 1) <= version:
            raise
    # An interrupted command sent it already, or another machine sent another one.
    if _named(ledger, version) != bundle:
        raise key_lost(ledger.account, version, state.held)
    return None


def _named(ledger: Publishing, version: int) -> Digest:
    """Give what the chain names as a version that was sent, once it is in a block."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if found := ledger.bundle_at(ledger.account, version):
            return found
        time.sleep(POLL)
    raise TransactionFailed(f"Version {version} of the key was sent, and is not in a block yet. Try again.")
