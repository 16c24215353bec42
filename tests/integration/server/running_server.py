"""`pmr serve` as a process, with settings and shorter patience, spoken to through raw sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts, free_port

HOST = "127.0.0.1"
_CODE = """
import sys
from pmr.config import Config
import pmr.web.timed, pmr.web.connection, pmr.web.worker
for setting in sys.argv[1:]:
    name, _, value = setting.partition("=")
    for module in (pmr.web.timed, pmr.web.connection, pmr.web.worker):
        if hasattr(module, name):
            setattr(module, name, type(getattr(module, name))(value))
from pmr.web.serve import serve
serve(Config.load())
"""


@dataclass
class Server:
    """A running server."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def connect(self, source: str = "") -> socket.socket:
        """A connection, from `source` (any address in 127.0.0.0/8 is this machine)."""
        return socket.create_connection(
            (HOST, self.port), timeout=20, source_address=(source, 0) if source else None
        )

    def ask(self, request: bytes, source: str = "") -> bytes:
        """Send bytes and give all that is answered until the server closes."""
        with self.connect(source) as connection:
            connection.sendall(request)
            return read_all(connection)

    def lines(self) -> list[dict[str, object]]:
        """What the log says; every line is a JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def read_all(connection: socket.socket) -> bytes:
    found = b""
    while True:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionResetError:
            return found
        if not piece:
            return found
        found += piece


@contextmanager
def chain_settings(folder: Path) -> Iterator[Path]:
    """A chain with the contracts, and the settings file of a server that asks it."""
    with LocalNode(folder / "chain.json", 0) as node:
        w3 = connect([node.url], CHAIN_ID)
        deploy(w3, accounts()[0], find_network("local"), folder / "deployments")
        file = folder / "pmr.toml"
        file.write_text(f'state = "{folder}"\nrpc_url = "{node.url}"\n')
        yield file


@contextmanager
def running_server(
    config_file: Path,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    *constants: str,
    port: int = 0,
) -> Iterator[Server]:
    """Run a server with the settings of a file and, before them, of a mapping."""
    port, log = port or free_port(), folder / "log.txt"
    given = {"PMR_CONFIG": str(config_file), "PMR_PORT": str(port)} | dict(settings or {})
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _CODE, *constants], env=os.environ | given, stdout=out, stderr=out
        )
    try:
        _wait(port, process, log)
        yield Server(port, log, process)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
    assert code == 0, log.read_text()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection((HOST, port), timeout=5).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
