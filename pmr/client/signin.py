"""What a wallet signs to sign in: checked before it is signed.

The server writes the EIP-4361 text. A client that signed whatever it was sent could be made to sign
in somewhere else for whoever sent it.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pmr.errors import SignInFailed
from pmr.types import Address

_TEXT = re.compile(
    r"(?P<domain>[^\n]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?:[^\n]*\n)?"
    r"\n"
    r"URI: (?P<uri>[^\n]+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>[0-9]+)\n"
    r"Nonce: [A-Za-z0-9]{8,}\n"
    r"Issued At: [^\n]+"
    r"(?:\nExpiration Time: [^\n]+)?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_sign_in_text(text: str, server: str, account: Address, chain_id: int) -> None:
    """Refuse a text that is not a sign-in of `account` to `server` (its URL) on `chain_id`.

    Source of the form: https://eips.ethereum.org/EIPS/eip-4361, without its optional resources.
    Raises `SignInFailed`.
    """
    found = _TEXT.fullmatch(text)
    if not found:
        raise SignInFailed("The server's text is not a plain sign-in message; it was not signed.")
    _demand("domain", found["domain"], _authority(urlsplit(server)))
    _demand("URI", _site(found["uri"]), _site(server))
    _demand("account", found["address"], account)
    _demand("chain id", found["chain"], str(chain_id))


def _demand(what: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise SignInFailed(
            f"The server's text names the {what} {found!r}, but it must be {wanted!r}; it was not signed. "
            "Use the address under which the server knows itself, or do not trust it."
        )


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{_authority(parts)}"


def _authority(parts: SplitResult) -> str:
    host, _, port = parts.netloc.rpartition(":")
    return host if host and port == str(_DEFAULT_PORTS.get(parts.scheme)) else parts.netloc
