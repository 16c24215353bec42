"""Making and unlocking a doctor's vault, with the wallet's help where its signatures repeat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

from pmr.crypto.keyring import Keyring
from pmr.crypto.vault import (
    VaultInfo,
    normal_signature,
    open_vault,
    seal_vault,
    signs_alike,
    unlock_message,
    vault_info,
)
from pmr.errors import BadFormat, BadInput, BadPassphrase, DamagedState, NoKey
from pmr.types import Address

MIN_PASSPHRASE = 8
"""Characters. Argon2id makes each guess dear; a short passphrase makes them few."""


class TypedSigner(Protocol):
    """The part of a wallet that takes part in a vault's key."""

    @property
    def address(self) -> Address:
        """The account."""

    def sign_typed(self, message: Mapping[str, Any]) -> bytes:
        """Sign a full EIP-712 message; 65 bytes."""


class VaultLock:
    """What opens and seals one account's vaults: a passphrase, and the wallet's part if it repeats."""

    __slots__ = ("_account", "_part", "_passphrase")

    def __init__(self, account: Address, passphrase: str, part: bytes | None) -> None:
        """Take the wallet's part as `normal_signature` gives it; None for the passphrase alone."""
        self._account = account
        self._passphrase = passphrase
        self._part = part

    @classmethod
    def new(cls, wallet: TypedSigner, passphrase: str) -> Self:
        """Choose a new lock; the wallet signs twice, and takes part when it signs alike.

        Raises `BadInput` for a passphrase that is too short.
        """
        check_passphrase(passphrase)
        first, second = (_sign(wallet) for _ in range(2))
        return cls(
            wallet.address, passphrase, normal_signature(first) if signs_alike(first, second) else None
        )

    @classmethod
    def of(cls, data: bytes, wallet: TypedSigner, passphrase: str) -> Self:
        """Give the lock that a vault asks for; raise `NoKey` for another account's, `DamagedState`."""
        needed = readable_info(data)
        if needed.account != wallet.address:
            raise NoKey(f"The vault is of {needed.account}, and the wallet is of {wallet.address}.")
        return cls(wallet.address, passphrase, normal_signature(_sign(wallet)) if needed.wallet else None)

    def open(self, data: bytes) -> Keyring:
        """Open a vault; raise `BadPassphrase`, `DamagedState`."""
        try:
            return open_vault(data, self._passphrase, self._part)
        except BadFormat as error:
            raise _damaged(error) from None

    def seal(self, keyring: Keyring) -> bytes:
        """Give a vault of these keys, with a new salt and nonce."""
        return seal_vault(keyring, self._account, self._passphrase, self._part)

    def __repr__(self) -> str:
        return f"<VaultLock of {self._account}>"


def check_passphrase(passphrase: str) -> None:
    """Raise `BadInput` for a passphrase that is too short to choose."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise BadInput(f"A passphrase has at least {MIN_PASSPHRASE} characters.")


def new_vault(wallet: TypedSigner, passphrase: str) -> bytes:
    """Make a first key and seal it; raise `BadInput` for a passphrase that is too short."""
    return VaultLock.new(wallet, passphrase).seal(Keyring.new())


def unlock_vault(data: bytes, wallet: TypedSigner, passphrase: str) -> Keyring:
    """Open a vault of the wallet's account; raise `NoKey`, `BadPassphrase`, `DamagedState`."""
    return unlock(data, wallet, passphrase)[1]


def unlock(data: bytes, wallet: TypedSigner, passphrase: str) -> tuple[VaultLock, Keyring]:
    """Open a vault and give what seals it again too; raise as `unlock_vault`."""
    lock = VaultLock.of(data, wallet, passphrase)
    try:
        return lock, lock.open(data)
    except BadPassphrase:
        if readable_info(data).wallet and not signs_alike(_sign(wallet), _sign(wallet)):
            raise BadPassphrase(
                "This wallet signs differently each time now, so it cannot open a vault that it is part of. "
                "Make a new vault from your recovery kit: `pmr key restore --kit FILE`."
            ) from None
        raise


def readable_info(data: bytes) -> VaultInfo:
    """Read what a vault says of itself; raise `DamagedState`."""
    try:
        return vault_info(data)
    except BadFormat as error:
        raise _damaged(error) from None


def _damaged(error: BadFormat) -> DamagedState:
    return DamagedState(f"The vault is not readable: {error.detail}")


def _sign(wallet: TypedSigner) -> bytes:
    return wallet.sign_typed(unlock_message(wallet.address))
