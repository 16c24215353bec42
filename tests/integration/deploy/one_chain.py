"""Anvil as any network would be, and `pmr` on a machine that knows nothing but its settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from web3 import Web3
from web3.types import RPCEndpoint

from pmr.chain.connection import connect
from pmr.chain.node import HOST, find_anvil, free_port
from pmr.cli.main import run
from pmr.errors import ChainUnavailable

ROOT = Path(__file__).resolve().parents[3]
RICH_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""Of anvil's first account, which everybody knows."""
PATIENCE = 60


class OneChain(NamedTuple):
    """A running node."""

    url: str
    w3: Web3

    def ask(self, method: str, *params: Any) -> Any:
        """Call one of anvil's own methods."""
        return self.w3.provider.make_request(RPCEndpoint(method), list(params))


@contextmanager
def one_chain(folder: Path, chain_id: int, *options: str) -> Iterator[OneChain]:
    """Run anvil with this chain id and further options; a block each 0.2 s unless told otherwise."""
    port = free_port()
    command = [str(find_anvil(ROOT / "node_modules")), "--host", HOST, "--port", str(port), "--silent"]
    kept = ["--prune-history", "64", "--cache-path", str(folder / "cache")]
    process = subprocess.Popen(
        [*command, *kept, "--chain-id", str(chain_id), *(options or ("--block-time", "0.2"))]
    )
    try:
        url = f"http://{HOST}:{port}"
        yield OneChain(url, _connected(url, chain_id))
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _connected(url: str, chain_id: int) -> Web3:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return connect([url], chain_id)
        except ChainUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.02)


class Done(NamedTuple):
    """A command that ended."""

    code: int
    out: str
    err: str


class Terminal(StringIO):
    """Somebody who sits there and has typed this."""

    def isatty(self) -> bool:
        return True


class Desk:
    """A folder with its settings."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environment |= {"HOME": str(folder), **settings}

    def key_file(self, key: str = RICH_KEY) -> str:
        """Keep a key in a file that nobody else may read; give its name."""
        path = self.folder / f"key-{key[:4]}"
        path.touch(0o600)
        path.write_text(key)
        return path.name

    def networks(self, name: str, url: str, **fields: Any) -> None:
        """Have a networks file with one network."""
        lines = {"rpc_urls": [url], **fields}
        text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())
        (self.folder / "networks.toml").write_text(f"[{name}]\n{text}\n")
        self.environment["PMR_NETWORKS_FILE"] = "networks.toml"

    def call(self, *arguments: str, typed: str | None = None) -> Done:
        """Run `pmr` in this process; somebody sits at the terminal when something is `typed`."""
        out, err = StringIO(), StringIO()
        with ExitStack() as here:
            here.enter_context(chdir(self.folder))
            here.enter_context(patch.dict(os.environ, self.environment, clear=True))
            here.enter_context(patch("sys.stdin", StringIO() if typed is None else Terminal(typed)))
            here.enter_context(redirect_stdout(out))
            here.enter_context(redirect_stderr(err))
            code = run(arguments)
        return Done(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `pmr` as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "pmr.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def json(self, *arguments: str) -> Any:
        """Call a command with --json and give its document."""
        done = self.call(*arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    def files(self) -> Mapping[str, bytes]:
        """What is in the folder of deployments."""
        folder = self.folder / "deployments"
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
