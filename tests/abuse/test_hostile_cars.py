"""Attacker: a doctor with an account whose program uploads archives and directories that no client makes.

They try to crash the reader of archives, to store bytes under a CID that is not theirs, to have the server
walk for ever, to write outside its folder, and to have more kept than they sent. Each is refused with a
problem document, what is refused leaves nothing in the store, and the next honest upload is taken.

A cycle is not among them: a block's CID is the hash of the links in it, so a block that reaches itself
would be a fixed point of SHA-256.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from werkzeug.test import TestResponse

from abuse.town import Resident, Town
from pmr.content.block import MAX_BLOCK, Block
from pmr.content.car import write_car
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import Link, encode_node
from pmr.content.directory import MAX_ENTRIES
from pmr.content.shape import dag_size_of, file_data
from pmr.content.unixfs import encode_directory, import_file
from pmr.content.varint import encode_varint

CAR = "application/vnd.ipld.car"
MIB = 1 << 20
DIRECTORY = b"\x08\x01"
GOOD = Block.of(RAW, b"an honest block" * 10)
OTHER = Block.of(RAW, b"another honest block" * 10)
WHOLE = b"".join(write_car(GOOD.cid, [GOOD]))
HEADER = WHOLE[: -len(GOOD.data) - 36 - 2]
SECTION = WHOLE[len(HEADER) :]


def _section(cid: bytes, data: bytes) -> bytes:
    return encode_varint(len(cid) + len(data)) + cid + data


def _rooted(cid: bytes) -> bytes:
    """A header that names other bytes as its root."""
    body = b"\xa2\x65roots\x81\xd8\x2a\x58" + bytes([len(cid) + 1]) + b"\0" + cid + b"\x67version\x01"
    return encode_varint(len(body)) + body


def _archives() -> Iterator[tuple[str, bytes]]:
    raw = GOOD.cid.encode()
    identity = b"\x01\x55\x00\x05hello"
    blake = b"\x01\x55\xb2\x20\x20" + bytes(32)
    yield "nothing", b""
    yield "header alone", HEADER
    yield "cut off", WHOLE[:-1]
    yield "cut off in a length", HEADER + b"\xff"
    yield "trailing byte", WHOLE + b"\x00"
    yield "trailing archive", WHOLE + WHOLE
    yield "block twice", WHOLE + SECTION
    yield "root that comes second", HEADER + _section(OTHER.cid.encode(), OTHER.data) + SECTION
    yield "root that does not come", HEADER + _section(OTHER.cid.encode(), OTHER.data)
    yield "two roots", WHOLE.replace(b"roots\x81", b"roots\x82", 1)
    yield "no root", b"\x11\xa2\x65roots\x80\x67version\x01" + SECTION
    yield "version 2", b"\x0a\xa1\x67version\x02" + SECTION
    yield "header as deep as it is long", encode_varint(60_000) + b"\x81" * 60_000
    yield "header of two gigabytes", b"\xff\xff\xff\xff\x07" + bytes(100)
    yield "length of 2^63", HEADER + b"\xff" * 8 + b"\x7f" + SECTION
    yield "length without an end", HEADER + b"\x80" * 1000
    yield "length with needless bytes", HEADER + b"\x80\x00" + SECTION
    yield "length of nothing", HEADER + b"\x00" * 50
    yield "length below a CID", HEADER + encode_varint(35) + bytes(35)
    yield "block above the limit", HEADER + _section(raw, bytes(MAX_BLOCK + 1))
    yield "false hash", HEADER + _section(raw, GOOD.data[:-1] + b"X")
    yield "no bytes under a CID", HEADER + _section(raw, b"")
    yield "identity CID", _rooted(identity) + _section(identity, b"")
    yield "identity CID after a good block", WHOLE + _section(identity, b"")
    yield "CIDv0", _rooted(b"\x12\x20" + GOOD.cid.digest) + _section(b"\x12\x20" + GOOD.cid.digest, GOOD.data)
    yield "codec DAG-CBOR", WHOLE.replace(raw, b"\x01\x71" + raw[2:])
    yield "codec of two bytes", WHOLE + _section(b"\x01\xa9\x02\x12\x20" + GOOD.cid.digest, GOOD.data)
    yield "hash BLAKE2b", WHOLE + _section(blake, bytes(10))
    yield "JSON", b'{"roots": [], "blocks": []}'
    yield "gzip", b"\x1f\x8b\x08" + bytes(100)


@pytest.fixture(scope="module")
def attacker(town: Town) -> Resident:
    return town.resident(published=False)


def _upload(who: Resident, car: bytes) -> TestResponse:
    return who.call("POST", "/api/blocks", data=car, content_type=CAR)


def _stored(town: Town) -> set[str]:
    return {path.name for path in (town.folder / "content").rglob("*")}


@pytest.mark.parametrize("car", [pytest.param(car, id=name) for name, car in _archives()])
def test_upload_of_an_archive_that_nobody_makes_is_refused_and_leaves_nothing(
    town: Town, attacker: Resident, car: bytes
) -> None:
    before = _stored(town)
    answer = _upload(attacker, car)
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["type"] in {"urn:pmr:problem:bad-car", "urn:pmr:problem:bad-block"}
    assert _stored(town) == before


def test_upload_after_all_of_them_is_taken(attacker: Resident) -> None:
    for _, car in _archives():
        _upload(attacker, car)
    assert _upload(attacker, WHOLE).status_code == 200


# --- blocks that are good by themselves, and a whole that is not


def _leaf(data: bytes = b"x") -> Block:
    return Block.of(RAW, data)


def _named(*names: str) -> list[Block]:
    """A directory with these names, in this order, and their one file."""
    leaf = _leaf()
    links = [Link(leaf.cid, len(leaf.data), name) for name in names]
    return [Block.of(DAG_PB, encode_node(links, DIRECTORY)), leaf]


def _deep() -> list[Block]:
    """A directory in a directory in a directory, 500 times."""
    blocks = _named("0")
    for _ in range(500):
        links = [Link(blocks[0].cid, sum(len(block.data) for block in blocks), "0")]
        blocks.insert(0, Block.of(DAG_PB, encode_node(links, DIRECTORY)))
    return blocks


def _endless() -> list[Block]:
    """A file of 1 EiB in five blocks: each of 1,024 links leads to the one block below."""
    blocks, size = [_leaf(bytes(MIB))], MIB
    for level in range(1, 5):
        link = Link(blocks[0].cid, dag_size_of(size, level - 1))
        blocks.insert(0, Block.of(DAG_PB, encode_node([link] * 1024, file_data(size * 1024, [size] * 1024))))
        size *= 1024
    return blocks


def _lying_size() -> list[Block]:
    leaf = _leaf()
    return [Block.of(DAG_PB, encode_node([Link(leaf.cid, 1 << 60, "0")], DIRECTORY)), leaf]


def _crowded() -> list[Block]:
    leaf = _leaf()
    names = sorted(str(number) for number in range(MAX_ENTRIES + 1))
    return [Block.of(DAG_PB, encode_node([Link(leaf.cid, 1, name) for name in names], DIRECTORY)), leaf]


def _long_name() -> list[Block]:
    return _named("n" * 256)


def _bad_utf8() -> list[Block]:
    node = encode_node([Link(_leaf().cid, 1, "ab")], DIRECTORY).replace(b"\x12\x02ab", b"\x12\x02\xff\xfe")
    return [Block.of(DAG_PB, node), _leaf()]


def _huge_number() -> list[Block]:
    node = encode_node([Link(_leaf().cid, 1, "0")], DIRECTORY).replace(b"\x18\x01", b"\x18" + b"\xff" * 9, 1)
    return [Block.of(DAG_PB, node), _leaf()]


WHOLES: dict[str, Callable[[], list[Block]]] = {
    "a path that climbs": lambda: _named("../../../etc/passwd"),
    "a path from the top": lambda: _named("/etc/passwd"),
    "dot dot": lambda: _named(".."),
    "dot": lambda: _named("."),
    "no name": lambda: _named(""),
    "a zero in a name": lambda: _named("a\0b"),
    "names out of order": lambda: _named("b", "a"),
    "a name twice": lambda: _named("a", "a"),
    "a name of 256 bytes": _long_name,
    "a name that is not UTF-8": _bad_utf8,
    "a directory 500 deep": _deep,
    "an exbibyte in five blocks": _endless,
    "a size that is a lie": _lying_size,
    "a number that does not end": _huge_number,
    "one entry too many": _crowded,
    "random bytes as a node": lambda: [Block.of(DAG_PB, os.urandom(500))],
    "an empty node": lambda: [Block.of(DAG_PB, b"")],
}


@pytest.mark.parametrize("name", WHOLES)
def test_pin_of_a_whole_that_nobody_makes_is_refused(town: Town, attacker: Resident, name: str) -> None:
    blocks = WHOLES[name]()
    assert _upload(attacker, b"".join(write_car(blocks[0].cid, blocks))).status_code == 200
    pins = sorted((town.folder / "content" / "pins").iterdir())
    answer = attacker.call("POST", "/api/pins", json={"cid": str(blocks[0].cid)})
    assert answer.status_code in {400, 413}, answer.text
    assert sorted((town.folder / "content" / "pins").iterdir()) == pins


def test_pin_of_an_incomplete_whole_is_refused_though_it_looks_like_one(attacker: Resident) -> None:
    file = import_file([os.urandom(100)], lambda _: None)
    directory = encode_directory({"0": file})
    assert _upload(attacker, b"".join(write_car(directory.cid, [directory]))).status_code == 200
    answer = attacker.call("POST", "/api/pins", json={"cid": str(directory.cid)})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:pmr:problem:incomplete-content")


def test_names_of_files_that_were_written_are_cids_alone(town: Town, attacker: Resident) -> None:
    """Whatever was sent: nothing of it names a file."""
    for path in (town.folder / "content" / "blocks").rglob("*"):
        assert path.is_dir() or str(Cid.parse(path.name)) == path.name
