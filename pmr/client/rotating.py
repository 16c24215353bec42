"""A new version of an account's key: durable in a vault before the chain can name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pmr.client.bundles import Directory
from pmr.client.keystate import bundle_of, key_lost, key_state
from pmr.client.profile import Profile, Rotation
from pmr.client.publishing import VaultApi, kept_vault
from pmr.client.vaults import TypedSigner, VaultLock, readable_info, unlock
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.errors import BadPassphrase
from pmr.types import Address


@dataclass(frozen=True)
class NewKey:
    """A key that is in the vault of this machine, to be published next."""

    keyring: Keyring = field(repr=False)
    vault: bytes = field(repr=False)
    resumed: bool
    """Whether an interrupted command had made it already."""


def rotate_key(profile: Profile, directory: Directory, wallet: TypedSigner, passphrase: str) -> NewKey:
    """Add the next version to the vault, or take up the one that is on its way; old ones stay.

    Raises `NoKey`, `BadPassphrase`, `DamagedState`, and `KeyLost` when the chain names a newer key
    than the vault has.
    """
    _demand_vault(profile, directory, wallet.address)
    with profile.locked():
        data = profile.read_vault()
        lock, keyring = unlock(data, wallet, passphrase)
        state = key_state(directory, wallet.address, keyring)
        state.demand_current()
        if state.pending or _is_newest(profile.rotation(), wallet.address, keyring):
            return NewKey(keyring, data, resumed=True)
        keyring.rotate()
        profile.begin_rotation(_rotation(wallet.address, keyring))
        data = lock.seal(keyring)
        profile.replace_vault(data)
    return NewKey(keyring, data, resumed=False)


def replace_lost_key(profile: Profile, directory: Directory, wallet: TypedSigner, passphrase: str) -> NewKey:
    """Put a vault that has the next version alone in the place of one that is lost; keep the old file.

    May be repeated, with the same new passphrase. Raises `BadInput` for one that is too short.
    """
    with profile.locked():
        version = directory.key_of(wallet.address)[1]
        begun = profile.rotation()
        old = profile.read_vault() if profile.has_vault() else None
        if old and begun and begun.lost and begun.version >= version and _has_newest(old, begun):
            return NewKey(_made_before(profile, old, wallet, passphrase), old, resumed=True)
        lock = VaultLock.new(wallet, passphrase)
        keyring = Keyring({version + 1: DoctorKey.generate()})
        data = lock.seal(keyring)
        if old is not None:
            profile.set_aside(old)
        profile.begin_rotation(_rotation(wallet.address, keyring, lost=True))
        profile.replace_vault(data)
    return NewKey(keyring, data, resumed=False)


def replace_lost_copy(profile: Profile, api: VaultApi, vault: bytes) -> Path | None:
    """Put a vault in the place of the server's copy, whose passphrase is lost too; keep that in a file.

    It may open again when somebody remembers the passphrase.
    """
    stored = kept_vault(api)
    aside = profile.set_aside(stored) if stored is not None and stored != vault else None
    api.put_vault(vault, stored)
    profile.note_left(vault)
    return aside


def _demand_vault(profile: Profile, directory: Directory, account: Address) -> None:
    version = 0 if profile.has_vault() else directory.key_of(account)[1]
    if version:
        raise key_lost(account, version)


def _made_before(profile: Profile, vault: bytes, wallet: TypedSigner, passphrase: str) -> Keyring:
    try:
        return unlock(vault, wallet, passphrase)[1]
    except BadPassphrase:
        raise BadPassphrase(
            "An interrupted command made the vault that is here, under the passphrase that was chosen then. "
            f"If you do not know that one either, remove {profile.rotation_file} and run this again."
        ) from None


def _rotation(account: Address, keyring: Keyring, *, lost: bool = False) -> Rotation:
    return Rotation(keyring.version, bundle_of(account, keyring, keyring.version).cid.digest, lost)


def _is_newest(begun: Rotation | None, account: Address, keyring: Keyring) -> bool:
    """Say whether the newest key is the one of a rotation whose end nobody was told."""
    return begun is not None and begun == _rotation(account, keyring, lost=begun.lost)


def _has_newest(vault: bytes, begun: Rotation) -> bool:
    info = readable_info(vault)
    return (info.version, info.bundle) == (begun.version, begun.bundle)
