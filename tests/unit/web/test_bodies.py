"""Bodies that do not arrive as a whole: nothing is done with a part."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from web.actors import Actor

KIND = "application/octet-stream"


class Failing(BytesIO):
    """A stream that gives what it has and then fails as a server's does."""

    def __init__(self, data: bytes, error: Exception) -> None:
        super().__init__(data)
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if not found:
            raise self.error
        return found


@pytest.fixture
def alice(actor: Callable[[int], Actor]) -> Actor:
    return actor(1)


def _put(alice: Actor, stream: BytesIO, length: int | None = None) -> TestResponse:
    over: dict[str, Any] = {"wsgi.input_terminated": True}
    if length is not None:
        over["CONTENT_LENGTH"] = str(length)
    return alice.call("PUT", "/api/vault", input_stream=stream, content_type=KIND, environ_overrides=over)


def _refused(answer: TestResponse, slug: str, status: int) -> bool:
    return answer.status_code == status and answer.get_json()["type"] == f"urn:pmr:problem:{slug}"


def test_body_shorter_than_its_length_is_refused_and_nothing_is_kept(alice: Actor) -> None:
    assert _refused(_put(alice, BytesIO(b"half a vault"), 24), "bad-input", 400)
    assert alice.call("GET", "/api/vault").status_code == 404


@pytest.mark.parametrize("error", [OSError("reset"), ConnectionResetError(), ValueError("bad chunk")])
def test_body_that_breaks_off_is_refused_and_nothing_is_kept(alice: Actor, error: Exception) -> None:
    assert _refused(_put(alice, Failing(b"half a vault", error)), "bad-input", 400)
    assert alice.call("GET", "/api/vault").status_code == 404


@pytest.mark.parametrize("length", [None, 24])
def test_body_that_does_not_come_in_time_is_refused_and_nothing_is_kept(
    alice: Actor, length: int | None
) -> None:
    assert _refused(_put(alice, Failing(b"half a vault", TimeoutError()), length), "too-slow", 408)
    assert alice.call("GET", "/api/vault").status_code == 404


def test_body_in_chunks_that_arrives_is_kept_as_a_whole(alice: Actor) -> None:
    assert _put(alice, BytesIO(b"a whole vault")).status_code == 204
    assert alice.call("GET", "/api/vault").get_data() == b"a whole vault"
