"""A doctor's Ethereum account as a key on this machine. The browser's wallet is its twin."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_account.signers.local import LocalAccount

from pmr.errors import BadKeystore, KeyExists
from pmr.types import Address


class Wallet:
    """Signs texts, typed data and transactions of one account. Never shows its key."""

    def __init__(self, account: LocalAccount) -> None:
        """Take an unlocked account; callers use `from_keystore` or `from_key`."""
        self._account = account
        self.lock = threading.Lock()
        """Held from choosing a nonce until the transaction is with the node."""

    @classmethod
    def from_keystore(cls, path: Path, password: str) -> Self:
        """Open a V3 keystore file, as geth and most wallets write; raise `BadKeystore`."""
        try:
            key = Account.decrypt(json.loads(path.read_text("utf8")), password)
        except OSError as error:
            raise BadKeystore(f"{path} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadKeystore(f"{path} is not a keystore, or the password is wrong.") from None
        return cls.from_key(bytes(key))

    @classmethod
    def from_key(cls, key: bytes) -> Self:
        """Take a 32-byte private key; raise `BadKeystore` when it is none."""
        try:
            return cls(Account.from_key(key))
        except ValueError:
            raise BadKeystore("A private key is 32 bytes, and not every value is one.") from None

    @property
    def address(self) -> Address:
        """The account."""
        return self._account.address

    def __repr__(self) -> str:
        return f"Wallet({self.address})"

    def sign_text(self, text: str) -> bytes:
        """Sign a text as wallets do (EIP-191, personal_sign): 65 bytes r ‖ s ‖ v."""
        return bytes(self._account.sign_message(encode_defunct(text=text)).signature)

    def sign_typed(self, message: Mapping[str, Any]) -> bytes:
        """Sign a full EIP-712 message: 65 bytes r ‖ s ‖ v."""
        return bytes(self._account.sign_message(encode_typed_data(full_message=dict(message))).signature)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Give the signed transaction as a node takes it."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)


def new_keystore(path: Path, password: str) -> Wallet:
    """Make an account and write its keystore, readable by its user alone; raise `KeyExists`."""
    account: LocalAccount = Account.create()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(Account.encrypt(account.key, password))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyExists(f"{path} is there already; it was not touched.") from None
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return Wallet(account)
