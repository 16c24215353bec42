"""docs/deploy.md does what it says: its blocks are run in order, by a shell, on chains with those ids."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from one_chain import PATIENCE, ROOT, Desk, OneChain, one_chain

from pmr import errors
from pmr.chain.deploy import load_deployment, verify
from pmr.chain.node import free_port
from pmr.cli.person import keystore_account

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PAGE = (ROOT / "docs" / "deploy.md").read_text()
SEPOLIA, WARD = 11155111, 20261121
SERVES = "pmr serve\n"
ANSWERS = b"y\n"


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Reader(Desk):
    """Somebody who types what the page says, in a repository of their own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PMR_PORT=str(free_port()))
        who = {"GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_NAME": "A"}
        mail = {"GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_EMAIL": "a@example.org"}
        self.environment |= who | mail | {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
        self.served: list[subprocess.Popen[bytes]] = []
        self.type("git init -q\n")

    def type(self, block: str) -> str:
        """Run a block in a shell at a terminal, with a yes to every question; give what it printed."""
        mine, theirs = pty.openpty()
        try:
            os.write(mine, ANSWERS)
            done = subprocess.run(
                ["sh", "-eu", "-c", block],
                cwd=self.folder,
                env=self.environment,
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        finally:
            os.close(mine)
            os.close(theirs)
        assert done.returncode == 0, f"{block}\n{done.stdout}"
        return done.stdout

    def serve(self, block: str) -> None:
        """Run a block that does not end, until it answers."""
        self.served.append(
            subprocess.Popen(["sh", "-eu", "-c", block], cwd=self.folder, env=self.environment)
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline
            assert self.served[-1].poll() is None
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.environment['PMR_PORT']}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def end(self) -> None:
        for process in self.served:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path / "repository")
    yield made
    made.end()


def give_coin(chain: OneChain, reader: Reader) -> None:
    """What a faucet does."""
    path = reader.folder / "deployer.json"
    if path.exists():
        chain.ask("anvil_setBalance", keystore_account(path), hex(10**17))


def follow(part: str, chain: OneChain, reader: Reader) -> list[str]:
    """Type every block of a part; the account has coin as soon as it exists."""
    reader.environment["PMR_RPC_URL"] = chain.url
    told = []
    for block in blocks(part):
        give_coin(chain, reader)
        if block.endswith(SERVES):
            # The server is this terminal's one foreground program: no shell stands between it and a signal.
            reader.serve(block.removesuffix(SERVES) + f"exec {SERVES}")
        else:
            told.append(reader.type(block))
    return told


def committed(reader: Reader) -> set[str]:
    return set(reader.type("git ls-files").split())


def test_page_from_nothing_to_a_testnet_and_to_an_own_chain(reader: Reader, tmp_path: Path) -> None:
    testnet, own = PAGE.split("\n## A chain of your own\n")
    with one_chain(tmp_path, SEPOLIA, "--block-time", "0.25") as chain:
        told = "".join(follow(testnet, chain, reader))
        verify(chain.w3, load_deployment(reader.folder / "deployments" / f"{SEPOLIA}.json"))
        for promised in ("never more than", "Deploy? [y/N]", "nothing was sent", "All is well."):
            assert promised in told
        gas = re.search(r"gas +([\d,]+) at", told)
        assert gas
        millions = int(gas[1].replace(",", "")) / 1e6
        assert f"about {millions:.1f} million gas" in PAGE
    reader.end()
    with one_chain(
        tmp_path, WARD, "--hardfork", "london", "--base-fee", "0", "--block-time", "0.25"
    ) as chain:
        follow(own, chain, reader)
        verify(chain.w3, load_deployment(reader.folder / "deployments" / f"{WARD}.json"))
    kept = {f"deployments/{n}{end}" for n in (SEPOLIA, WARD) for end in (".json", "-verify/contracts.json")}
    assert committed(reader) >= kept | {"networks.toml", "pmr.toml", ".gitignore"}
    assert not {name for name in committed(reader) if name.startswith(("deployer", ".pmr"))}


def test_page_names_every_error_by_its_own_words() -> None:
    sentences = {
        kind.sentence
        for kind in vars(errors).values()
        if isinstance(kind, type) and hasattr(kind, "sentence")
    }
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", PAGE.partition("## When it says no")[2], re.MULTILINE)[1:]
    assert len(rows) > 5
    for row in rows:
        assert row.startswith("nonce") or any(row.startswith(sentence) for sentence in sentences), row
