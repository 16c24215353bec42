"""Clients that are slow, lie, or send what is no HTTP: each ends, and others are answered meanwhile."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_server import Server, chain_settings, read_all, running_server

pytestmark = pytest.mark.integration
PATIENCE = ("HEAD_SECONDS=1", "STALL_SECONDS=1", "BODY_SECONDS=2", "BODY_RATE=1000", "SEND_SECONDS=2")
OTHER = "127.0.0.2"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def _post(extra: str, body: bytes = b"", path: str = "/api/session/challenge") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{extra}\r\n\r\n"
    return head.encode() + body


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with chain_settings(tmp_path_factory.mktemp("hospital")) as file:
        yield file


@pytest.fixture(scope="module")
def server(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(settings, tmp_path_factory.mktemp("run"), None, *PATIENCE) as started:
        yield started


@pytest.fixture
def patient(settings: Path, tmp_path: Path) -> Iterator[Server]:
    """A server that waits for slow clients longer than its other clients in these tests wait for it."""
    with running_server(settings, tmp_path, None, "HEAD_SECONDS=60", "STALL_SECONDS=60") as started:
        yield started


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _closed(connection: socket.socket, seconds: float) -> bytes:
    """What is answered on a connection that the server closes by itself within so many seconds."""
    connection.settimeout(seconds)
    return read_all(connection)


# --- slow


@pytest.mark.parametrize(
    "begun",
    [b"G", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "],
    ids=["a byte", "a line", "half a header"],
)
def test_head_that_never_ends_is_answered_408(server: Server, begun: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(begun)
        assert _status(_closed(connection, 10)) == 408


def test_head_a_byte_at_a_time_ends_however_steady(server: Server) -> None:
    assert _status(_drip(server, b"GET /", b"x")) == 408


def _drip(server: Server, begun: bytes, more: bytes) -> bytes:
    """What is answered to a client that goes on sending a little, for as long as the server lets it."""
    with server.connect() as connection:
        connection.sendall(begun)
        connection.settimeout(0.2)
        for _ in range(100):
            try:
                return connection.recv(1000)
            except TimeoutError:
                connection.sendall(more)
    raise AssertionError("the server never lost its patience")


@pytest.mark.parametrize(
    "begun",
    [
        _post("Content-Length: 100"),
        _post("Content-Length: 100", b'{"address"'),
        _post("Transfer-Encoding: chunked"),
        _post("Transfer-Encoding: chunked", b"5\r\n{"),
        _post("Transfer-Encoding: chunked", b"5"),
    ],
)
def test_body_that_never_ends_is_answered_408(server: Server, begun: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(begun)
        answer = _closed(connection, 10)
    assert _status(answer) == 408
    assert b"urn:pmr:problem:too-slow" in answer


def test_body_a_byte_at_a_time_ends_however_steady(server: Server) -> None:
    assert _status(_drip(server, _post("Content-Length: 4000"), b" ")) == 408


def test_connection_without_a_byte_takes_no_thread(server: Server) -> None:
    idle = [server.connect() for _ in range(100)]
    assert _status(server.ask(HEALTH)) == 200
    for connection in idle:
        connection.close()


def test_many_slow_clients_of_one_address_take_nothing_from_another(patient: Server) -> None:
    slow = [patient.connect() for _ in range(120)]
    for number, connection in enumerate(slow):
        connection.sendall(b"GET /" if number % 2 else _post("Content-Length: 100", b"{"))
    time.sleep(0.3)
    for _ in range(20):
        assert _status(patient.ask(HEALTH, OTHER)) == 200
    for connection in slow:
        connection.close()


def test_clients_that_never_close_take_nothing_from_another(server: Server) -> None:
    lingering = [server.connect() for _ in range(30)]
    for connection in lingering:
        connection.sendall(HEALTH)
    for _ in range(5):
        assert _status(server.ask(HEALTH, OTHER)) == 200
    for connection in lingering:
        connection.close()


def test_connections_of_one_client_beyond_its_part_are_closed(server: Server) -> None:
    source = "127.0.0.3"
    held = [server.connect(source) for _ in range(160)]
    time.sleep(0.3)
    closed = 0
    for connection in held:
        connection.settimeout(0.01)
        try:
            closed += connection.recv(1) == b""
        except TimeoutError:
            continue
        except ConnectionResetError:
            closed += 1
    assert closed == 160 - 128
    assert _status(server.ask(HEALTH, OTHER)) == 200
    for connection in held:
        connection.close()
    deadline = time.monotonic() + 10
    while not server.ask(HEALTH, source):
        assert time.monotonic() < deadline, "the server has not seen that the connections are closed"
        time.sleep(0.05)


# --- lying


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (_post("Content-Length: 100", b"{}"), 400),
        (_post("Transfer-Encoding: chunked", b"5\r\n{}"), 400),
        (_post("Transfer-Encoding: chunked", b"2\r\n{}"), 400),
        (_post("Transfer-Encoding: chunked", b"zz\r\n{}"), 400),
        (_post("Transfer-Encoding: chunked", b"-2\r\n{}"), 400),
        (_post("Transfer-Encoding: chunked", b"2\r\n{}oops\r\n0\r\n\r\n"), 400),
        (_post("Transfer-Encoding: chunked", b"ffffffffffffffffffffffff\r\n" + b" " * 70_000), 413),
        (_post("Content-Length: 99999999999999"), 413),
        (_post("Content-Length: -1"), 400),
        (_post("Content-Length: 1, 2"), 400),
        (_post("Content-Length: 2\r\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"), 400),
        (_post("Transfer-Encoding: frames"), 501),
    ],
)
def test_body_that_is_not_what_the_head_says_is_refused(server: Server, sent: bytes, status: int) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert _status(read_all(connection)) == status


@pytest.mark.parametrize("way", ["Transfer-Encoding: chunked", "Content-Length: 4096"])
@pytest.mark.parametrize("letter", [b"[", b'{"a":'])
def test_body_nested_deeply_is_refused(server: Server, way: str, letter: bytes) -> None:
    body = (letter * 4096)[:4096]
    framed = body if "Length" in way else b"1000\r\n" + body + b"\r\n0\r\n\r\n"
    assert _status(server.ask(_post(f"{way}\r\nConnection: close", framed))) == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nAuthorization : Bearer s3cret\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nAuthorization: Bearer s3cret\x00\r\n\r\n", 400),
        (b"GET /?token=s3cret HTTP/9.9\r\n\r\n", 400),
        (b"s3cret\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00s3cret\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nExpect: s3cret\r\n\r\n", 417),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused_with_the_headers_of_every_answer(
    server: Server, sent: bytes, status: int
) -> None:
    head, _, body = server.ask(sent).partition(b"\r\n\r\n")
    assert _status(head) == status
    assert json.loads(body)["status"] == status
    for wanted in (b"default-src 'none'", b"nosniff", b"no-store", b"application/problem+json"):
        assert wanted in head
    assert b"s3cret" not in head + body


def test_header_of_a_proxy_that_nobody_named_changes_nothing(server: Server) -> None:
    claims = "X-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Request-ID: chosen-by-me"
    answer = server.ask(_claiming(claims))
    assert b"chosen-by-me" not in answer
    assert "6.6.6.6" not in server.log.read_text()


@pytest.mark.parametrize("claim", ["SCRIPT_NAME: /api", "Script-Name: /api", "X-Forwarded-Proto: https"])
def test_header_that_gunicorn_takes_from_proxies_changes_nothing(server: Server, claim: str) -> None:
    answer = server.ask(_claiming(claim))
    assert _status(answer) == 200
    assert b"Strict-Transport-Security" not in answer


def _claiming(lines: str) -> bytes:
    return f"GET /healthz HTTP/1.1\r\nHost: x\r\n{lines}\r\nConnection: close\r\n\r\n".encode()


def test_log_of_all_that_is_json_without_a_secret(server: Server) -> None:
    """Runs last: the tests above have filled the log."""
    server.ask(b"GET /x%0a%1b[31m?q=s3cret HTTP/1.1\r\nHost: s3cret\r\nConnection: close\r\n\r\n")
    lines = server.lines()
    assert {"path": "/x\n\x1b[31m", "status": 404} in [
        {name: line.get(name) for name in ("path", "status")} for line in lines
    ]
    assert not [line for line in lines if line["level"] == "error"]
    assert "s3cret" not in server.log.read_text()
