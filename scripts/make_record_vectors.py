"""Seal whole records for vectors/records: a CAR, a recovery kit and what must come out.

Keys are random, so each run gives other records: run it once, and never again for a frozen format.

Usage: python scripts/make_record_vectors.py
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from pmr.client.copying import copy_for
from pmr.client.opening import Get, read_sealed
from pmr.client.sealing import About, Author, Sealed, seal_record
from pmr.client.source import Source
from pmr.content.block import Block
from pmr.content.car import write_car
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import walk
from pmr.crypto.keyring import Keyring
from pmr.crypto.keys import DoctorKey
from pmr.crypto.recovery import write_kit
from pmr.types import parse_address

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
AUTHOR = parse_address("0x" + "a1" * 20)
PATIENT = parse_address("0x" + "b2" * 20)


@dataclass(frozen=True)
class Case:
    """A record to seal: names and sizes of its files, whose bytes are keystreams of their names."""

    name: str
    what: str
    files: dict[str, int]
    about: About


CASES = (
    Case("empty-file", "One file of no bytes.", {"empty.txt": 0}, About("Empty")),
    Case(
        "study",
        "Folders, a name in Arabic, every member of the manifest.",
        {"series/1.dcm": 5000, "series/2.dcm": 4096, "تقرير.pdf": 777},
        About("دراسة CT", "P-0042", "2026-11-21", "Two slices and a report.\n"),
    ),
    Case("large", "A file of two leaves.", {"large.bin": 1_300_000}, About("Large")),
    Case("rotated", "Sealed to version 1 of a key; the kit has versions 1 and 2.", {"a": 1}, About("Old")),
    Case("adopted", "Sealed by one account, owned by another.", {"b": 10_000}, About("Copy", "P-7")),
)


def keystream(name: str, size: int) -> bytes:
    """ChaCha20 with key = SHA-256 of a name, nonce 0 and counter 0."""
    key = hashlib.sha256(name.encode()).digest()
    return Cipher(ChaCha20(key, bytes(16)), None).encryptor().update(bytes(size))


def make(case: Case) -> dict[str, Any]:
    """Seal a case, write its CAR, and give its entry in records.json."""
    keyring = Keyring({1: DoctorKey.generate()})
    store: dict[Cid, bytes] = {}
    bundle = Block.of(RAW, keyring.newest.bundle(AUTHOR, 1))
    sources = [Source.from_bytes(name, keystream(name, size)) for name, size in case.files.items()]
    author = Author(AUTHOR, keyring.newest, bundle.cid.digest)
    sealed = seal_record(sources, case.about, author, lambda block: store.update({block.cid: block.data}))
    root, get, owner, kit = _owned(case, sealed, store, keyring)
    blocks = [Block.checked(cid, get(cid)) for cid, _ in walk(root, get)]
    path = FOLDER / "records" / f"{case.name}.car"
    path.write_bytes(b"".join(write_car(root, [*blocks, bundle])))
    files = [{"name": n, "size": s, "content": f"chacha20:{n}"} for n, s in case.files.items()]
    about = {"title": case.about.title, "patient": case.about.patient}
    return {
        "name": case.name, "what": case.what, "car": f"records/{case.name}.car", "root": str(root),
        "author": AUTHOR, "owner": owner, "kit": kit, "files": files, **about,
        "date": case.about.date, "notes": case.about.notes,
    }  # fmt: skip


def _owned(
    case: Case, sealed: Sealed, store: dict[Cid, bytes], keyring: Keyring
) -> tuple[Cid, Get, str, str]:
    if case.name == "rotated":
        rotated = Keyring({**keyring.keys, 2: DoctorKey.generate()})
        return sealed.root, store.__getitem__, AUTHOR, write_kit(rotated, AUTHOR)
    if case.name != "adopted":
        return sealed.root, store.__getitem__, AUTHOR, write_kit(keyring, AUTHOR)
    theirs = DoctorKey.generate()
    record = read_sealed(sealed.root, store.__getitem__)
    copy = copy_for(record, sealed.content_key, PATIENT, theirs.public_key)
    return copy.root, copy.over(store.__getitem__), PATIENT, write_kit(Keyring({1: theirs}), PATIENT)


def main() -> None:
    """Write vectors/records.json and the CARs beside it."""
    (FOLDER / "records").mkdir(exist_ok=True)
    vectors = {
        "about": "Whole records as CARs (sections 3 to 9), with a kit that opens each and what comes out.",
        "source": "sealed by PMR; opened by Tink, @hpke and @noble in scripts/open_without_pmr.py",
        "cases": [make(case) for case in CASES],
    }
    text = json.dumps(vectors, indent=1, ensure_ascii=False)
    (FOLDER / "records.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
