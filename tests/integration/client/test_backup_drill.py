"""A server is lost while doctors work; another one, made from its backup, gives them the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from client_system import ROOT, System

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts, free_port
from pmr.client.doctor import Doctor
from pmr.client.sealing import About
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.errors import PmrError
from pmr.types import Purpose, RecordId

pytestmark = [pytest.mark.integration, pytest.mark.slow]
PMR = [sys.executable, "-m", "pmr.cli"]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A chain with the contracts, and where a server is to be."""
    folder = tmp_path_factory.mktemp("drill")
    with LocalNode(folder / "chain.json", 0, node_modules=ROOT / "node_modules") as node:
        w3 = connect([node.url], CHAIN_ID)
        deployment = deploy(w3, accounts(1)[0], find_network("local"), folder / "deployments")
        yield System(w3, deployment, f"http://127.0.0.1:{free_port()}", folder, node.url)


def settings(system: System, state: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PMR_")},
        "PMR_RPC_URL": system.rpc_url,
        "PMR_STATE": str(state),
        "PMR_DEPLOYMENT": str(system.state / "deployments" / f"{CHAIN_ID}.json"),
        "PMR_PORT": system.url.rpartition(":")[2],
    }


def command(system: System, state: Path, *words: str) -> None:
    done = subprocess.run(
        [*PMR, *words], env=settings(system, state), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def served(system: System, state: Path) -> Iterator[None]:
    """Serve from a state folder; at the end the server and all of its processes are killed."""
    log = state.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*PMR, "serve"], env=settings(system, state), stderr=out, stdout=out, start_new_session=True
        )
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            with suppress(requests.ConnectionError):
                if requests.get(f"{system.url}/readyz", timeout=5).ok:
                    break
            time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def create(doctor: Doctor, data: bytes) -> RecordId:
    return doctor.create_record([Source.from_bytes("scan.bin", data)], About("Scan")).id


def opened(doctor: Doctor, record: RecordId, folder: Path) -> bytes:
    _, [path] = doctor.open_into(record, folder)
    return path.read_bytes()


class Work(threading.Thread):
    """Creates records until it is told to end, or the server is gone."""

    def __init__(self, doctor: Doctor) -> None:
        super().__init__()
        self._doctor = doctor
        self.ended = threading.Event()
        self.made = 0

    def run(self) -> None:
        with suppress(PmrError):
            while not self.ended.is_set():
                create(self._doctor, os.urandom(500_000))
                self.made += 1


def test_server_restored_from_a_backup_gives_the_same_vaults_and_records(
    system: System, tmp_path: Path
) -> None:
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "backup.tar"
    scan, other = os.urandom(3 << 20), os.urandom(1000)
    with served(system, first):
        author, reader, busy = (system.doctor(wallet) for wallet in accounts(5)[1:4])
        vault = author.api.vault()
        record = create(author, scan)
        author.share(record, Terms(reader.account, Purpose.TREATMENT))
        mine = create(reader, other)
        work = Work(busy)
        work.start()
        while not work.made:
            time.sleep(0.02)
        command(system, first, "backup", str(file))
        work.ended.set()
        work.join()
        assert opened(reader, record, tmp_path / "before") == scan
    command(system, second, "restore", str(file))
    with served(system, second):
        again = [
            replace(doctor, api=system.doctor(wallet, published=False).api)
            for doctor, wallet in ((author, accounts(5)[1]), (reader, accounts(5)[2]))
        ]
        assert again[0].api.vault() == vault
        assert opened(again[1], record, tmp_path / "after") == scan
        assert opened(again[0], record, tmp_path / "own") == scan
        assert opened(again[1], mine, tmp_path / "mine") == other
        command(system, second, "check", "--all")
        later = create(again[0], other)
        assert opened(again[0], later, tmp_path / "later") == other
