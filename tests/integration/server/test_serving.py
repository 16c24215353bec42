"""The server as a process, with a real chain, spoken to by the Python client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from web3 import Web3

from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts, free_port
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import Call, send
from pmr.chain.wallet import Wallet
from pmr.client.api import Api
from pmr.client.http import Http
from pmr.client.upload import Upload, upload_leaf
from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import RAW
from pmr.content.unixfs import encode_directory, import_file
from pmr.errors import IncompleteContent, NotFound
from pmr.types import Deployment, RecordId

pytestmark = pytest.mark.integration
SERVE = "from pmr.config import Config; from pmr.web.serve import serve; serve(Config.load())"


@dataclass
class Site:
    """A running server and its chain."""

    w3: Web3
    deployment: Deployment
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def api(self, wallet: Wallet) -> Api:
        return Api(Http(self.url), wallet, CHAIN_ID)

    def send(self, wallet: Wallet, call: Call) -> None:
        send(self.w3, wallet, call)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Web3, Deployment]]:
    state = tmp_path_factory.mktemp("server")
    with LocalNode(state / "chain.json", 0) as node:
        w3 = connect([node.url], CHAIN_ID)
        deployment = deploy(w3, accounts()[0], find_network("local"), state / "deployments")
        (state / "pmr.toml").write_text(f'state = "{state}"\nrpc_url = "{node.url}"\n')
        yield state, w3, deployment


@contextmanager
def serving(chain: tuple[Path, Web3, Deployment]) -> Iterator[Site]:
    state, w3, deployment = chain
    port, log = free_port(), state / "server.log"
    settings = {"PMR_CONFIG": str(state / "pmr.toml"), "PMR_PORT": str(port)}
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-c", SERVE], env=os.environ | settings, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield Site(w3, deployment, url, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


@pytest.fixture(scope="module")
def site(chain: tuple[Path, Web3, Deployment]) -> Iterator[Site]:
    with serving(chain) as started:
        yield started


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            assert requests.get(f"{url}/healthz", timeout=5).json() == {"status": "ok"}
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def _directory(put: Upload) -> Block:
    nodes = {"0": import_file([os.urandom(1 << 20), os.urandom(4096)], put.put)}
    root = encode_directory(nodes)
    put.put(root)
    return root


def test_serve_one_record_through_the_client_is_shared_and_revoked(site: Site) -> None:
    owner, reader, stranger = accounts()[1:4]
    registry = RecordRegistry(site.w3, site.deployment)
    api, envelope = site.api(owner), Block.of(RAW, os.urandom(1169))
    upload = Upload(api)
    root = _directory(upload)
    upload.finish(root.cid)
    upload_leaf(api, envelope)

    site.send(owner, registry.create(0, root.cid.digest))
    record = RecordId(owner.address, 0)
    site.send(owner, registry.grant(record, reader.address, 0, 1, envelope.cid.digest))
    assert site.api(reader).record_block(record, root.cid) == root.data
    assert site.api(reader).record_block(record, envelope.cid) == envelope.data
    for block in (root, envelope):
        with pytest.raises(NotFound):
            site.api(stranger).record_block(record, block.cid)

    site.send(owner, registry.revoke(record, reader.address))
    with pytest.raises(NotFound):
        site.api(reader).record_block(record, root.cid)


def test_serve_a_stranger_registering_the_root_is_not_served(site: Site) -> None:
    owner, stranger = accounts()[4:6]
    upload = Upload(site.api(owner))
    root = _directory(upload)
    upload.finish(root.cid)
    registry = RecordRegistry(site.w3, site.deployment)
    site.send(stranger, registry.create(0, root.cid.digest))
    with pytest.raises(IncompleteContent):
        site.api(stranger).pin(root.cid)
    with pytest.raises(NotFound):
        site.api(stranger).record_block(RecordId(stranger.address, 0), root.cid)


def test_readyz_with_a_chain_answers_ready(site: Site) -> None:
    answer = requests.get(f"{site.url}/readyz", timeout=10)
    assert answer.json() == {
        "status": "ready",
        "checks": {"chain": "ok", "store": "ok", "index": "ok", "space": "ok"},
    }


def test_serve_on_a_taken_port_says_so(site: Site, tmp_path: Path) -> None:
    port = site.url.rpartition(":")[2]
    settings = {"PMR_STATE": str(tmp_path), "PMR_PORT": port}
    ended = subprocess.run(
        [sys.executable, "-c", SERVE], env=os.environ | settings, capture_output=True, timeout=60, check=False
    )
    assert b"PortTaken" in ended.stderr


def test_log_of_a_session_holds_no_token(site: Site) -> None:
    wallet = accounts()[6]
    token, secrets = _sign_in(site, wallet)
    requests.get(f"{site.url}/api/session", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    log = site.log.read_text()
    assert '"path": "/api/session"' in log
    for secret in (token, *secrets):
        assert secret not in log


def _sign_in(site: Site, wallet: Wallet) -> tuple[str, list[str]]:
    """Give a token, and what else must stay secret."""
    url, asked = f"{site.url}/api/session", {"address": wallet.address}
    challenge = requests.post(f"{url}/challenge", json=asked, timeout=10).json()
    signature = "0x" + wallet.sign_text(challenge["message"]).hex()
    opened = requests.post(url, json={"id": challenge["id"], "signature": signature}, timeout=10).json()
    return opened["token"], [signature[2:], challenge["id"]]


@pytest.mark.parametrize("size", [(8 << 20) + 1, 20 << 20])
def test_upload_in_chunks_over_the_wire_is_refused_beyond_the_limit(site: Site, size: int) -> None:
    token, _ = _sign_in(site, accounts()[7])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/vnd.ipld.car"}
    pieces = (bytes(min(1 << 16, size - at)) for at in range(0, size, 1 << 16))
    answer = requests.post(f"{site.url}/api/blocks", data=pieces, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:pmr:problem:too-large")


@pytest.mark.slow
def test_serve_told_to_stop_answers_what_is_under_way(chain: tuple[Path, Web3, Deployment]) -> None:
    block = Block.of(RAW, os.urandom(1 << 20))
    car = b"".join(pack([block]))
    with serving(chain) as site:
        token, _ = _sign_in(site, accounts()[8])
        host, _, port = site.url.removeprefix("http://").partition(":")
        head = (
            f"POST /api/blocks HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/vnd.ipld.car\r\nContent-Length: {len(car)}\r\n\r\n"
        )
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(head.encode() + car[:1000])
            time.sleep(1)
            site.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            connection.sendall(car[1000:])
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b'"stored":1' in answer
        assert site.process.wait(30) == 0
    with serving(chain) as site:
        assert site.api(accounts()[8]).missing([block.cid]) == []


def test_serve_of_a_damaged_database_says_so(chain: tuple[Path, Web3, Deployment], tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite").write_bytes(b"no database" * 1000)
    settings = {
        "PMR_CONFIG": str(chain[0] / "pmr.toml"),
        "PMR_DATABASE_URL": f"sqlite:///{tmp_path}/broken.sqlite",
        "PMR_PORT": str(free_port()),
    }
    ended = subprocess.run(
        [sys.executable, "-c", SERVE], env=os.environ | settings, capture_output=True, timeout=60, check=False
    )
    assert b"DamagedState" in ended.stderr
