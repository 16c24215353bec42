"""What the local node refuses before it starts anything."""

import json
import socket
from pathlib import Path

import pytest

from pmr.chain import node as local
from pmr.chain.node import LocalNode, accounts, find_anvil, free_port
from pmr.errors import DamagedState, MissingTool, PortTaken

MODULES = Path(__file__).parents[3] / "node_modules"


def test_accounts_are_the_ones_that_everyone_knows() -> None:
    addresses = [wallet.address for wallet in accounts(3)]
    assert addresses == [
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    ]


def test_find_anvil_gives_the_program_itself_not_npms_launcher() -> None:
    assert find_anvil(MODULES).read_bytes()[:2] != b"#!"


def test_find_anvil_where_it_is_not_installed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match="npm ci"):
        find_anvil(tmp_path)


def test_find_anvil_on_a_platform_without_one_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(MissingTool, match="riscv64"):
        find_anvil(MODULES)


def test_start_on_a_taken_port_says_so(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((local.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            LocalNode(tmp_path / "chain.json", port, node_modules=MODULES).start()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", '{"block": ', "not JSON"])
def test_start_with_a_damaged_state_names_the_file_and_leaves_it(tmp_path: Path, text: str) -> None:
    state = tmp_path / "chain.json"
    state.write_text(text)
    with pytest.raises(DamagedState, match=r"chain\.json.*remove it"):
        LocalNode(state, free_port(), node_modules=MODULES).start()
    assert state.read_text() == text


def test_start_with_a_damaged_state_points_to_the_copy_of_the_last_good_one(tmp_path: Path) -> None:
    state = tmp_path / "chain.json"
    state.write_text(json.dumps({"block": {}}))
    local._check_state(state)
    state.write_text("{")
    with pytest.raises(DamagedState, match=r"restore it from .*chain\.backup"):
        local._check_state(state)
    assert json.loads((tmp_path / "chain.backup").read_text()) == {"block": {}}


def test_stop_of_a_node_that_was_never_started_does_nothing(tmp_path: Path) -> None:
    node = LocalNode(tmp_path / "chain.json", 1, node_modules=MODULES)
    node.stop()
    assert not node.running
