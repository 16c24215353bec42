"""A client signs only a sign-in of its own account, to its own server, on its own chain."""

from __future__ import annotations

import pytest
from client_fakes import wallet

from pmr.client.signin import check_sign_in_text
from pmr.errors import SignInFailed

SERVER = "https://records.example"
ACCOUNT = wallet(1).address
# The layout of EIP-4361's example.
TEXT = (
    "records.example wants you to sign in with your Ethereum account:\n"
    f"{ACCOUNT}\n"
    "\n"
    "Sign in to your medical records.\n"
    "\n"
    "URI: https://records.example\n"
    "Version: 1\n"
    "Chain ID: 31337\n"
    "Nonce: 32891756abcdef\n"
    "Issued At: 2026-11-21T00:00:00Z\n"
    "Expiration Time: 2026-11-21T00:05:00Z"
)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("Sign in to your medical records.\n", ""),
        TEXT.replace("\nExpiration Time: 2026-11-21T00:05:00Z", ""),
        TEXT.replace("URI: https://records.example", "URI: https://records.example/api/session"),
        TEXT.replace("URI: https://records.example", "URI: https://records.example:443"),
    ],
)
def test_check_of_a_plain_sign_in_passes(text: str) -> None:
    check_sign_in_text(text, SERVER, ACCOUNT, 31337)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("records.example wants", "evil.example wants"),
        TEXT.replace("records.example wants", "records.example.evil wants"),
        TEXT.replace("URI: https://records.example", "URI: https://evil.example"),
        TEXT.replace("URI: https://records.example", "URI: http://records.example"),
        TEXT.replace("URI: https://records.example", "URI: https://records.example@evil.example"),
        TEXT.replace(ACCOUNT, wallet(2).address),
        TEXT.replace("Chain ID: 31337", "Chain ID: 1"),
        TEXT.replace("Version: 1", "Version: 2"),
        TEXT.replace("Nonce: 32891756abcdef", "Nonce: short"),
        TEXT + "\nResources:\n- https://evil.example/everything",
        TEXT + "\n",
        "I owe you a house.\n\n" + TEXT,
        "",
    ],
)
def test_check_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SignInFailed):
        check_sign_in_text(text, SERVER, ACCOUNT, 31337)


def test_check_tells_both_names_of_a_server_under_two() -> None:
    with pytest.raises(SignInFailed, match=r"127\.0\.0\.1:5000"):
        check_sign_in_text(TEXT, "http://127.0.0.1:5000", ACCOUNT, 31337)
