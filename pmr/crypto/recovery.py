"""The recovery kit: an account's seeds as words on paper (section 8)."""

from __future__ import annotations

import re

from mnemonic import Mnemonic

from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.errors import BadAddress, BadRecoveryKit
from pmr.types import Address, parse_address

_ACCOUNT = re.compile(r"account[ \t]+(0x.*)")
_KEY = re.compile(r"key[ \t]+([0-9]+)[ \t]*:(.*)")
_BLANKS = " \t\r"
WORDS = 24
MAX_DIGITS = 15

_PREFACE = """\
PMR recovery kit

Whoever holds this page can open every record that was sealed to this account. Keep it like a passport,
on paper, away from computers. With it and the account's wallet you can make a new vault.
"""


def write_kit(keyring: Keyring, account: Address) -> str:
    """Give the kit's text: the account, then 24 words of BIP-39 English for each version."""
    words = Mnemonic("english")
    lines = [f"key {n}: {words.to_mnemonic(key.seed.reveal())}" for n, key in keyring.keys.items()]
    return "\n".join([_PREFACE, f"account {account}", *lines, ""])


def read_kit(text: str) -> tuple[Address, Keyring]:
    """Read a kit; raise `BadRecoveryKit` naming the line that is wrong, never its words."""
    accounts: list[Address] = []
    keys: dict[int, DoctorKey] = {}
    for line in text.split("\n"):
        if match := _ACCOUNT.fullmatch(line.strip(_BLANKS)):
            accounts.append(_account(match[1]))
        elif match := _KEY.fullmatch(line.strip(_BLANKS)):
            _add(keys, match[1], match[2])
    if len(accounts) != 1 or not keys:
        raise BadRecoveryKit("It has one line `account 0x…` and at least one line `key N: word … word`.")
    return accounts[0], Keyring(keys)


def _account(text: str) -> Address:
    try:
        return parse_address(text)
    except BadAddress as error:
        raise BadRecoveryKit(f"The account line is wrong. {error.detail}") from None


def _add(keys: dict[int, DoctorKey], digits: str, phrase: str) -> None:
    if len(digits) > MAX_DIGITS or digits.startswith("0"):
        raise BadRecoveryKit("A key's version is a number from 1, without leading zeros.")
    version = int(digits)
    if version in keys:
        raise BadRecoveryKit(f"There are two lines for key {version}.")
    words = [word for word in re.split(r"[ \t]+", phrase.lower()) if word]
    keys[version] = DoctorKey.from_seed(_seed(version, words))


def _seed(version: int, phrase: list[str]) -> bytes:
    words = Mnemonic("english")
    if len(phrase) != WORDS:
        raise BadRecoveryKit(f"Key {version} has {len(phrase)} words, not {WORDS}.")
    for place, word in enumerate(phrase, start=1):
        if word not in words.wordlist:
            raise BadRecoveryKit(f"Word {place} of key {version} is not a word of the list.")
    try:
        return bytes(words.to_entropy(phrase))
    except ValueError:
        raise BadRecoveryKit(f"The words of key {version} do not fit together: one is wrong.") from None
