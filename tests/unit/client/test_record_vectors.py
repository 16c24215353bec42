"""Whole records from vectors/: opened with a recovery kit, and refused when a byte is bent."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from pmr.client.importing import CarFile, open_car
from pmr.client.opening import OpenRecord
from pmr.crypto.recovery import read_kit
from pmr.errors import PmrError
from pmr.types import parse_address

FOLDER = Path(__file__).resolve().parents[3] / "vectors"
CASES = json.loads((FOLDER / "records.json").read_text())["cases"]


def keystream(content: str, size: int) -> bytes:
    key = hashlib.sha256(content.removeprefix("chacha20:").encode()).digest()
    return Cipher(ChaCha20(key, bytes(16)), None).encryptor().update(bytes(size))


def opened(case: dict[str, Any], car: bytes) -> tuple[CarFile, OpenRecord]:
    account, keyring = read_kit(case["kit"])
    file = CarFile(BytesIO(car))
    return file, open_car(file, account, keyring)


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["name"]))
def test_open_car_of_a_vector_gives_its_files_and_manifest(case: dict[str, Any]) -> None:
    car, record = opened(case, (FOLDER / case["car"]).read_bytes())
    about = record.manifest
    assert (str(car.root), parse_address(case["author"])) == (case["root"], record.sealed.header.author)
    assert {n: getattr(about, n) for n in ("title", "patient", "date", "notes")}.items() <= case.items()
    for number, file in enumerate(case["files"]):
        assert about.files[number].name == file["name"]
        assert b"".join(record.file(number)) == keystream(file["content"], file["size"])


def test_open_car_of_a_vector_with_any_byte_bent_is_refused() -> None:
    case = CASES[0]
    whole = (FOLDER / case["car"]).read_bytes()
    for at in range(0, len(whole), 487):
        bent = bytearray(whole)
        bent[at] ^= 1
        with pytest.raises(PmrError):
            b"".join(opened(case, bytes(bent))[1].file(0))
