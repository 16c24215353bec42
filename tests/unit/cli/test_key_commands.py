"""`pmr key` where no chain and no server answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from pmr.chain.wallet import Wallet
from pmr.cli.main import run
from pmr.crypto.recovery import read_kit
from pmr.crypto.vault import vault_info

KEYS = [(number).to_bytes(32, "big") for number in (5, 6)]


class QuickKdf:
    """Stands in for Argon2id, which takes its time on purpose."""

    def __init__(self, *, salt: bytes, **_cost: int) -> None:
        self._salt = salt

    def derive(self, passphrase: bytes) -> bytes:
        return sha256(self._salt + passphrase).digest()


class Fickle(Wallet):
    """A wallet whose signatures of one message differ."""

    def sign_typed(self, message: Mapping[str, Any]) -> bytes:
        KEYS.reverse()
        return Wallet.from_key(KEYS[0]).sign_typed(message)


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


Command = Callable[..., Told]


@pytest.fixture
def pmr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in a folder with a keystore."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pmr.crypto.vault.Argon2id", QuickKdf)
    for name, value in {"RPC_URL": "http://127.0.0.1:9", "SERVER_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(f"PMR_{name}", value)
    (tmp_path / "home").mkdir()
    keystore = Account.encrypt((5).to_bytes(32, "big"), "pw", kdf="scrypt", iterations=2)
    (tmp_path / "home" / "keystore.json").write_text(json.dumps(keystore))
    for name, secret in {"password": "pw", "passphrase": "correct horse", "other": "battery staple"}.items():
        (tmp_path / name).write_text(secret)

    def command(*words: str, passphrase: str = "passphrase") -> Told:
        options = ("--home", "home", "--password-file", "password", "--passphrase-file", passphrase, "--json")
        code = run(["key", *words, *options])
        return Told(code, *capsys.readouterr())

    return command


def test_new_says_to_make_a_kit(pmr: Command, tmp_path: Path) -> None:
    made = pmr("new")
    assert made.data["wallet"] is True
    assert "pmr key kit" in made.err
    assert (tmp_path / "home" / "vault.json").stat().st_mode & 0o777 == 0o600


def test_new_with_a_wallet_that_never_signs_alike_says_so(
    pmr: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "pmr.cli.person.Wallet.from_keystore", lambda *_: Fickle.from_key((5).to_bytes(32, "big"))
    )
    options = ("--home", "home", "--password-file", "password", "--passphrase-file", "passphrase")
    assert run(["key", "new", *options]) == 0
    assert "signs differently each time" in " ".join(capsys.readouterr().out.split())
    assert not vault_info((tmp_path / "home" / "vault.json").read_bytes()).wallet
    assert pmr("kit").code == 0


def test_kit_has_the_key_and_prints_none_of_it(pmr: Command, tmp_path: Path) -> None:
    pmr("new")
    made = pmr("kit", "--output", "kit.txt")
    text = (tmp_path / "kit.txt").read_text()
    account, keyring = read_kit(text)
    assert (made.data["account"], made.data["versions"]) == (account, list(keyring.keys))
    assert (tmp_path / "kit.txt").stat().st_mode & 0o777 == 0o600
    for said in ("shred", "passport"):
        assert said in made.err
    words = text.rsplit(": ", 1)[1].split()
    assert not any(f" {' '.join(words[i : i + 3])}" in made.out + made.err for i in range(len(words) - 2))


def test_kit_never_overwrites_a_file(pmr: Command, tmp_path: Path) -> None:
    pmr("new")
    (tmp_path / "kit.txt").write_text("mine")
    refused = pmr("kit", "--output", "kit.txt")
    assert (refused.code, (tmp_path / "kit.txt").read_text()) == (2, "mine")
    assert "not touched" in refused.err


def test_kit_without_a_vault_says_where_keys_come_from(pmr: Command) -> None:
    refused = pmr("kit")
    assert refused.code == 4
    for command in ("pmr key new", "pmr key fetch", "pmr key restore"):
        assert command in refused.err


def test_wrong_passphrase_is_one_sentence_on_one_line(pmr: Command) -> None:
    pmr("new")
    refused = pmr("kit", passphrase="other")
    assert (refused.code, refused.out, refused.err.count("\n")) == (4, "", 1)


def test_passphrase_without_a_server_changes_the_vault_and_says_what_is_left(pmr: Command) -> None:
    pmr("new")
    changed = pmr("passphrase", "--new-passphrase-file", "other")
    assert changed.data["server"] is False
    assert "pmr key publish" in changed.err
    assert pmr("kit").code == 4
    assert pmr("kit", passphrase="other").code == 0


@pytest.mark.parametrize("text", ["", "short"])
def test_passphrase_that_is_too_short_changes_nothing(pmr: Command, tmp_path: Path, text: str) -> None:
    pmr("new")
    before = (tmp_path / "home" / "vault.json").read_bytes()
    (tmp_path / "new").write_text(text)
    assert pmr("passphrase", "--new-passphrase-file", "new").code == 2
    assert (tmp_path / "home" / "vault.json").read_bytes() == before


def test_restore_wants_one_source(pmr: Command, tmp_path: Path) -> None:
    (tmp_path / "kit.txt").write_text("kit")
    for words in ((), ("--kit", "kit.txt", "--vault", "kit.txt")):
        refused = pmr("restore", *words)
        assert (refused.code, "one of" in refused.err) == (2, True)


@pytest.mark.parametrize("data", [b"no kit", b"\xff\xfe", b"x" * ((1 << 20) + 1)])
def test_restore_of_what_is_no_kit_is_refused(pmr: Command, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "kit.txt").write_bytes(data)
    assert pmr("restore", "--kit", "kit.txt").code == 2


def test_restore_without_a_chain_writes_nothing(pmr: Command, tmp_path: Path) -> None:
    pmr("new")
    pmr("kit", "--output", "kit.txt")
    (tmp_path / "home" / "vault.json").unlink()
    assert pmr("restore", "--kit", "kit.txt").code == 6
    assert not (tmp_path / "home" / "vault.json").exists()
