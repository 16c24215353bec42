"""The account's key signs and is never shown."""

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from pmr.chain.wallet import Wallet, new_keystore
from pmr.errors import BadKeystore, KeyExists

KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
# From the Ethereum wiki's Web3 Secret Storage test vectors (PBKDF2, password "testpassword").
VECTOR = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
        "Unlock": [{"name": "account", "type": "address"}, {"name": "statement", "type": "string"}],
    },
    "primaryType": "Unlock",
    "domain": {"name": "PMR Vault", "version": "1"},
    "message": {"account": ADDRESS, "statement": "Unlock"},
}


def test_from_key_gives_the_address() -> None:
    assert Wallet.from_key(KEY).address == ADDRESS


@pytest.mark.parametrize("key", [b"", b"\x01", bytes(32), b"\xff" * 32, b"\x01" * 33])
def test_from_key_of_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(BadKeystore):
        Wallet.from_key(key)


def test_from_keystore_opens_the_published_vector(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(VECTOR))
    wallet = Wallet.from_keystore(path, "testpassword")
    expected = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
    assert wallet.address == Wallet.from_key(bytes.fromhex(expected)).address


def test_from_keystore_with_a_wrong_password_is_refused_without_telling_it(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(VECTOR))
    with pytest.raises(BadKeystore) as caught:
        Wallet.from_keystore(path, "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 3}', '{"version": 3, "crypto": {}}', "null", '"x"']
)
def test_from_keystore_of_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(BadKeystore):
        Wallet.from_keystore(path, "x")


def test_from_keystore_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadKeystore, match="cannot be read"):
        Wallet.from_keystore(tmp_path / "none.json", "x")


def test_new_keystore_is_private_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "new.json"
    wallet = new_keystore(path, "a password")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Wallet.from_keystore(path, "a password").address == wallet.address


def test_new_keystore_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text("precious")
    with pytest.raises(KeyExists):
        new_keystore(path, "a password")
    assert path.read_text() == "precious"


def test_sign_text_is_what_wallets_give() -> None:
    signature = Wallet.from_key(KEY).sign_text("hello")
    assert len(signature) == 65
    assert Account.recover_message(encode_defunct(text="hello"), signature=signature) == ADDRESS


def test_sign_typed_without_a_chain_id_recovers_to_the_account() -> None:
    signature = Wallet.from_key(KEY).sign_typed(TYPED)
    assert len(signature) == 65
    assert Account.recover_message(encode_typed_data(full_message=TYPED), signature=signature) == ADDRESS
    assert Wallet.from_key(KEY).sign_typed(TYPED) == signature


def test_wallet_shows_its_address_and_never_its_key() -> None:
    wallet = Wallet.from_key(KEY)
    shown = f"{wallet} {wallet!r} {wallet.__dict__!r}"
    assert ADDRESS in shown
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown
