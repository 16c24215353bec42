"""The manifest, plain and sealed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_files import load, reasons

from pmr.crypto.body import MANIFEST_NUMBER, MAX_MANIFEST, Body, body_aad
from pmr.crypto.content_key import BodyKey
from pmr.crypto.manifest import FileEntry, Manifest
from pmr.errors import BadFormat, CannotDecrypt, PmrError, TooLarge

VECTORS = load("manifest")
CASE = VECTORS["cases"][0]
KEY = BodyKey(bytes.fromhex(VECTORS["bodyKey"]))
BODY = Body(KEY, body_aad(VECTORS["header"].encode(), MANIFEST_NUMBER))


def manifest_of(members: dict[str, Any]) -> Manifest:
    files = tuple(FileEntry(**file) for file in members["files"])
    return Manifest(members["title"], members["patient"], members["date"], members["notes"], files)


MANIFEST = manifest_of(CASE["members"])


def test_manifest_vector_encodes_and_decodes_to_the_byte() -> None:
    assert MANIFEST.encode().decode() == CASE["manifest"]
    assert Manifest.decode(CASE["manifest"].encode()) == MANIFEST


def test_open_vector_gives_the_manifest() -> None:
    assert Manifest.open(BODY, bytes.fromhex(CASE["sealed"]), 2) == MANIFEST


@pytest.mark.parametrize("case", VECTORS["refused"], ids=reasons(VECTORS["refused"]))
def test_decode_malformed_manifest_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(BadFormat):
        Manifest.decode(case["manifest"].encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("case", VECTORS["refusedSealed"], ids=reasons(VECTORS["refusedSealed"]))
def test_open_sealed_otherwise_is_refused(case: dict[str, str]) -> None:
    with pytest.raises((BadFormat, CannotDecrypt)):
        Manifest.open(BODY, bytes.fromhex(case["sealed"]), 2)


def test_open_manifest_of_another_record_is_refused() -> None:
    other = Body(BodyKey(bytes(32)), body_aad(VECTORS["header"].encode(), MANIFEST_NUMBER))
    with pytest.raises(CannotDecrypt):
        Manifest.open(other, bytes.fromhex(CASE["sealed"]), 2)


@pytest.mark.parametrize("files", [1, 3])
def test_open_under_a_header_that_lies_about_the_files_is_refused(files: int) -> None:
    with pytest.raises(BadFormat, match="lists 2 files"):
        Manifest.open(BODY, bytes.fromhex(CASE["sealed"]), files)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"date": "yesterday"},
        {"files": ()},
        {"files": (FileEntry("../x", 1, "text/plain"),)},
        {"title": "\ud800"},
    ],
)
def test_encode_value_outside_the_format_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadFormat):
        replace(MANIFEST, **changes).encode()


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, 65_536])
def test_seal_any_length_is_padded_to_4_kib(length: int) -> None:
    manifest = replace(MANIFEST, notes="n" * length)
    sealed = manifest.seal(BODY)
    assert (len(sealed) - 56) % 4096 == 0
    assert Manifest.open(BODY, sealed, 2) == manifest


def test_seal_exact_page_has_no_padding() -> None:
    short = replace(MANIFEST, notes="")
    manifest = replace(short, notes="n" * (4096 - len(short.encode())))
    assert len(manifest.seal(BODY)) == 40 + 4096 + 16
    assert Manifest.open(BODY, manifest.seal(BODY), 2) == manifest


def test_seal_more_than_8_mib_is_refused() -> None:
    assert len(BODY.open_manifest(BODY.seal_manifest(b"x" * MAX_MANIFEST))) == MAX_MANIFEST
    with pytest.raises(TooLarge):
        BODY.seal_manifest(b"x" * (MAX_MANIFEST + 1))


def test_open_more_than_8_mib_is_refused_unopened() -> None:
    with pytest.raises(BadFormat, match="manifest"):
        BODY.open_manifest(bytes(MAX_MANIFEST + 4096 + 40 + 9 * 16))


PLAIN = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/\\"), min_size=1, max_size=60
)
NAMES = st.lists(PLAIN.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4).map("/".join)


@given(
    PLAIN, st.text(max_size=50), st.dates(), st.lists(st.tuples(NAMES, st.integers(0, 1 << 40)), min_size=1)
)
def test_encode_any_manifest_decodes_to_the_same_or_is_refused(
    title: str, notes: str, day: Any, files: list[tuple[str, int]]
) -> None:
    entries = tuple(FileEntry(name, size, "image/png") for name, size in files)
    manifest = Manifest(title, "", day.isoformat(), notes, entries)
    names = {name for name, _ in files}
    nested = any(other.startswith(f"{name}/") for name in names for other in names)
    if len(names) < len(files) or nested:
        with pytest.raises(PmrError):
            manifest.encode()
    else:
        assert Manifest.decode(manifest.encode()) == manifest
