"""Uploads: limits, hostile archives, and what `missing` and pins give away."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from pmr.content.block import Block
from pmr.content.car import write_car
from pmr.content.cid import DAG_PB, RAW, Cid
from web.actors import CAR, Actor, Folder, leaf

ActorMaker = Callable[[int], Actor]
LIMIT = 8 << 20


def refused(answer: TestResponse, slug: str, status: int) -> bool:
    return (answer.status_code, answer.get_json()["type"]) == (status, f"urn:pmr:problem:{slug}")


def post(alice: Actor, data: bytes, kind: str = CAR) -> TestResponse:
    return alice.call("POST", "/api/blocks", data=data, content_type=kind)


def chunked(alice: Actor, path: str, data: bytes, kind: str) -> TestResponse:
    """As gunicorn hands a chunked request on: no length, and a stream that ends by itself."""
    over = {"wsgi.input_terminated": True}
    return alice.call(
        "PUT" if "vault" in path else "POST",
        path,
        input_stream=BytesIO(data),
        content_type=kind,
        environ_overrides=over,
    )


def car(blocks: list[Block]) -> bytes:
    return b"".join(write_car(blocks[0].cid, blocks))


@pytest.fixture
def alice(actor: ActorMaker) -> Actor:
    return actor(1)


def test_upload_of_a_car_counts_what_was_stored(alice: Actor) -> None:
    blocks = [leaf(os.urandom(size)) for size in (1, 1000, 1 << 20)]
    answer = post(alice, car(blocks))
    assert answer.get_json() == {"stored": 3, "bytes": 1 + 1000 + (1 << 20)}
    assert post(alice, car(blocks)).get_json() == {"stored": 3, "bytes": 1 + 1000 + (1 << 20)}


def _blocks_of(size: int) -> list[Block]:
    """Blocks whose CAR has exactly so many bytes."""
    full = [leaf(os.urandom(2 << 20)) for _ in range(3)]
    rest = size - len(car([*full, leaf(bytes(1 << 20))])) + (1 << 20)
    return [*full, leaf(os.urandom(rest))]


def test_upload_of_exactly_8_mib_is_taken_and_one_byte_more_is_not(alice: Actor) -> None:
    assert post(alice, car(_blocks_of(LIMIT))).status_code == 200
    assert refused(post(alice, car(_blocks_of(LIMIT + 1))), "too-large", 413)


def test_upload_in_chunks_obeys_the_same_limit(alice: Actor) -> None:
    taken, refused_blocks = _blocks_of(LIMIT), _blocks_of(LIMIT + 1)
    assert chunked(alice, "/api/blocks", car(taken), CAR).get_json()["stored"] == 4
    assert refused(chunked(alice, "/api/blocks", car(refused_blocks), CAR), "too-large", 413)
    assert alice.missing([block.cid for block in taken]) == []
    assert len(alice.missing([block.cid for block in refused_blocks])) == 4


@pytest.mark.parametrize(
    ("path", "kind", "limit"),
    [
        ("/api/blocks/missing", "application/json", 1 << 19),
        ("/api/pins", "application/json", 4096),
        ("/api/session/challenge", "application/json", 4096),
        ("/api/session", "application/json", 1 << 15),
        ("/api/vault", "application/octet-stream", 1 << 16),
    ],
)
def test_body_beyond_its_limit_is_refused_in_whatever_way_it_is_sent(
    alice: Actor, path: str, kind: str, limit: int
) -> None:
    body = b" " * (limit + 1)
    method = "PUT" if "vault" in path else "POST"
    assert refused(alice.call(method, path, data=body, content_type=kind), "too-large", 413)
    assert refused(chunked(alice, path, body, kind), "too-large", 413)
    lying = {"CONTENT_LENGTH": str(1 << 40)}
    answer = alice.call(method, path, environ_overrides=lying, content_type=kind)
    assert refused(answer, "too-large", 413)


def test_body_in_chunks_without_an_end_is_read_no_further_than_the_limit(alice: Actor) -> None:
    class Endless(BytesIO):
        served = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size
            assert size > 0
            self.served += size
            assert self.served < 4 * LIMIT
            return b" " * size

    endless: Any = Endless()
    over = {"wsgi.input_terminated": True}
    answer = alice.call("POST", "/api/blocks", input_stream=endless, content_type=CAR, environ_overrides=over)
    assert refused(answer, "too-large", 413)
    assert endless.served < LIMIT + (1 << 20)


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_upload_of_another_media_type_is_refused(alice: Actor, kind: str) -> None:
    assert refused(post(alice, car([leaf()]), kind), "unsupported-type", 415)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_under_a_type_that_a_form_can_send_is_refused(alice: Actor, kind: str) -> None:
    answer = alice.call("POST", "/api/pins", data=b'{"cid": "b"}', content_type=kind)
    assert refused(answer, "unsupported-type", 415)


def _hostile() -> Iterator[tuple[str, bytes]]:
    good = leaf(b"good" * 100)
    whole = car([good])
    yield "nothing", b""
    yield "header alone", whole[: whole.index(good.cid.encode(), 60)]
    yield "garbage", os.urandom(1000)
    yield "cut off", whole[:-1]
    yield "changed byte", whole[:-1] + bytes([whole[-1] ^ 1])
    yield "trailing byte", whole + b"\0"
    yield "twice", whole + whole[whole.index(b"version\1") + 8 :]
    yield "endless length", whole[: whole.index(b"version\1") + 8] + b"\xff" * 100
    yield "huge length", whole[: whole.index(b"version\1") + 8] + b"\xff\xff\xff\x7f" + bytes(1000)
    yield "json", b'{"blocks": []}'


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in _hostile()])
def test_upload_of_a_hostile_car_is_refused_and_nothing_of_it_stored(alice: Actor, data: bytes) -> None:
    answer = post(alice, data)
    assert answer.status_code == 400
    assert answer.get_json()["type"] in {"urn:pmr:problem:bad-car", "urn:pmr:problem:bad-block"}
    assert alice.missing([leaf(b"good" * 100).cid]) != []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 800), value=st.integers(1, 255))
def test_upload_of_a_car_with_any_byte_changed_stores_no_false_block(
    alice: Actor, at: int, value: int
) -> None:
    data = bytearray(car([leaf(b"one" * 100), leaf(b"two" * 100)]))
    data[at % len(data)] ^= value
    answer = post(alice, bytes(data))
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


# --- missing


def test_missing_names_each_unknown_block_once_and_in_order(alice: Actor) -> None:
    blocks = [leaf() for _ in range(4)]
    alice.upload([blocks[2]])
    asked = [block.cid for block in (blocks[3], blocks[0], blocks[2], blocks[0], blocks[1])]
    assert alice.missing(asked) == [str(blocks[n].cid) for n in (3, 0, 1)]


def test_missing_does_not_tell_what_others_uploaded_or_pinned(actor: ActorMaker, alice: Actor) -> None:
    mallory, folder = actor(2), Folder()
    alice.upload(folder.blocks)
    alice.pin(folder.root)
    assert mallory.missing(folder.cids) == [str(cid) for cid in folder.cids]


@pytest.mark.parametrize(
    "cids",
    [
        ["x"],
        [str(leaf(b"x").cid).upper()],
        [""],
        ["b" * 10_000],
        [1],
        "text",
        [str(leaf(b"x").cid)] * 4097,
        ["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"],
    ],
)
def test_missing_for_malformed_cids_is_refused(alice: Actor, cids: object) -> None:
    answer = alice.call("POST", "/api/blocks/missing", json={"cids": cids})
    assert answer.status_code == 400


def test_missing_takes_4096_cids(alice: Actor) -> None:
    cids = [Cid.of(RAW, str(n).encode()) for n in range(4096)]
    assert len(alice.missing(cids)) == 4096


# --- pins


def test_pin_of_an_incomplete_directory_is_refused_until_it_is_complete(alice: Actor) -> None:
    for number in range(len(Folder().blocks)):
        folder = Folder()
        alice.upload(block for place, block in enumerate(folder.blocks) if place != number)
        assert refused(alice.pin(folder.root), "incomplete-content", 409)
        alice.upload(folder.blocks)
        assert alice.pin(folder.root).status_code == 201
        assert alice.pin(folder.root).status_code == 201


def test_pin_of_blocks_that_are_no_directory_is_refused(alice: Actor) -> None:
    for data in (b"", b"\x0a\x00", b"\x12\x00", os.urandom(500)):
        block = Block.of(DAG_PB, data)
        alice.upload([block])
        assert refused(alice.pin(block.cid), "bad-block", 400)


def test_pin_of_an_unknown_root_is_refused(alice: Actor) -> None:
    assert refused(alice.pin(Cid.root(os.urandom(32))), "incomplete-content", 409)
    assert refused(alice.pin(Cid.leaf(os.urandom(32))), "incomplete-content", 409)


def test_pin_without_a_body_is_refused(app: Flask, alice: Actor) -> None:
    assert alice.call("POST", "/api/pins", content_type="application/json").status_code == 400
