"""The recovery kit."""

from __future__ import annotations

from typing import Any

import pytest
from vector_files import load, reasons

from pmr.crypto.keyring import Keyring
from pmr.crypto.recovery import read_kit, write_kit
from pmr.errors import BadRecoveryKit
from pmr.types import parse_address

VECTORS = load("recovery")
ACCOUNT = parse_address(VECTORS["cases"][0]["account"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=["plain", "blanks and CRLF", "capitals"])
def test_read_kit_vector_gives_account_and_seeds(case: dict[str, Any]) -> None:
    account, keyring = read_kit(case["kit"])
    assert account.lower() == case["account"]
    assert {str(n): key.seed.reveal().hex() for n, key in keyring.keys.items()} == case["seeds"]


def test_write_kit_vector_gives_the_other_library_s_words() -> None:
    case = VECTORS["cases"][0]
    kit = write_kit(read_kit(case["kit"])[1], ACCOUNT)
    assert [line for line in kit.splitlines() if line.startswith("key ")] == [
        line for line in case["kit"].splitlines() if line.startswith("key ")
    ]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_read_kit_wrong_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(BadRecoveryKit):
        read_kit(case["kit"])


def test_write_kit_reads_back_after_any_rotation() -> None:
    ring = Keyring.new()
    ring.rotate()
    account, read = read_kit(write_kit(ring, ACCOUNT))
    assert account == ACCOUNT
    assert [key.seed for key in read] == [key.seed for key in ring]


def test_read_kit_error_names_the_place_and_never_the_words() -> None:
    kit = write_kit(Keyring.new(), ACCOUNT)
    words = kit.split("key 1: ")[1].split()
    with pytest.raises(BadRecoveryKit, match="Word 3 of key 1") as refusal:
        read_kit(kit.replace(" ".join(words), " ".join([*words[:2], "sekrit", *words[3:]])))
    assert not {"sekrit", *words} & set(str(refusal.value).replace(".", "").split())


@pytest.mark.parametrize(
    "text", ["", "\x00", "key 1:", "key 99999999999999999999: a", "account 0x" + "Z" * 40]
)
def test_read_kit_garbage_is_refused(text: str) -> None:
    with pytest.raises(BadRecoveryKit):
        read_kit(text)
