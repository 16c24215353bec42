"""What other people's tools make of a deployment: Hardhat's node, the compiler behind an explorer."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from one_chain import PATIENCE, ROOT, Desk, one_chain

from pmr.chain.connection import connect
from pmr.chain.deploy import load_deployment, verify
from pmr.chain.node import CHAIN_ID, HOST, free_port
from pmr.errors import ChainUnavailable

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@contextmanager
def hardhat_node() -> Iterator[str]:
    """Run `npx hardhat node`; npm's launchers aside."""
    port = free_port()
    program = [str(ROOT / ".venv" / "bin" / "node"), "node_modules/hardhat/dist/src/cli.js", "node"]
    process = subprocess.Popen(
        [*program, "--hostname", HOST, "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"},
        start_new_session=True,
    )
    try:
        yield f"http://{HOST}:{port}"
    finally:
        # The wheel's `node` is a front that starts the real one.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connect([url], CHAIN_ID)
        except ChainUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return


def test_deploy_to_a_hardhat_node_works_and_changes_nothing_again(tmp_path: Path) -> None:
    with hardhat_node() as url:
        wait_for(url)
        desk = Desk(tmp_path, PMR_NETWORK="hardhat", PMR_RPC_URL=url)
        planned = desk.json("deploy", "--dry-run")
        made = desk.json("deploy")
        w3 = connect([url], CHAIN_ID)
        file = tmp_path / ".pmr" / "hardhat" / "deployments" / f"{CHAIN_ID}.json"
        verify(w3, load_deployment(file))
        assert made["forwarder"] == planned["transactions"][0]["address"]
        block = w3.eth.block_number
        assert "nothing was sent" in desk.call("deploy").err
        assert w3.eth.block_number == block


def compiled(text: str) -> dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]:
    """What solc itself gives for a standard JSON input."""
    solc = subprocess.run(
        [str(ROOT / "tools" / "solc"), "--standard-json"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]] = json.loads(solc.stdout)["contracts"]
    return found


def test_explorer_input_compiles_to_the_very_bytes_that_were_sent(tmp_path: Path) -> None:
    with one_chain(tmp_path, 5, "--hardfork", "london") as chain:
        desk = Desk(tmp_path / "desk")
        desk.networks("ward", chain.url, chain_id=5)
        desk.json("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
        folder = desk.folder / "deployments" / "5-verify"
        told = json.loads((folder / "contracts.json").read_text())
        contracts = compiled((folder / told["input"]).read_text())
        for number, one in enumerate(told["contracts"], 1):
            file, _, name = one["contract"].partition(":")
            (name_on_chain,) = chain.w3.eth.get_block(number)["transactions"]
            sent = chain.w3.eth.get_transaction(name_on_chain)  # type: ignore[arg-type]  # a hash
            bytecode = contracts[file][name]["evm"]["bytecode"]["object"]
            assert sent["input"].hex() == bytecode + one["constructorArguments"]
            assert chain.w3.eth.get_code(one["address"])
