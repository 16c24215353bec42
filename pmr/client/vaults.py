"""Making and unlocking a doctor's vault, with the wallet's help where its signatures repeat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pmr.crypto.keyring import Keyring
from pmr.crypto.vault import normal_signature, open_vault, seal_vault, signs_alike, unlock_message, vault_info
from pmr.errors import BadFormat, BadInput, DamagedState, NoKey
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


def new_vault(wallet: TypedSigner, passphrase: str) -> bytes:
    """Make a first key and seal it; the wallet's signature is part of the lock when it repeats.

    Raises `BadInput` for a passphrase that is too short.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise BadInput(f"A passphrase has at least {MIN_PASSPHRASE} characters.")
    first, second = (wallet.sign_typed(unlock_message(wallet.address)) for _ in range(2))
    part = normal_signature(first) if signs_alike(first, second) else None
    return seal_vault(Keyring.new(), wallet.address, passphrase, part)


def unlock_vault(data: bytes, wallet: TypedSigner, passphrase: str) -> Keyring:
    """Open a vault of the wallet's account; raise `NoKey`, `BadPassphrase`, `DamagedState`."""
    try:
        info = vault_info(data)
    except BadFormat as error:
        raise DamagedState(f"The vault is not readable: {error.detail}") from None
    if info.account != wallet.address:
        raise NoKey(f"The vault here is of {info.account}, and the wallet is of {wallet.address}.")
    part = normal_signature(wallet.sign_typed(unlock_message(wallet.address))) if info.wallet else None
    return open_vault(data, passphrase, part)
