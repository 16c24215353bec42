"""`npx hardhat node` runs offline, as the page for Solidity developers says."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from solidity_project import HARDHAT, copy_project, needs_node_modules, node
from web3 import Web3

pytestmark = [pytest.mark.integration, pytest.mark.slow, needs_node_modules]


@pytest.fixture
def hardhat_node(tmp_path: Path) -> Iterator[str]:
    """Its URL, once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(node()), HARDHAT, "node", "--hostname", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=copy_project(tmp_path), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("Started HTTP" in line for line in process.stdout), "it ended"
        yield f"http://127.0.0.1:{port}/"
        process.terminate()


def test_hardhat_node_answers_and_has_accounts_with_coin(hardhat_node: str) -> None:
    w3 = Web3(Web3.HTTPProvider(hardhat_node))
    assert w3.eth.chain_id == 31337
    assert w3.eth.get_balance(w3.eth.accounts[0]) > 0
