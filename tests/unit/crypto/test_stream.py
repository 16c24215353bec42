"""Tink's streaming AEAD at exact sizes, against Tink itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tink_party import tink_open, tink_seal
from vector_files import draw, load

from pmr.crypto.content_key import BodyKey
from pmr.crypto.stream import HEADER, SEGMENT, Layout, Segments, new_header
from pmr.errors import BadFormat, CannotDecrypt

VECTORS = load("stream")
KEY = BodyKey(bytes.fromhex(VECTORS["key"]))
AAD = bytes.fromhex(VECTORS["aad"])
# Plaintext that exactly fills 0, 1, 2 or 3 segments, and the sizes around it.
FULL = [0, 1_048_520, 2_097_080, 3_145_640]
BOUNDARIES = sorted({size + more for size in FULL for more in (-1, 0, 1) if size + more >= 0})


def seal(plain: bytes, header: bytes) -> bytes:
    layout = Layout(len(plain))
    segments = Segments(KEY, AAD, header, layout)
    parts = (layout.part(index) for index in range(layout.segments))
    return b"".join(segments.seal(i, plain[part.start : part.stop]) for i, part in enumerate(parts))


def pieces(sealed: bytes) -> Iterator[bytes]:
    return (sealed[i : i + SEGMENT] for i in range(0, len(sealed), SEGMENT))


def open_all(sealed: bytes) -> bytes:
    segments = Segments(KEY, AAD, sealed[:HEADER], Layout.of_sealed(len(sealed)))
    return b"".join(segments.open(index, piece) for index, piece in enumerate(pieces(sealed)))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["size"]))
def test_seal_with_tink_s_header_gives_tink_s_ciphertext(case: dict[str, Any]) -> None:
    plain = draw(case["content"], case["size"])
    sealed = seal(plain, bytes.fromhex(case["header"]))
    assert len(sealed) == case["sealedSize"]
    assert hashlib.sha256(sealed).hexdigest() == case["sha256"]
    assert case.get("ciphertext", sealed.hex()) == sealed.hex()
    assert open_all(sealed) == plain


@pytest.mark.parametrize("size", [*BOUNDARIES, 4095, 4096, 4097])
def test_tink_opens_ours_and_we_open_tink_s(size: int) -> None:
    plain = draw(f"both ways {size}", size)
    assert tink_open(KEY.reveal(), AAD, seal(plain, new_header())) == plain
    assert open_all(tink_seal(KEY.reveal(), AAD, plain)) == plain


@given(st.integers(0, 1 << 41))
def test_layout_any_size_gives_whole_segments_that_begin_at_a_mebibyte(size: int) -> None:
    layout = Layout(size)
    last = layout.segments - 1
    assert layout.part(0).start == 0
    assert layout.part(last).stop == size
    assert layout.piece(last).stop == layout.sealed_size
    assert (len(layout.part(last)) > 0) == (size > 0)
    assert Layout.of_sealed(layout.sealed_size) == layout
    if last:
        assert len(layout.piece(last - 1)) == SEGMENT
        assert layout.part(last - 1).stop == layout.part(last).start


@given(st.integers(0, 1 << 41))
def test_segment_at_any_byte_is_the_segment_that_holds_it(offset: int) -> None:
    layout = Layout(offset + 1)
    assert offset in layout.part(layout.segment_at(offset))


@pytest.mark.parametrize("size", [0, 39, 40, 55, SEGMENT + 1, SEGMENT + 16, 2 * SEGMENT + 15])
def test_of_sealed_length_of_no_plaintext_is_refused(size: int) -> None:
    with pytest.raises(BadFormat, match="No sealed body"):
        Layout.of_sealed(size)


@pytest.mark.parametrize("header", [b"", bytes(40), bytes([40]) + bytes(38), bytes([24]) + bytes(39)])
def test_segments_header_that_tink_does_not_write_is_refused(header: bytes) -> None:
    with pytest.raises(BadFormat):
        Segments(KEY, AAD, header, Layout(0))


def test_open_other_associated_data_is_refused() -> None:
    sealed = seal(b"x" * 5000, new_header())
    segments = Segments(KEY, AAD + b"\0", sealed[:HEADER], Layout(5000))
    with pytest.raises(CannotDecrypt, match="Segment 0"):
        segments.open(0, sealed)


def test_new_header_twice_differs() -> None:
    assert len({new_header() for _ in range(100)}) == 100
