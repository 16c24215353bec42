"""docs/deploy.md does what it says: its blocks are run in order, by a shell, on chains with those ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from one_chain import ROOT, OneChain, one_chain
from page_reader import Reader, blocks

from pmr import errors
from pmr.chain.deploy import load_deployment, verify
from pmr.chain.node import free_port
from pmr.cli.person import keystore_account

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PAGE = (ROOT / "docs" / "deploy.md").read_text()
SEPOLIA, WARD = 11155111, 20261121


def repository(folder: Path) -> Reader:
    """A reader in a repository of their own."""
    port = str(free_port())
    made = Reader(folder, f"http://127.0.0.1:{port}", PMR_PORT=port)
    who = {"GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_NAME": "A"}
    made.environment |= who | {"GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_EMAIL": "a@example.org"}
    made.type("git init -q\n")
    return made


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = repository(tmp_path / "repository")
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
        told.append(reader.follow(block))
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
