"""Who sealed a record: Ed25519 over its header, manifest and files (section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from pmr.crypto.header import MAX_FILES
from pmr.crypto.keys import DoctorKey, KeyBundle
from pmr.crypto.labels import label
from pmr.errors import BadFormat

CID = 36
UNSIGNED = frozenset({"owner", "signature"})


def record_message(entries: Mapping[str, bytes]) -> bytes:
    """Give what is signed, from the directory's names and binary CIDs (36 bytes each).

    `owner` and `signature` may be among them and are left out. Raises `BadFormat` unless the others
    are `header`, `manifest` and the files `0`, `1`, … without a gap.
    """
    signed = {name: cid for name, cid in entries.items() if name not in UNSIGNED}
    _check_names(signed)
    return label("record") + b"".join(_entry(name, signed[name]) for name in sorted(signed))


def sign_record(key: DoctorKey, entries: Mapping[str, bytes]) -> bytes:
    """Sign a record as its author: 64 bytes."""
    return key.sign(record_message(entries))


def verify_record(bundle: KeyBundle, entries: Mapping[str, bytes], signature: bytes) -> None:
    """Raise `BadSignature` unless the bundle's key signed these entries.

    The caller has matched the bundle with the header's `author` and `authorKey`.
    """
    bundle.verify(record_message(entries), signature)


def _check_names(signed: Mapping[str, bytes]) -> None:
    files = len(signed) - 2
    if not 1 <= files <= MAX_FILES or signed.keys() != {"header", "manifest", *map(str, range(files))}:
        raise BadFormat("A record has a header, a manifest and files numbered from 0 without a gap.")


def _entry(name: str, cid: bytes) -> bytes:
    if len(cid) != CID:
        raise BadFormat(f"The CID of {name} has {len(cid)} bytes, not {CID}.")
    return bytes([len(name)]) + name.encode("ascii") + cid
