"""`pmr deploy` on testnets, on hospitals' chains, and where something is wrong."""

import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from one_chain import Desk, OneChain, one_chain

from pmr.chain import connection, deploy_steps
from pmr.chain.deploy import deploy, verify
from pmr.chain.deploy_journal import journal_path
from pmr.chain.network import Network
from pmr.chain.node import CHAIN_ID, accounts
from pmr.chain.transaction import Call, resume, send
from pmr.chain.wallet import new_keystore
from pmr.errors import TransactionFailed
from pmr.types import Deployment

pytestmark = pytest.mark.integration

CHAIN = 6
"""The exit code of what the chain refuses (docs/cli.md)."""
POOR_KEY = "77" * 32


def deployment_in(document: Any) -> Deployment:
    return Deployment(
        document["chainId"],
        document["registry"],
        document["keyDirectory"],
        document["forwarder"],
        document["block"],
    )


@pytest.mark.parametrize(
    ("name", "chain_id", "options"),
    [
        ("sepolia", 11155111, ["--hardfork", "prague", "--block-time", "0.1"]),
        ("bsc-testnet", 97, ["--hardfork", "london", "--base-fee", "0", "--block-time", "0.1"]),
    ],
)
def test_deploy_to_a_testnet_waits_writes_and_changes_nothing_again(
    tmp_path: Path, name: str, chain_id: int, options: list[str]
) -> None:
    with one_chain(tmp_path, chain_id, *options) as chain:
        desk = Desk(tmp_path / "desk", PMR_RPC_URL=chain.url)
        key = desk.key_file()
        planned = desk.json("deploy", "--network", name, "--key-file", key, "--dry-run")
        assert chain.w3.eth.get_transaction_count(planned["deployer"]) == 0
        assert desk.files() == {}
        made = desk.json("deploy", "--network", name, "--key-file", key, "--yes")
        verify(chain.w3, deployment_in(made))
        wanted = [one["address"] for one in planned["transactions"]]
        assert [made["forwarder"], made["registry"], made["keyDirectory"]] == wanted
        confirmations = {"sepolia": 12, "bsc-testnet": 15}[name]
        assert chain.w3.eth.block_number >= made["block"] + confirmations
        files = desk.files()
        kept = {f"{chain_id}.json"} | {
            f"{chain_id}-verify/{n}" for n in ("contracts.json", "standard-input.json")
        }
        assert files.keys() == kept
        assert json.loads(files[f"{chain_id}.json"]) == made
        again = desk.call("deploy", "--network", name)
        assert (again.code, desk.files()) == (0, files)
        assert "nothing was sent" in again.err
        assert chain.w3.eth.get_transaction_count(planned["deployer"]) == 3


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[OneChain]:
    """A hospitals' chain that makes a block at once."""
    with one_chain(tmp_path, 20261121, "--hardfork", "london") as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, chain: OneChain) -> Desk:
    made = Desk(tmp_path / "desk")
    made.networks("ward", chain.url, chain_id=20261121, coin="GAS")
    return made


def test_deploy_asks_a_person_first_and_takes_no_for_an_answer(desk: Desk, chain: OneChain) -> None:
    ask = partial(desk.call, "deploy", "--network", "ward", "--key-file", desk.key_file())
    declined = ask(typed="n\n")
    assert declined.code == 1
    assert "GAS" in declined.err
    assert declined.err.endswith("Nothing was sent.\n")
    assert chain.w3.eth.block_number == 0
    agreed = ask(typed="y\n")
    assert agreed.code == 0
    assert chain.w3.eth.block_number == 3


def test_deploy_with_nobody_to_ask_and_no_yes_says_so(desk: Desk, chain: OneChain) -> None:
    done = desk.call("deploy", "--network", "ward", "--key-file", desk.key_file())
    assert done.code == 2
    assert "nobody to ask: give --yes" in done.err
    assert chain.w3.eth.block_number == 0


def test_deploy_with_a_keystore_opens_it_only_to_sign(desk: Desk, chain: OneChain) -> None:
    wallet = new_keystore(desk.folder / "payer.json", "correct horse")
    chain.ask("anvil_setBalance", wallet.address, hex(10**18))
    (desk.folder / "password").write_text("correct horse\n")
    (desk.folder / "wrong").write_text("battery staple\n")
    common = ("deploy", "--network", "ward", "--keystore", "payer.json")
    assert desk.json(*common, "--dry-run")["deployer"] == wallet.address
    wrong = desk.call(*common, "--password-file", "wrong", "--yes")
    assert wrong.code == 2
    assert "battery" not in wrong.err
    made = desk.json(*common, "--password-file", "password", "--yes")
    verify(chain.w3, deployment_in(made))


def test_deploy_with_the_setting_for_the_key_needs_no_option(desk: Desk, chain: OneChain) -> None:
    desk.environment |= {"PMR_DEPLOY_KEY_FILE": desk.key_file(), "PMR_NETWORK": "ward"}
    verify(chain.w3, deployment_in(desk.json("deploy", "--yes")))


def test_deploy_without_saying_who_pays_names_the_ways(desk: Desk) -> None:
    done = desk.call("deploy", "--network", "ward", "--yes")
    assert done.code == 2
    assert "--keystore, --key-file or PMR_DEPLOY_KEY_FILE" in done.err
    both = desk.call("deploy", "--network", "ward", "--keystore", "a", "--key-file", "b")
    assert both.code == 2
    assert "one of --keystore and --key-file" in both.err


def test_deploy_never_shows_the_key(desk: Desk) -> None:
    for key, options in ((desk.key_file(), ["--dry-run"]), (desk.key_file(POOR_KEY), ["--yes"])):
        done = desk.call("deploy", "--network", "ward", "--key-file", key, *options)
        content = (desk.folder / key).read_text()
        assert content not in done.out + done.err
    assert all(content.encode() not in data for data in desk.files().values())


def test_deploy_from_an_account_without_coin_says_how_much_it_needs(desk: Desk, chain: OneChain) -> None:
    options = ("deploy", "--network", "ward", "--key-file", desk.key_file(POOR_KEY))
    dry = desk.call(*options, "--dry-run")
    assert dry.code == CHAIN
    assert "NOT ENOUGH" in dry.out
    done = desk.call(*options, "--yes")
    assert done.code == CHAIN
    assert " has 0 GAS and needs 0.0" in done.err
    assert chain.w3.eth.block_number == 0


def test_deploy_above_the_greatest_cost_sends_nothing(desk: Desk, chain: OneChain) -> None:
    options = ("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
    done = desk.call(*options, "--max-cost", "0.0001")
    assert done.code == CHAIN
    assert "The limit is 0.0001 GAS" in done.err
    assert chain.w3.eth.block_number == 0
    assert desk.call(*options, "--max-cost", "1").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--hardfork", "berlin", "--gas-price", "0"],
        ["--hardfork", "berlin", "--gas-price", "5000000000"],
        ["--hardfork", "london", "--base-fee", "0", "--gas-price", "0"],
    ],
    ids=["free without base fee", "gas price alone", "base fee zero"],
)
def test_deploy_to_chains_that_price_gas_otherwise(tmp_path: Path, options: list[str]) -> None:
    free = options[-1] == "0" and "berlin" in options
    with one_chain(tmp_path, 1337, *options) as chain:
        desk = Desk(tmp_path / "desk")
        desk.networks("ward", chain.url, chain_id=1337)
        key = desk.key_file(POOR_KEY) if free else desk.key_file()
        planned = desk.json("deploy", "--network", "ward", "--key-file", key, "--dry-run")
        assert (planned["cost"] == "0") is free
        verify(chain.w3, deployment_in(desk.json("deploy", "--network", "ward", "--key-file", key, "--yes")))


def test_deploy_to_another_chain_than_the_network_says_is_refused(desk: Desk, chain: OneChain) -> None:
    desk.networks("ward", chain.url, chain_id=5)
    done = desk.call("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
    assert done.code == CHAIN
    assert "serves chain 20261121, not 5" in done.err
    assert "Traceback" not in done.err


def test_deploy_where_no_endpoint_answers_names_each_without_its_key(desk: Desk) -> None:
    desk.environment["PMR_RPC_URL"] = "http://127.0.0.1:9/v3/sesame http://127.0.0.1:10/?key=sesame"
    done = desk.call("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
    assert done.code == CHAIN
    assert "http://127.0.0.1:9 cannot be reached. http://127.0.0.1:10 cannot be reached." in done.err
    assert "sesame" not in done.err


def test_deploy_past_endpoints_that_are_dead_hang_or_serve_another_chain(
    desk: Desk, chain: OneChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", (0.3, 0.3))
    with socket.create_server(("127.0.0.1", 0)) as silent, one_chain(tmp_path / "b", 5) as other:
        hangs = f"http://127.0.0.1:{silent.getsockname()[1]}"
        desk.environment["PMR_RPC_URL"] = f"http://127.0.0.1:9 {hangs} {other.url} {chain.url}"
        done = desk.call("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
    assert done.code == 0
    assert f"{hangs} does not answer in time. {other.url} serves chain 5, not 20261121." in done.err
    assert f"Going on with {chain.url}." in done.err
    assert chain.w3.eth.block_number == 3


def test_deploy_to_a_chain_that_makes_no_blocks_goes_on_when_it_does(
    desk: Desk, chain: OneChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.ask("evm_setAutomine", False)
    monkeypatch.setattr(deploy_steps, "send", partial(send, timeout=0.5))
    options = ("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
    late = desk.call(*options)
    assert late.code == CHAIN
    assert "is not in a block yet" in late.err
    waiting = desk.files()["20261121.unfinished.json"]
    monkeypatch.setattr(deploy_steps, "resume", partial(resume, timeout=0.5))
    again = desk.call(*options)
    assert (again.code, desk.files()["20261121.unfinished.json"]) == (CHAIN, waiting)
    assert "go on with deploy ERC2771Forwarder" in again.err
    chain.ask("evm_setAutomine", True)
    chain.ask("evm_mine")
    made = desk.json(*options)
    payer = accounts(1)[0].address
    assert chain.w3.eth.get_transaction_count(payer) == 3
    verify(chain.w3, deployment_in(made))
    assert "20261121.unfinished.json" not in desk.files()


def test_deploy_with_a_deployment_elsewhere_says_which_setting_to_use(desk: Desk) -> None:
    desk.environment["PMR_DEPLOYMENT"] = "elsewhere.json"
    done = desk.call("deploy", "--network", "ward", "--key-file", desk.key_file(), "--yes")
    assert done.code == 3
    assert "PMR_DEPLOYMENTS" in done.err


def test_deploy_to_the_local_chain_needs_no_key_and_asks_nothing(tmp_path: Path) -> None:
    with one_chain(tmp_path, CHAIN_ID, "--hardfork", "prague") as chain:
        desk = Desk(tmp_path / "desk", PMR_RPC_URL=chain.url)
        made = desk.json("deploy")
        verify(chain.w3, deployment_in(made))
        assert (desk.folder / ".pmr" / "deployments" / f"{CHAIN_ID}.json").exists()
        assert desk.files() == {}


def test_deploy_that_a_real_node_drops_is_sent_again(tmp_path: Path) -> None:
    with one_chain(tmp_path, 5, "--hardfork", "prague") as chain:
        dropped: list[int] = []

        def reorganize(what: str, _done: int, _total: int) -> None:
            if what.startswith("wait for block"):
                if not dropped:
                    dropped.append(chain.w3.eth.block_number)
                    chain.ask("anvil_reorg", 3, [])
                chain.ask("anvil_mine", hex(8))

        network = Network("ward", 5, (), 2, None)
        made = deploy(chain.w3, accounts(1)[0], network, tmp_path / "deployments", reorganize)
        assert dropped
        assert made.block > dropped[0]
        verify(chain.w3, made)
        assert chain.w3.eth.get_transaction_count(accounts(1)[0].address) == 3


def test_deploy_whose_transaction_the_node_refuses_keeps_its_journal(
    chain: OneChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nonce that a dearer transaction holds, and that waits: the node takes neither ours nor mines it."""
    network, folder, payer = Network("ward", 20261121, (), 0, None), tmp_path / "d", accounts(1)[0]
    chain.ask("evm_setAutomine", False)
    monkeypatch.setattr(deploy_steps, "send", partial(send, timeout=0.3))
    with pytest.raises(TransactionFailed, match="not in a block yet"):
        deploy(chain.w3, payer, network, folder)
    before = json.loads(journal_path(folder, 20261121).read_text())["transactions"]
    chain.ask("anvil_dropAllTransactions")
    dearer = {
        "type": 2, "chainId": 20261121, "nonce": 0, "gas": 21_000, "value": 0, "data": b"",
        "to": payer.address, "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**12,
    }  # fmt: skip
    chain.w3.eth.send_raw_transaction(payer.sign_transaction(dearer))
    chain.ask("evm_setAutomine", True)
    chain.ask("evm_mine")
    made = deploy(chain.w3, payer, network, folder)
    verify(chain.w3, made)
    assert len(before) == 1
    assert chain.w3.eth.get_transaction_count(payer.address) == 4


def test_deploy_whose_transaction_waits_for_others_that_are_gone_is_signed_anew(
    chain: OneChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's transactions before it were dropped, so that its nonce is far off."""
    network, folder, payer = Network("ward", 20261121, (), 0, None), tmp_path / "d", accounts(1)[0]
    monkeypatch.setattr(deploy_steps, "resume", partial(resume, timeout=0.5))
    snapshot = chain.ask("evm_snapshot")["result"]
    for _ in range(2):
        send(chain.w3, payer, Call(payer.address, b"", "something else"))
    chain.ask("evm_setAutomine", False)
    monkeypatch.setattr(deploy_steps, "send", partial(send, timeout=0.3))
    with pytest.raises(TransactionFailed, match="not in a block yet"):
        deploy(chain.w3, payer, network, folder)
    chain.ask("anvil_dropAllTransactions")
    chain.ask("evm_revert", snapshot)
    chain.ask("evm_setAutomine", True)
    verify(chain.w3, deploy(chain.w3, payer, network, folder))
    assert chain.w3.eth.get_transaction_count(payer.address) == 3
