"""The local chain: anvil, from npm's platform package, with its state in a file."""

from __future__ import annotations

import json
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from eth_account.hdaccount import key_from_seed, seed_from_mnemonic

from pmr.chain.connection import connect
from pmr.chain.wallet import Wallet
from pmr.errors import ChainUnavailable, DamagedState, MissingTool, PortTaken, SetupError

CHAIN_ID = 31337
MNEMONIC = "test test test test test test test test test test test junk"
"""Known to everyone: the accounts of every anvil. Never use them elsewhere."""
HOST = "127.0.0.1"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 30.0
KEPT_STATES = 64
"""Past blocks that can still be asked. Each is a copy of the state in memory; all would fill the disk."""
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class LocalNode:
    """An anvil process on this machine. Use it in `with`, or call `start` and `stop`."""

    def __init__(
        self,
        state_file: Path,
        port: int = 8545,
        *,
        node_modules: Path = Path("node_modules"),
        hardfork: str = "prague",
    ) -> None:
        """Say where the chain is kept between runs, and the port (0 for a free one)."""
        self.port = port or free_port()
        self._state_file = state_file
        self._node_modules = node_modules
        self._hardfork = hardfork
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the node answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """What anvil wrote, for people."""
        return self._state_file.with_suffix(".log")

    def start(self) -> Self:
        """Start and wait until it answers.

        Raises `MissingTool`, `PortTaken`, `DamagedState`, and `SetupError` when anvil ends at once.
        """
        program = find_anvil(self._node_modules)
        _check_port(self.port)
        _check_state(self._state_file)
        self._state_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("wb") as log:
            # A session of its own: Ctrl-C must reach who started it, who then stops it in order.
            self._process = subprocess.Popen(  # noqa: S603 (our own program and options)
                [str(program), *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready(self._process)
        return self

    def stop(self) -> None:
        """End it and wait until its state is written."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(self._cache, ignore_errors=True)

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _cache(self) -> Path:
        return self._state_file.with_suffix(".cache")

    def _options(self) -> Sequence[str]:
        return [
            *("--host", HOST, "--port", str(self.port), "--chain-id", str(CHAIN_ID)),
            *("--mnemonic", MNEMONIC, "--hardfork", self._hardfork),
            *("--state", str(self._state_file), "--state-interval", "5"),
            *("--prune-history", str(KEPT_STATES), "--cache-path", str(self._cache)),
            "--no-request-size-limit",
        ]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise SetupError(f"anvil ended at once: {self._last_words()}")
            if _answers(self.url):
                return
            time.sleep(0.05)
        self.stop()
        raise SetupError(f"anvil did not answer in {START_TIMEOUT:.0f} s; see {self.log_file}.")

    def _last_words(self) -> str:
        text = self.log_file.read_text("utf8", errors="replace").strip()
        return text[-300:] or "it said nothing."


def accounts(count: int = 10) -> list[Wallet]:
    """Give the local chain's funded accounts. Everyone knows their keys."""
    seed = seed_from_mnemonic(MNEMONIC, "")
    return [Wallet.from_key(key_from_seed(seed, f"m/44'/60'/0'/0/{index}")) for index in range(count)]


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def find_anvil(node_modules: Path = Path("node_modules")) -> Path:
    """Give anvil's program for this platform; raise `MissingTool`.

    Not npm's launcher: on SIGTERM that one ends and leaves the real process with the port.
    """
    system = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform, sys.platform)
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    name = "anvil.exe" if system == "win32" else "anvil"
    program = node_modules.absolute() / "@foundry-rs" / f"anvil-{system}-{machine}" / "bin" / name
    if not program.exists():
        raise MissingTool(f"{program} is not there: run `make setup`, or `npm ci`.")
    return program


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(f"Port {port} is in use: stop that program, or set PMR_RPC_PORT.") from None


def _check_state(path: Path) -> None:
    """Refuse a state file that anvil could not read; keep a copy of one that it can."""
    if not path.exists():
        return
    copy = path.with_suffix(".backup")
    try:
        json.loads(path.read_bytes())
    except ValueError:
        advice = f"restore it from {copy}, or remove it" if copy.exists() else "remove it"
        raise DamagedState(f"{path} is not the local chain's state: {advice} and start again.") from None
    shutil.copyfile(path, copy)


def _answers(url: str) -> bool:
    try:
        connect([url], CHAIN_ID)
    except ChainUnavailable:
        return False
    return True
