"""Attacker: anybody, signed in or not, who sends bodies that are too large or too deep, in any framing.

They hope for a server that runs out of memory or of stack. Each route reads no further than its limit,
whether the length was told, told falsely or not at all, and answers with a problem.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from abuse.routes import every_request
from abuse.town import Resident, Town

MIB = 1 << 20
MOST = 8 * MIB
"""The largest body of any route."""
JSON_PATHS = ["/api/session/challenge", "/api/session", "/api/pins", "/api/blocks/missing"]
SAFE = {"GET", "DELETE"}


class Endless(BytesIO):
    """A body without an end; notes how much of it was read."""

    served = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0, "read as a whole"
        self.served += size
        assert self.served < 4 * MOST, "read without an end"
        return b"[" * size


def _kinds(path: str) -> str:
    return "application/vnd.ipld.car" if path == "/api/blocks" else "application/json"


def _send(who: Resident, method: str, path: str, **environ: Any) -> tuple[int, int]:
    """Send a body without an end; give the status and how much was read."""
    body = Endless()
    answer = who.call(method, path, input_stream=body, content_type=_kinds(path), environ_overrides=environ)
    return answer.status_code, body.served


@pytest.mark.parametrize("length", [None, str(1 << 40)], ids=["not told", "a tebibyte"])
def test_body_without_an_end_is_read_no_further_than_the_limit(
    town: Town, mallory: Resident, length: str | None
) -> None:
    """As servers hand on a body in chunks, and one whose length was told."""
    told: dict[str, Any] = {"wsgi.input_terminated": True} if length is None else {"CONTENT_LENGTH": length}
    tried = 0
    for one in every_request(town.app):
        if one.method in SAFE:
            continue
        status, served = _send(mallory, one.method, one.path, **told)
        assert (status, served <= MOST + MIB) == (413, True), one
        tried += 1
    assert tried >= 6


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "0x10", "9" * 5000])
def test_length_that_is_no_number_is_refused_or_taken_for_none(mallory: Resident, length: str) -> None:
    answer = mallory.call(
        "POST",
        "/api/pins",
        input_stream=BytesIO(b""),
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize(
    "path", ["/api/session/challenge", "/api/session", "/api/pins", "/api/blocks/missing"]
)
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"cids":[', b'"\\u0000'])
def test_json_as_deep_as_its_limit_allows_is_refused(mallory: Resident, path: str, opening: bytes) -> None:
    limit = 1 << 19 if path.endswith("missing") else 4096
    body = (opening * limit)[: limit - 1]
    answer = mallory.call("POST", path, data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_numbers_and_names_of_json_that_hurt_other_parsers_are_refused(mallory: Resident) -> None:
    for body in (
        b'{"cid": 1e999999}',
        b"9" * 4000,
        b'{"cid": "b", "cid": "b"}',
        b"\xef\xbb\xbf{}",
        b'{"cid": "\\ud800"}',
    ):
        answer = mallory.call("POST", "/api/pins", data=body, content_type="application/json")
        assert answer.status_code == 400


def test_vault_that_is_larger_than_any_vault_is_refused(mallory: Resident) -> None:
    answer = mallory.call("PUT", "/api/vault", data=bytes((64 << 10) + 1))
    assert answer.status_code == 413


def test_question_about_more_blocks_than_one_may_ask_for_is_refused(mallory: Resident) -> None:
    cid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
    answer = mallory.call("POST", "/api/blocks/missing", json={"cids": [cid] * 4097})
    assert answer.status_code == 400
