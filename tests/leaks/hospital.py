"""A chain, a server process and doctors, with recorders between; and all that outsiders could see of it."""

from __future__ import annotations

import gzip
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from web3 import Web3
from web3.types import RPCEndpoint

from leaks.recording import Recorder
from leaks.scanner import Piece
from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts, free_port
from pmr.chain.wallet import Wallet
from pmr.types import Deployment

ROOT = Path(__file__).resolve().parents[2]
_COINS = 10**18
_POLL = 0.05
_PATIENCE = 600


@dataclass(frozen=True)
class Hospital:
    """What runs, and where the server keeps its files."""

    node: Web3
    """Past the recorder: for those who look, not for doctors."""
    deployment: Deployment
    folder: Path
    """All that the server and the node write, temporary files too."""
    server: Recorder
    rpc: Recorder

    def new_wallet(self) -> tuple[Wallet, bytes]:
        """Give an account with coins whose key nobody else knows, and that key."""
        key = secrets.token_bytes(32)
        wallet = Wallet.from_key(key)
        self._rpc("anvil_setBalance", wallet.address, hex(_COINS))
        return wallet, key

    def connect(self) -> Web3:
        """Give a doctor's way to the chain, which is recorded."""
        return connect([self.rpc.url], CHAIN_ID)

    def pieces(self) -> list[Piece]:
        """Give every byte that an outsider could see until now, the server's index included."""
        self._wait_for_index()
        return [
            *self.server.pieces(),
            *self.rpc.pieces(),
            *self._blocks(),
            *self._storage(),
            *_files(self.folder),
            *_rows(self._database),
        ]

    @property
    def _database(self) -> Path:
        return self.folder / "server.sqlite"

    def _wait_for_index(self) -> None:
        for _ in range(_PATIENCE):
            with closing(_connect(self._database)) as connection:
                (newest,) = connection.execute("select max(number) from index_blocks").fetchone()
            if newest == self.node.eth.block_number:
                return
            time.sleep(_POLL)
        raise AssertionError("the server's index does not follow the chain")

    def _blocks(self) -> Iterator[Piece]:
        """Transactions with their data, receipts with their events, as the node tells them to everybody."""
        for number in range(self.node.eth.block_number + 1):
            block = self._rpc("eth_getBlockByNumber", hex(number), True)
            yield _json(f"block {number}", block)
            for transaction in block["transactions"]:
                receipt = self._rpc("eth_getTransactionReceipt", transaction["hash"])
                yield _json(f"receipt in block {number}", receipt)

    def _storage(self) -> Iterator[Piece]:
        """Every account's storage: each slot, and the slots in their order as one run of bytes."""
        dump = json.loads(gzip.decompress(bytes.fromhex(self._rpc("anvil_dumpState")[2:])))
        assert dump["accounts"][self.deployment.registry.lower()]["storage"], "the registry has storage"
        for address, account in dump["accounts"].items():
            slots = sorted((int(slot, 16), int(value, 16)) for slot, value in account["storage"].items())
            run = b"".join(value.to_bytes(32, "big") for _, value in slots)
            yield Piece(f"storage of {address}", run)
            yield _json(f"account {address}", account)

    def _rpc(self, method: str, *params: Any) -> Any:
        answer = self.node.provider.make_request(RPCEndpoint(method), list(params))
        return answer["result"]


def _json(place: str, value: Any) -> Piece:
    return Piece(place, json.dumps(value).encode())


def _files(folder: Path) -> Iterator[Piece]:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield Piece(f"file name {name}", name.encode())
        if path.is_file():
            yield Piece(f"file {name}", path.read_bytes())


def _rows(database: Path) -> Iterator[Piece]:
    with closing(_connect(database)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f"select * from {table}").fetchall()
            yield Piece(f"table {table}", b"\0".join(_cell(cell) for row in rows for cell in row))


def _connect(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


def _cell(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


@contextmanager
def open_hospital(folder: Path) -> Iterator[Hospital]:
    """Run it for as long as the caller holds it; the server's process is one of its own."""
    with ExitStack() as stack:
        node = LocalNode(folder / "chain.json", 0, node_modules=ROOT / "node_modules")
        stack.enter_context(node)
        direct = connect([node.url], CHAIN_ID)
        deployment = deploy(direct, accounts(1)[0], find_network("local"), folder / "deployments")
        port = free_port()
        server, rpc = Recorder("sent to the server", port), Recorder("sent to the node", node.port)
        stack.enter_context(_serving(folder, port, node.url, server.url))
        # Closed before the server is, which would wait for connections that are kept open.
        stack.enter_context(server)
        stack.enter_context(rpc)
        yield Hospital(direct, deployment, folder, server, rpc)


@contextmanager
def _serving(folder: Path, port: int, node: str, public: str) -> Iterator[None]:
    (folder / "tmp").mkdir()
    settings = {
        "PMR_STATE": str(folder),
        "PMR_RPC_URL": node,
        "PMR_PORT": str(port),
        "PMR_PUBLIC_URL": public,
        "TMPDIR": str(folder / "tmp"),
    }
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pmr.cli", "serve"],
            cwd=ROOT,
            env=kept | settings | {"HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_PATIENCE):
        assert process.poll() is None, "the server ended"
        try:
            requests.get(url, timeout=5).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(_POLL)
    raise AssertionError("the server does not answer")
