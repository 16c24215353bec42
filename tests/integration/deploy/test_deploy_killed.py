"""`pmr deploy` killed at any moment and typed again: three contracts, three transactions."""

import json
import time
from pathlib import Path

import pytest
from one_chain import Desk, one_chain

from pmr.chain.deploy import load_deployment, verify
from pmr.chain.node import accounts

pytestmark = [pytest.mark.integration, pytest.mark.slow]

OPTIONS = ("deploy", "--network", "ward", "--yes", "--key-file")


def signed(desk: Desk) -> int:
    """How many transactions the journal knows."""
    path = desk.folder / "deployments" / "5.unfinished.json"
    return len(json.loads(path.read_text())["transactions"]) if path.exists() else 0


@pytest.mark.parametrize("pause", [0.0, 0.15, 0.4])
def test_deploy_killed_after_each_transaction_ends_in_three(tmp_path: Path, pause: float) -> None:
    with one_chain(tmp_path, 5, "--block-time", "0.3") as chain:
        desk = Desk(tmp_path / "desk")
        desk.networks("ward", chain.url, chain_id=5, confirmations=3)
        key = desk.key_file()
        for number in (1, 2, 3):
            process = desk.start(*OPTIONS, key)
            while signed(desk) < number and process.poll() is None:
                time.sleep(0.01)
            time.sleep(pause)
            process.kill()
            process.wait()
        done = desk.call(*OPTIONS, key)
        assert done.code == 0, done.err
        assert chain.w3.eth.get_transaction_count(accounts(1)[0].address) == 3
        verify(chain.w3, load_deployment(desk.folder / "deployments" / "5.json"))
        assert "5.unfinished.json" not in desk.files()


def test_deploy_started_twice_at_once_deploys_once(tmp_path: Path) -> None:
    with one_chain(tmp_path, 5, "--block-time", "0.3") as chain:
        desk = Desk(tmp_path / "desk")
        desk.networks("ward", chain.url, chain_id=5, confirmations=3)
        key = desk.key_file()
        both = [desk.start(*OPTIONS, key) for _ in range(2)]
        assert 0 in [process.wait(120) for process in both]
        assert chain.w3.eth.get_transaction_count(accounts(1)[0].address) == 3
