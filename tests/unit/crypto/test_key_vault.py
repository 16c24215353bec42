"""The vault: a keyring under a passphrase and a wallet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from vector_files import load, reasons

from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.crypto.vault import (
    normal_signature,
    open_vault,
    seal_vault,
    signs_alike,
    unlock_message,
    vault_info,
)
from pmr.errors import BadFormat, BadInput, BadPassphrase, KeyExists, NoKey
from pmr.types import parse_address

VECTORS = load("vault")
ACCOUNT = parse_address(VECTORS["account"])
PASSPHRASE: str = VECTORS["passphrase"]
SIGNATURE = bytes.fromhex(VECTORS["walletSignature"])
WITH_WALLET, WITHOUT = VECTORS["cases"]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def seeds_of(keyring: Keyring) -> dict[str, str]:
    return {str(version): key.seed.reveal().hex() for version, key in keyring.keys.items()}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=["wallet", "passphrase alone"])
def test_open_vault_vector_gives_the_seeds(case: dict[str, Any]) -> None:
    keyring = open_vault(case["vault"].encode(), PASSPHRASE, SIGNATURE if case["wallet"] else None)
    assert seeds_of(keyring) == case["seeds"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=["wallet", "passphrase alone"])
def test_vault_info_vector_gives_what_it_says(case: dict[str, Any]) -> None:
    info, members = vault_info(case["vault"].encode()), json.loads(case["vault"])
    assert info.account == ACCOUNT
    assert (info.version, info.bundle.hex(), info.wallet) == (
        members["version"],
        members["bundle"],
        case["wallet"],
    )


def test_open_vault_signature_that_is_not_needed_is_left_unused() -> None:
    assert seeds_of(open_vault(WITHOUT["vault"].encode(), PASSPHRASE, bytes(64))) == WITHOUT["seeds"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_open_vault_tampered_is_refused(case: dict[str, str]) -> None:
    with pytest.raises((BadFormat, BadPassphrase)):
        open_vault(case["vault"].encode(), PASSPHRASE, SIGNATURE)


WEAK = [case for case in VECTORS["refused"] if "memory" in case["why"] or "passes" in case["why"]]


@pytest.mark.parametrize("case", WEAK, ids=reasons(WEAK))
def test_open_vault_weak_or_enormous_parameters_are_refused_unstretched(case: dict[str, str]) -> None:
    # BadFormat, not BadPassphrase: a hostile server learns nothing and costs nothing.
    with pytest.raises(BadFormat, match="kdf"):
        open_vault(case["vault"].encode(), PASSPHRASE, SIGNATURE)


@pytest.mark.parametrize("passphrase", ["", "Grüße fi correct horse ", "GRÜSSE fi correct horse"])
def test_open_vault_wrong_passphrase_is_refused(passphrase: str) -> None:
    with pytest.raises(BadPassphrase):
        open_vault(WITH_WALLET["vault"].encode(), passphrase, SIGNATURE)


def test_open_vault_passphrase_typed_in_another_normal_form_opens() -> None:
    typed = "Gru\u0308ße fi correct horse"
    assert seeds_of(open_vault(WITHOUT["vault"].encode(), typed)) == WITHOUT["seeds"]


def test_open_vault_another_wallet_is_refused() -> None:
    with pytest.raises(BadPassphrase):
        open_vault(WITH_WALLET["vault"].encode(), PASSPHRASE, bytes(63) + b"\1")


def test_open_vault_without_the_wallet_says_what_is_missing() -> None:
    with pytest.raises(BadPassphrase, match="wallet's signature"):
        open_vault(WITH_WALLET["vault"].encode(), PASSPHRASE)


def test_open_vault_signature_of_65_bytes_is_refused() -> None:
    with pytest.raises(BadInput, match="64"):
        open_vault(WITH_WALLET["vault"].encode(), PASSPHRASE, SIGNATURE + b"\x1b")


def test_open_vault_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(BadFormat, match="1048576"):
        vault_info(b" " * (1 << 20) + b" ")


@pytest.mark.parametrize("signature", [None, SIGNATURE], ids=["passphrase alone", "wallet"])
def test_seal_vault_opens_again_with_every_version(signature: bytes | None) -> None:
    keyring = Keyring.new()
    keyring.rotate()
    keyring.rotate()
    data = seal_vault(keyring, ACCOUNT, "pass", signature)
    assert seeds_of(open_vault(data, "pass", signature)) == seeds_of(keyring)
    assert vault_info(data).version == 3
    assert vault_info(data).wallet == (signature is not None)


def test_seal_vault_twice_has_new_salt_and_nonce_and_no_seed_in_it() -> None:
    keyring = Keyring.new()
    first, second = (json.loads(seal_vault(keyring, ACCOUNT, "pass")) for _ in range(2))
    assert first["kdf"]["salt"] != second["kdf"]["salt"]
    assert first["nonce"] != second["nonce"]
    assert keyring.newest.seed.reveal().hex() not in json.dumps(first)


def test_seal_vault_writes_the_parameters_of_the_format() -> None:
    kdf = json.loads(seal_vault(Keyring.new(), ACCOUNT, "pass"))["kdf"]
    assert (kdf["lanes"], kdf["memory"], kdf["passes"]) == (1, 65_536, 3)


def test_seal_vault_passphrase_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(BadInput, match="Unicode"):
        seal_vault(Keyring.new(), ACCOUNT, "\ud800")


# --- the wallet ---------------------------------------------------------------------------------


def test_unlock_message_eth_account_signs_what_the_vector_says() -> None:
    message = encode_typed_data(full_message=unlock_message(ACCOUNT))
    assert keccak(b"\x19" + message.version + message.header + message.body).hex() == VECTORS["unlockDigest"]
    signed = Account.sign_message(message, bytes.fromhex(VECTORS["walletKey"]))
    assert normal_signature(bytes(signed.signature)) == SIGNATURE


def test_normal_signature_high_s_gives_the_low_one() -> None:
    high = (ORDER - int.from_bytes(SIGNATURE[32:], "big")).to_bytes(32, "big")
    assert normal_signature(SIGNATURE[:32] + high + b"\x1c") == SIGNATURE


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(65), SIGNATURE, SIGNATURE + b"\0\0", SIGNATURE[:32] + bytes(32) + b"\0", b"\xff" * 65],
)
def test_normal_signature_of_another_form_is_refused(signature: bytes) -> None:
    with pytest.raises(BadInput):
        normal_signature(signature)


def test_signs_alike_same_signature_but_v_and_s_is_a_wallet_for_the_vault() -> None:
    high = (ORDER - int.from_bytes(SIGNATURE[32:], "big")).to_bytes(32, "big")
    assert signs_alike(SIGNATURE + b"\0", SIGNATURE + b"\x1b")
    assert signs_alike(SIGNATURE + b"\0", SIGNATURE[:32] + high + b"\1")


@pytest.mark.parametrize("second", [bytes(31) + b"\1" + SIGNATURE[32:] + b"\0", b"contract wallet", b""])
def test_signs_alike_wallet_that_signs_otherwise_has_the_passphrase_alone(second: bytes) -> None:
    assert not signs_alike(SIGNATURE + b"\0", second)
    assert not signs_alike(second, SIGNATURE + b"\0")


# --- the keyring --------------------------------------------------------------------------------


def test_keyring_rotate_keeps_the_old_key_and_tries_the_newest_first() -> None:
    ring = Keyring.new()
    old = ring.newest
    new = ring.rotate()
    assert (ring.version, ring.newest, ring.key(1), list(ring)) == (2, new, old, [new, old])
    assert new.public_key != old.public_key


def test_keyring_version_that_is_not_there_is_named() -> None:
    with pytest.raises(NoKey, match="Version 2"):
        Keyring.new().key(2)


def test_keyring_add_never_replaces_a_key() -> None:
    ring = Keyring.new()
    with pytest.raises(KeyExists):
        ring.add(1, DoctorKey.generate())


def test_keyring_keys_are_read_only() -> None:
    with pytest.raises(TypeError):
        Keyring.new().keys[2] = DoctorKey.generate()  # type: ignore[index]  # what is tested


@pytest.mark.parametrize("versions", [[], [0], [-1, 1]])
def test_keyring_without_keys_or_below_version_1_is_refused(versions: list[int]) -> None:
    with pytest.raises(BadInput):
        Keyring({version: DoctorKey.generate() for version in versions})
