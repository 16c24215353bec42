"""CIDs: one binary and one text form, and no other codec or hash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.errors import BadCid

HELLO = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"  # Kubo's, of "hello world"
CIDS = st.builds(Cid, st.sampled_from([RAW, DAG_PB]), st.binary(min_size=32, max_size=32))


def test_of_hello_world_is_kubos() -> None:
    assert str(Cid.of(RAW, b"hello world")) == HELLO


def test_encode_is_the_36_bytes_of_the_format() -> None:
    cid = Cid.of(RAW, b"hello world")
    assert cid.encode() == bytes.fromhex("01551220") + cid.digest
    assert Cid.root(cid.digest).encode() == bytes.fromhex("01701220") + cid.digest
    assert Cid.leaf(cid.digest) == cid


@given(CIDS)
def test_text_and_binary_round_trip(cid: Cid) -> None:
    assert Cid.parse(str(cid)) == cid
    assert Cid.decode(cid.encode()) == cid
    assert len(str(cid)) == 59


@given(CIDS, CIDS)
def test_order_and_equality_are_those_of_the_bytes(a: Cid, b: Cid) -> None:
    assert (a < b) == (a.encode() < b.encode())
    assert (a == b) == (a.encode() == b.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        HELLO.upper(),
        "B" + HELLO[1:],
        HELLO + " ",
        HELLO + "a",
        HELLO + "=====",
        HELLO[:-1],
        HELLO[:-1] + "f",  # the same 36 bytes, with a bit beyond them
        HELLO[:-1] + "1",
        HELLO[:-1] + "\u0435",
        "z" + HELLO[1:],
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
        "bafyreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",  # dag-cbor
        "zb2rhj7crUKTQYRGCRATFaQ6YFLTde2YzdqbbhAASkL9uRDXn",
    ],
)
def test_parse_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(BadCid):
        Cid.parse(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(36),
        bytes.fromhex("01551220") + bytes(31),
        bytes.fromhex("01551220") + bytes(33),
        bytes.fromhex("01711220") + bytes(32),
        bytes.fromhex("01551320") + bytes(32),
        bytes.fromhex("01551221") + bytes(32),
        bytes.fromhex("00551220") + bytes(32),
        bytes.fromhex("1220") + bytes(32),
    ],
)
def test_decode_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(BadCid):
        Cid.decode(data)


@pytest.mark.parametrize(("codec", "digest"), [(0x71, bytes(32)), (RAW, bytes(31)), (RAW, bytearray(32))])
def test_construction_of_another_codec_or_digest_is_refused(codec: int, digest: bytes) -> None:
    with pytest.raises(BadCid):
        Cid(codec, digest)
