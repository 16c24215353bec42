"""The local chain keeps its state between runs, ends cleanly and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from local_chain import NODE_MODULES, LocalChain

from pmr.chain import events
from pmr.chain.connection import connect, head
from pmr.chain.deploy import deploy, deployment_path, load_deployment
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts
from pmr.chain.registry import RecordRegistry
from pmr.chain.transaction import send
from pmr.errors import ChainUnavailable, PortTaken, SetupError

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[3]
ROOT = b"\x05" * 32


def test_node_started_again_has_contracts_records_and_events(tmp_path: Path) -> None:
    state, alice = tmp_path / "chain.json", accounts(1)[0]
    with LocalNode(state, 0, node_modules=NODE_MODULES) as node:
        w3 = connect([node.url], CHAIN_ID)
        place = deploy(w3, alice, find_network("local"), tmp_path)
        send(w3, alice, RecordRegistry(w3, place).create(0, ROOT))
        newest = head(w3)
    with LocalNode(state, 0, node_modules=NODE_MODULES) as node:
        w3 = connect([node.url], CHAIN_ID)
        assert deploy(w3, alice, find_network("local"), tmp_path) == place
        assert RecordRegistry(w3, place).records_of(alice.address, 0, 1) == ([ROOT], 1)
        assert head(w3, newest.number) == newest
        (event,) = events.fetch_events(w3, place, place.block, newest.number)
        assert isinstance(event, events.RecordCreated)
        send(w3, alice, RecordRegistry(w3, place).create(1, ROOT))


def test_node_without_its_state_gets_the_contracts_again(tmp_path: Path) -> None:
    alice = accounts(1)[0]
    for state in ("first.json", "second.json"):
        with LocalNode(tmp_path / state, 0, node_modules=NODE_MODULES) as node:
            w3 = connect([node.url], CHAIN_ID)
            deploy(w3, alice, find_network("local"), tmp_path / "deployments")
            assert w3.eth.block_number == 3


def test_stop_ends_the_process_and_leaves_only_state_and_log(tmp_path: Path) -> None:
    node = LocalNode(tmp_path / "chain.json", 0, node_modules=NODE_MODULES).start()
    assert node.running
    assert node._process is not None
    pid = node._process.pid
    node.stop()
    assert not node.running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chain.json", "chain.log"]


def test_nothing_of_the_past_is_written_to_disk(local_chain: LocalChain, tmp_path: Path) -> None:
    w3, alice = local_chain.w3, local_chain.wallets[0]
    home = Path("~/.foundry/anvil/tmp").expanduser()
    before = set(home.iterdir()) if home.exists() else set()
    registry = RecordRegistry(w3, local_chain.deployment)
    for position in range(80):
        send(w3, alice, registry.create(position, ROOT))
    assert (set(home.iterdir()) if home.exists() else set()) == before
    cache = tmp_path / "chain.cache"
    assert not cache.exists() or not any(path.is_file() for path in cache.rglob("*"))
    assert registry.count(alice.address, w3.eth.block_number - 50) == 30


def test_start_on_the_port_of_a_running_node_says_so(local_chain: LocalChain, tmp_path: Path) -> None:
    with pytest.raises(PortTaken):
        LocalNode(tmp_path / "other.json", local_chain.node.port, node_modules=NODE_MODULES).start()


def test_start_with_options_that_anvil_refuses_gives_its_words(tmp_path: Path) -> None:
    node = LocalNode(tmp_path / "chain.json", 0, node_modules=NODE_MODULES, hardfork="atlantis")
    with pytest.raises(SetupError, match="atlantis"):
        node.start()
    assert not node.running


def test_asking_a_chain_that_ended_says_so(tmp_path: Path) -> None:
    node = LocalNode(tmp_path / "chain.json", 0, node_modules=NODE_MODULES)
    with node:
        w3 = connect([node.url], CHAIN_ID)
    with pytest.raises(ChainUnavailable, match=node.url):
        head(w3)


def test_node_that_died_is_not_running(tmp_path: Path) -> None:
    with LocalNode(tmp_path / "chain.json", 0, node_modules=NODE_MODULES) as node:
        assert node._process is not None
        node._process.send_signal(signal.SIGKILL)
        node._process.wait()
        assert not node.running


def run_deploy(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(REPOSITORY / "scripts" / "deploy.py")]
    environment = {**os.environ, "PMR_RPC_URL": url}
    return subprocess.run(script, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_deploy_script_twice_deploys_once(local_chain: LocalChain, tmp_path: Path) -> None:
    def run() -> tuple[str, str]:
        ended = run_deploy(tmp_path, local_chain.node.url)
        assert ended.returncode == 0
        return ended.stdout, ended.stderr

    _, told = run()
    assert "deploy RecordRegistry ...\n" in told
    block = local_chain.w3.eth.block_number
    second, told = run()
    assert "nothing was sent" in told
    assert local_chain.w3.eth.block_number == block
    place = load_deployment(deployment_path(tmp_path / ".pmr" / "deployments", CHAIN_ID))
    assert place.registry in second


def test_deploy_script_without_a_chain_says_so_in_a_sentence(tmp_path: Path) -> None:
    ended = run_deploy(tmp_path, "http://127.0.0.1:9")
    assert ended.returncode != 0
    assert ended.stderr.startswith("The chain cannot be reached.")
    assert "Traceback" not in ended.stderr
