"""A private key in a file of its own: for programs that deploy and nobody to type a password."""

from __future__ import annotations

import stat
from pathlib import Path

from pmr.chain.wallet import Wallet
from pmr.errors import BadKeystore

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_key_file(path: Path) -> Wallet:
    """Take the key of a file: 64 hex digits, with or without 0x. Raises `BadKeystore`, never naming it.

    A file that others may read is refused.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and mode & _OTHERS:
            raise BadKeystore(f"Others may read {path}, which holds a private key: `chmod 600 {path}` first.")
        text = path.read_text("ascii").strip()
    except OSError as error:
        raise BadKeystore(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadKeystore(f"{path} is not a private key in hex.") from None
    return Wallet.from_key(_key(text, path))


def _key(text: str, path: Path) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise BadKeystore(f"{path} is not a private key in hex.") from None
