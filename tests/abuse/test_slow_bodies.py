"""Attacker: a stranger without an account who opens many connections and sends next to nothing on each.

They hope that every thread of the server waits for them. While they hold all that one client may hold,
doctors work as ever. That each of their requests is given up, for every way to be slow, is shown by
tests/integration/server/test_hostile_clients.py.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from leaks.doctors import Known, Person
from leaks.hospital import Hospital, open_hospital

from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.types import Purpose

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is this machine on Linux alone"),
]
ATTACKER = "127.0.0.66"
CONNECTIONS = 120
HEAD = b"POST /api/session/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BEGUN = [
    HEAD + b"X-Slow: ",
    HEAD + b"Content-Length: 4000\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
]


@contextmanager
def _attack(port: int) -> Iterator[None]:
    """Hold connections, and send a byte on each again and again."""
    over = threading.Event()
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), source_address=(ATTACKER, 0)))
            for _ in range(CONNECTIONS)
        ]
        for number, connection in enumerate(held):
            connection.sendall(BEGUN[number % len(BEGUN)])
        thread = threading.Thread(target=_trickle, args=(held, over))
        thread.start()
        yield
        over.set()
        thread.join()


def _trickle(held: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(0.5):
        for connection in held:
            with suppress(OSError):  # the server may have ended it
                connection.sendall(b" ")


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    folder = tmp_path / "hospital"
    folder.mkdir()
    with open_hospital(folder) as opened:
        yield opened


def test_doctors_work_on_while_a_stranger_holds_what_a_client_may(hospital: Hospital, tmp_path: Path) -> None:
    a, b = (Person.new(name, hospital, Known(), tmp_path) for name in "ab")
    with _attack(hospital.server.port):
        for person in (a, b):
            person.publish()
        data = b"x" * 3_000_000
        made = a.doctor.create_record([Source.from_bytes("scan", data)], About("Under attack"))
        a.doctor.share(made.id, Terms(b.wallet.address, Purpose.EMERGENCY))
        _, (path,) = b.doctor.open_into(made.id, tmp_path / "opened")
        assert path.read_bytes() == data
