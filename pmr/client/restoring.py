"""Keys that come from elsewhere into this machine's vault: a recovery kit, an old file, the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pmr.client.bundles import Directory
from pmr.client.keystate import KeyState, key_state, versions
from pmr.client.profile import Profile
from pmr.client.vaults import TypedSigner, VaultLock, unlock
from pmr.crypto.keyring import Keyring
from pmr.crypto.recovery import read_kit
from pmr.errors import BadPassphrase, BadRecoveryKit, KeyLost, NoKey
from pmr.types import Address


@dataclass(frozen=True)
class Restored:
    """What is in the vault now."""

    state: KeyState
    """How its keys stand to the chain."""
    left_out: tuple[int, ...] = ()
    """Versions that were found, and are not the keys that the chain names."""
    aside: Path | None = None
    """The vault that was here before, if it had keys that are not in this one."""


def read_own_kit(text: str, account: Address) -> Keyring:
    """Read a recovery kit; raise `BadRecoveryKit`, also for a kit of another account."""
    whose, keyring = read_kit(text)
    if whose != account:
        raise BadRecoveryKit(f"The kit is of {whose}, and the wallet is of {account}.")
    return keyring


def restore(
    profile: Profile, directory: Directory, wallet: TypedSigner, found: Keyring, passphrase: str
) -> Restored:
    """Bring keys into the vault that is here, which `passphrase` opens, else into a new one under it.

    The chain decides which keys are taken: those that it names, and those that come after its newest.
    Raises `KeyLost` when the chain names none of
    the keys found, `BadPassphrase`, `BadInput`, `DamagedState`.
    """
    with profile.locked():
        checked = _checked(directory, wallet.address, found)
        if not profile.has_vault():
            profile.add_vault(VaultLock.new(wallet, passphrase).seal(checked.keyring))
            return Restored(checked.state, checked.left_out)
        data = profile.read_vault()
        lock, mine = unlock(data, wallet, passphrase)
        return _merge(profile, directory, lock, data, mine, checked)


def take_from_server(
    profile: Profile, directory: Directory, wallet: TypedSigner, stored: bytes, passphrase: str
) -> Restored:
    """Bring the server's copy of the vault here; the keys of a vault that is here already stay.

    Raises as `restore`, and `NoKey` for a vault of another account.
    """
    with profile.locked():
        checked = _checked(directory, wallet.address, unlock(stored, wallet, passphrase)[1])
        if not profile.has_vault():
            profile.add_vault(stored)
            restored = Restored(checked.state, checked.left_out)
        else:
            restored = _join(profile, directory, wallet, stored, passphrase, checked)
        profile.note_left(stored)
        return restored


@dataclass(frozen=True)
class _Checked:
    keyring: Keyring
    state: KeyState
    left_out: tuple[int, ...]


def _checked(directory: Directory, account: Address, found: Keyring) -> _Checked:
    """Leave out the keys in whose place the chain names others."""
    state = key_state(directory, account, found)
    if not state.held + state.pending:
        raise KeyLost(
            f"The chain names other keys of {account} than the ones found, as {versions(state.foreign)}. Are "
            "they of another network?"
        )
    keyring = Keyring({v: found.key(v) for v in state.held + state.pending})
    return _Checked(keyring, key_state(directory, account, keyring), state.foreign)


def _join(  # noqa: PLR0913, PLR0917 - what `take_from_server` has found out
    profile: Profile,
    directory: Directory,
    wallet: TypedSigner,
    stored: bytes,
    passphrase: str,
    checked: _Checked,
) -> Restored:
    """Merge the server's copy with the vault that is here, if that opens with the same passphrase."""
    data = profile.read_vault()
    try:
        lock, mine = unlock(data, wallet, passphrase)
    except (BadPassphrase, NoKey):
        if checked.state.missing or not checked.state.current:
            raise BadPassphrase(
                f"The server's copy opens, but {profile.vault} does not open with the same passphrase, and "
                "it may hold keys that the copy lacks. Change its passphrase first: `pmr key passphrase`."
            ) from None
        aside = profile.set_aside(data)
        profile.replace_vault(stored)
        return Restored(checked.state, checked.left_out, aside)
    return _merge(profile, directory, lock, data, mine, checked)


def _merge(  # noqa: PLR0913, PLR0917 - two vaults, and who decides
    profile: Profile, directory: Directory, lock: VaultLock, data: bytes, mine: Keyring, checked: _Checked
) -> Restored:
    account = checked.state.account
    wanted = _checked(directory, account, Keyring({**mine.keys, **checked.keyring.keys}))
    dropped = [v for v, key in mine.keys.items() if not _has(wanted.keyring, v, key.seed)]
    aside = profile.set_aside(data) if dropped else None
    if dropped or len(wanted.keyring) > len(mine):
        profile.replace_vault(lock.seal(wanted.keyring))
    return Restored(wanted.state, checked.left_out, aside)


def _has(keyring: Keyring, version: int, seed: object) -> bool:
    return version in keyring.keys and keyring.key(version).seed == seed
