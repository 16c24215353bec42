"""A private Kubo node for the tests: its own folder, loopback only, no peers, synced blocks."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from content_samples import ROOT

from pmr.content.cid import DAG_PB, RAW, Cid

BINARY = ROOT / ".cache" / "kubo" / "ipfs"
PRIVATE = {
    "AutoConf": {"Enabled": False},
    "AutoTLS": {"Enabled": False},
    "Bootstrap": [],
    "DNS": {"Resolvers": {}},
    "Ipns": {"DelegatedPublishers": []},
    "Provide": {"Enabled": False},
    "Routing": {"Type": "none", "DelegatedRouters": []},
}


@dataclass
class Daemon:
    """A running node."""

    repo: Path
    environment: dict[str, str]

    @property
    def address(self) -> str:
        """The multiaddr of its RPC."""
        return (self.repo / "api").read_text().strip() + "/http"

    def ipfs(self, *arguments: str) -> bytes:
        """What the command-line program answers."""
        command = [str(BINARY), *arguments]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True).stdout

    def file_of(self, cid: Cid) -> Path:
        """Where the node keeps the bytes of a block."""
        multihash = Cid(RAW, cid.digest)
        name = self.ipfs("cid", "format", "-b", "base32upper", "-f", "%M", str(multihash)).decode().strip()
        (path,) = self.repo.glob(f"blocks/*/{name.removeprefix('B')}.data")
        return path

    def lose(self, cid: Cid) -> None:
        """Have the node forget a block, pinned or not: it looks for pins by the whole CID only."""
        twin = Cid(RAW if cid.codec == DAG_PB else DAG_PB, cid.digest)
        self.ipfs("block", "rm", str(twin))

    def empty(self) -> None:
        """Remove all pins and blocks."""
        for root in self.ipfs("pin", "ls", "--type=recursive", "--quiet").decode().split():
            self.ipfs("pin", "rm", root)
        self.ipfs("repo", "gc", "--quiet")


@contextmanager
def running_daemon(folder: Path) -> Iterator[Daemon]:
    """Start a node in `folder`, and stop it."""
    if not BINARY.exists():
        pytest.skip(f"{BINARY.relative_to(ROOT)} is missing: scripts/build_kubo.sh builds it")
    daemon = Daemon(folder / "repo", _environment(folder))
    daemon.ipfs("init", "--profile=test")
    configure(daemon, sync=True)
    (daemon.repo / "swarm.key").write_text(f"/key/swarm/psk/1.0.0/\n/base16/\n{secrets.token_hex(32)}\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([BINARY, "daemon"], env=daemon.environment, stdout=log, stderr=log)
        try:
            _wait(daemon, process)
            yield daemon
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def configure(daemon: Daemon, *, sync: bool) -> None:
    """Write a node's configuration; it holds from the next start."""
    path = daemon.repo / "config"
    config: dict[str, Any] = json.loads(path.read_text()) | PRIVATE
    config["Addresses"]["Swarm"] = []
    for mount in config["Datastore"]["Spec"]["mounts"]:
        if mount["type"] == "flatfs":
            mount["sync"] = sync
    path.write_text(json.dumps(config))


def _environment(folder: Path) -> dict[str, str]:
    own = {
        "HOME": str(folder),
        "IPFS_PATH": str(folder / "repo"),
        "LIBP2P_FORCE_PNET": "1",
        "IPFS_TELEMETRY": "off",
    }
    return {"PATH": os.environ["PATH"], **own}


def _wait(daemon: Daemon, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with suppress(subprocess.CalledProcessError):
            if (daemon.repo / "api").exists():
                daemon.ipfs("id")
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail((daemon.repo.parent / "log").read_text())
