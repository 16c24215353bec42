"""The walk-away tool opens what PMR sealed, with a CAR and a kit alone, and refuses what was bent."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from pmr.client.sealing import About, Author, seal_record
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.car import write_car
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import walk
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.crypto.recovery import write_kit
from pmr.types import parse_address

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "vectors"
CASES = json.loads((VECTORS / "records.json").read_text())["cases"]
ACCOUNT = parse_address("0x" + "ab" * 20)
FILES = {"ct/1.dcm": os.urandom(3_000_000), "note.txt": b"hello", "empty": b""}


@dataclass(frozen=True)
class Copy:
    """A record as its owner keeps it."""

    root: Cid
    blocks: dict[Cid, bytes]
    kit: str

    def car(self) -> bytes:
        return b"".join(write_car(self.root, (Block.checked(c, d) for c, d in self.blocks.items())))


@pytest.fixture(scope="module")
def copy() -> Copy:
    key = DoctorKey.generate()
    bundle = Block.of(RAW, key.bundle(ACCOUNT, 1))
    store: dict[Cid, bytes] = {}
    sources = [Source.from_bytes(name, data) for name, data in FILES.items()]
    author = Author(ACCOUNT, key, bundle.cid.digest)
    sealed = seal_record(sources, About("CT"), author, lambda b: store.update({b.cid: b.data}))
    steps = walk(sealed.root, store.__getitem__, lambda cid: len(store[cid]))
    blocks = {cid: store[cid] for cid, _ in steps} | {bundle.cid: bundle.data}
    return Copy(sealed.root, blocks, write_kit(Keyring({1: key}), ACCOUNT))


def _open(folder: Path, car: bytes, kit: str) -> subprocess.CompletedProcess[str]:
    (folder / "record.car").write_bytes(car)
    (folder / "kit.txt").write_text(kit)
    script = ROOT / "scripts" / "open_without_pmr.py"
    command = [sys.executable, str(script), "record.car", "kit.txt", "out"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_script_imports_nothing_of_pmr_and_stays_short() -> None:
    text = (ROOT / "scripts" / "open_without_pmr.py").read_text()
    assert "import pmr" not in text
    assert "from pmr" not in text
    assert "cryptography.hazmat" not in text
    assert len(text.splitlines()) <= 200


def test_open_with_car_and_kit_gives_the_very_files(tmp_path: Path, copy: Copy) -> None:
    ended = _open(tmp_path, copy.car(), copy.kit)
    assert ended.returncode == 0, ended.stderr
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["name"]))
def test_open_of_each_vector_gives_what_it_says(tmp_path: Path, case: dict[str, Any]) -> None:
    ended = _open(tmp_path, (VECTORS / case["car"]).read_bytes(), case["kit"])
    assert ended.returncode == 0, ended.stderr
    for file in case["files"]:
        key = hashlib.sha256(file["name"].encode()).digest()
        wanted = Cipher(ChaCha20(key, bytes(16)), None).encryptor().update(bytes(file["size"]))
        assert (tmp_path / "out" / file["name"]).read_bytes() == wanted
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["title"] == case["title"]


def test_open_with_somebody_elses_kit_is_refused(tmp_path: Path, copy: Copy) -> None:
    ended = _open(tmp_path, copy.car(), write_kit(Keyring({1: DoctorKey.generate()}), ACCOUNT))
    assert ended.returncode != 0
    assert "None of the kit's keys" in ended.stderr


def test_open_of_a_damaged_car_is_refused(tmp_path: Path, copy: Copy) -> None:
    car = bytearray(copy.car())
    car[len(car) // 2] ^= 1
    ended = _open(tmp_path, bytes(car), copy.kit)
    assert ended.returncode != 0
    assert "damaged" in ended.stderr
    assert not (tmp_path / "out").exists()
