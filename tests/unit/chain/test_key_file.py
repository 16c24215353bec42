"""A private key from a file that nobody else may read; its digits are never shown."""

from pathlib import Path

import pytest

from pmr.chain.key_file import read_key_file
from pmr.chain.wallet import Wallet
from pmr.errors import BadKeystore

KEY = "4f" * 32


def file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_text(text, "utf8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", [KEY, f"0x{KEY}", f"{KEY}\n", f"  0x{KEY.upper()}\r\n"])
def test_read_key_file_takes_hex_with_and_without_0x(tmp_path: Path, text: str) -> None:
    assert read_key_file(file(tmp_path, text)).address == Wallet.from_key(bytes.fromhex(KEY)).address


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_read_key_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = file(tmp_path, KEY, mode)
    with pytest.raises(BadKeystore, match=f"chmod 600 {path}"):
        read_key_file(path)


@pytest.mark.parametrize("text", ["", KEY[:-1], KEY + "00", "g" * 64, "clé", "00" * 32, "ff" * 32])
def test_read_key_file_with_something_else_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadKeystore) as caught:
        read_key_file(file(tmp_path, text))
    assert not text or text not in str(caught.value)
    assert caught.value.__cause__ is None


def test_read_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadKeystore, match="nowhere cannot be read"):
        read_key_file(tmp_path / "nowhere")
    with pytest.raises(BadKeystore, match="cannot be read"):
        read_key_file(tmp_path)
