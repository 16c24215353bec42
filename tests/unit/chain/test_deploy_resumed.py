"""A deployment that was cut off, dropped or crossed by others ends in three contracts, each paid once."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from eth_utils import ValidationError
from web3 import Web3

from chain.in_process import Chain, InProcess
from pmr.chain import deploy_steps, transaction
from pmr.chain.artifact import load
from pmr.chain.deploy import deploy, deployment_path, load_deployment, verify
from pmr.chain.deploy_journal import DeployJournal, alone, journal_path
from pmr.chain.deploy_plan import plan_deployment
from pmr.chain.network import Network
from pmr.chain.transaction import Call, send
from pmr.chain.wallet import Wallet
from pmr.errors import (
    DamagedState,
    DeploymentDropped,
    DeploymentUnfinished,
    NotDeployed,
    TooDear,
    TransactionFailed,
)
from pmr.types import Deployment

SEND = "eth_sendRawTransaction"


class Cut(BaseException):
    """The process ends here."""


class Cutting(InProcess):
    """The in-process chain; `before` and `after` are called around each request of a method.

    `answers` are given in place of the chain's.
    """

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain.tester)
        self.before: Callable[[str], None] = lambda method: None
        self.after: Callable[[str], None] = lambda method: None
        self.answers: dict[str, Any] = {}

    def make_request(self, method: Any, params: Any) -> Any:
        self.before(method)
        if method in self.answers:
            return {"jsonrpc": "2.0", "id": 1, "result": self.answers[method]}
        try:
            answer = super().make_request(method, params)
        except ValidationError as error:
            # As geth says it.
            said = str(error).replace("Invalid transaction nonce", "nonce too low")
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": said}}
        self.after(method)
        return answer

    def calm(self) -> None:
        self.before = self.after = lambda method: None
        self.answers = {}


def at(wanted: str, number: int) -> Callable[[str], None]:
    """End the process at the so many-th request of a method."""
    left = [number]

    def cut(method: str) -> None:
        left[0] -= method == wanted
        if method == wanted and left[0] == 0:
            raise Cut

    return cut


@pytest.fixture
def node(chain: Chain) -> Cutting:
    return Cutting(chain)


@pytest.fixture
def w3(node: Cutting) -> Web3:
    return Web3(node)


@pytest.fixture
def payer(chain: Chain) -> Wallet:
    return chain.wallets[0]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "POLL", 0.001)
    monkeypatch.setattr(deploy_steps, "POLL", 0.001)


def public(w3: Web3, confirmations: int = 0) -> Network:
    return Network("public", w3.eth.chain_id, (), confirmations, None)


def cut_off(w3: Web3, payer: Wallet, folder: Path, confirmations: int = 0) -> None:
    with pytest.raises(Cut):
        deploy(w3, payer, public(w3, confirmations), folder)
    assert journal_path(folder, w3.eth.chain_id).exists()


def assert_done(w3: Web3, folder: Path, found: Deployment) -> None:
    verify(w3, found)
    assert load_deployment(deployment_path(folder, w3.eth.chain_id)) == found
    assert [path.name for path in folder.iterdir()] == [f"{w3.eth.chain_id}.json"]


@pytest.mark.parametrize("moment", [(side, number) for side in ("before", "after") for number in (1, 2, 3)])
def test_deploy_cut_off_around_any_sending_sends_three_in_all(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path, moment: tuple[str, int]
) -> None:
    side, number = moment
    setattr(node, side, at(SEND, number))
    cut_off(w3, payer, tmp_path)
    node.calm()
    found = deploy(w3, payer, public(w3), tmp_path)
    assert w3.eth.get_transaction_count(payer.address) == 3
    assert_done(w3, tmp_path, found)


def test_deploy_cut_off_while_it_waits_for_confirmations_only_waits_on(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path, chain: Chain
) -> None:
    node.before = at("eth_blockNumber", 4)
    cut_off(w3, payer, tmp_path, confirmations=2)
    assert w3.eth.get_transaction_count(payer.address) == 3
    node.before = lambda method: chain.tester.mine_block() if method == "eth_blockNumber" else None
    told: list[str] = []
    found = deploy(w3, payer, public(w3, 2), tmp_path, lambda what, *_: told.append(what))
    assert told == [f"wait for block {found.block + 4}"]
    assert w3.eth.get_transaction_count(payer.address) == 3
    assert_done(w3, tmp_path, found)


def test_deploy_cut_off_before_its_journal_is_removed_ends_clean(
    w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    found = deploy(w3, payer, public(w3), tmp_path)
    journal_path(tmp_path, w3.eth.chain_id).write_text("anything")
    assert deploy(w3, payer, public(w3), tmp_path) == found
    assert_done(w3, tmp_path, found)


def test_deploy_resumed_with_another_key_names_both_accounts_and_sends_nothing(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path, chain: Chain
) -> None:
    node.after = at(SEND, 1)
    cut_off(w3, payer, tmp_path)
    node.calm()
    other = chain.wallets[1]
    with pytest.raises(DeploymentUnfinished, match=f"begun by {payer.address}, not {other.address}"):
        deploy(w3, other, public(w3), tmp_path)
    assert w3.eth.get_transaction_count(other.address) == 0


def test_deploy_whose_nonce_was_taken_meanwhile_takes_the_next(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    node.before = at(SEND, 2)
    cut_off(w3, payer, tmp_path)
    node.calm()
    send(w3, payer, Call(payer.address, b"", "something else"))
    told: list[str] = []
    found = deploy(w3, payer, public(w3), tmp_path, lambda what, *_: told.append(what))
    assert "nonce 1 was taken by another transaction" in told
    assert w3.eth.get_transaction_count(payer.address) == 4
    assert_done(w3, tmp_path, found)


def test_deploy_whose_address_got_another_contract_is_not_misled(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    node.before = at(SEND, 1)
    cut_off(w3, payer, tmp_path)
    node.calm()
    send(w3, payer, Call(None, load("KeyDirectory").encode_constructor(payer.address), "another contract"))
    found = deploy(w3, payer, public(w3), tmp_path)
    assert w3.eth.get_transaction_count(payer.address) == 4
    assert_done(w3, tmp_path, found)


def test_deploy_of_what_the_node_forgot_the_receipts_of_is_found_by_its_code(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    node.before = at("eth_getCode", 1)
    cut_off(w3, payer, tmp_path)
    node.calm()
    node.answers = {"eth_getTransactionReceipt": None, "eth_getTransactionByHash": None}
    found = deploy(w3, payer, public(w3), tmp_path)
    node.calm()
    assert w3.eth.get_transaction_count(payer.address) == 3
    assert found.block < w3.eth.get_transaction_receipt(first_of(w3, payer))["blockNumber"]
    assert_done(w3, tmp_path, found)


def test_deploy_whose_code_cannot_be_compared_is_not_called_a_deployment(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    """An endpoint that lags behind the one that gave the receipts."""
    node.answers = {"eth_getCode": "0x"}
    with pytest.raises(NotDeployed, match="no contract at"):
        deploy(w3, payer, public(w3), tmp_path)
    node.calm()
    assert not deployment_path(tmp_path, w3.eth.chain_id).exists()
    found = deploy(w3, payer, public(w3), tmp_path)
    assert w3.eth.get_transaction_count(payer.address) == 3
    assert_done(w3, tmp_path, found)


def test_deploy_that_reverted_on_chain_says_so_and_is_made_anew(
    w3: Web3, payer: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gas that a constructor does not get by with, as when its price on chain changed."""
    monkeypatch.setattr(transaction, "with_reserve", lambda gas: gas * 9 // 10)
    with pytest.raises(TransactionFailed):
        deploy(w3, payer, public(w3), tmp_path)
    monkeypatch.undo()
    found = deploy(w3, payer, public(w3), tmp_path)
    assert w3.eth.get_transaction_count(payer.address) == 4
    assert_done(w3, tmp_path, found)


class Reorganizing:
    """Takes back the blocks that a deployment is in, when it waits for those on top."""

    def __init__(self, chain: Chain, times: int) -> None:
        self._tester = chain.tester
        self._snapshot = chain.tester.take_snapshot()
        self._left = times
        self.dropped = 0

    def __call__(self, what: str, _done: int, _total: int) -> None:
        if not what.startswith("wait for block"):
            return
        if self.dropped < self._left:
            self.dropped += 1
            self._tester.revert_to_snapshot(self._snapshot)
        # The blocks that take the place of the others are more than those.
        self._tester.mine_blocks(6 * (1 + self.dropped))


def test_deploy_that_the_chain_dropped_is_sent_again_to_the_same_addresses(
    w3: Web3, payer: Wallet, tmp_path: Path, chain: Chain
) -> None:
    planned = plan_deployment(w3, DeployJournal(payer.address))
    reorganizing = Reorganizing(chain, 2)
    found = deploy(w3, payer, public(w3, 2), tmp_path, reorganizing)
    assert reorganizing.dropped == 2
    assert [found.forwarder, found.registry, found.key_directory] == [
        one.address for one in planned.contracts
    ]
    assert found.block == w3.eth.get_transaction_receipt(first_of(w3, payer))["blockNumber"]
    assert_done(w3, tmp_path, found)


def first_of(w3: Web3, payer: Wallet) -> Any:
    """The hash of the account's first transaction."""
    blocks = [w3.eth.get_block(number) for number in range(w3.eth.block_number + 1)]
    for found in (w3.eth.get_transaction(name) for block in blocks for name in block["transactions"]):  # type: ignore[arg-type]  # hashes
        if found["from"] == payer.address:
            return found["hash"]
    raise AssertionError


def test_deploy_that_the_chain_keeps_dropping_ends_and_says_so(
    w3: Web3, payer: Wallet, tmp_path: Path, chain: Chain
) -> None:
    with pytest.raises(DeploymentDropped, match="ERC2771Forwarder, RecordRegistry, KeyDirectory went"):
        deploy(w3, payer, public(w3, 2), tmp_path, Reorganizing(chain, 99))
    assert not deployment_path(tmp_path, w3.eth.chain_id).exists()
    assert_done(w3, tmp_path, deploy(w3, payer, public(w3), tmp_path))


def test_deploy_on_a_chain_that_stands_still_says_so_and_goes_on_later(
    w3: Web3, payer: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chain: Chain
) -> None:
    monkeypatch.setattr(deploy_steps, "STANDSTILL", 0.0)
    with pytest.raises(TransactionFailed, match="Nothing is lost: run again"):
        deploy(w3, payer, public(w3, 1), tmp_path)
    chain.tester.mine_block()
    assert_done(w3, tmp_path, deploy(w3, payer, public(w3, 1), tmp_path))
    assert w3.eth.get_transaction_count(payer.address) == 3


def test_deploy_that_gets_too_dear_stops_before_sending_and_goes_on_later(
    w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    plan = plan_deployment(w3, DeployJournal(payer.address))
    with pytest.raises(TooDear, match="With RecordRegistry it could come to"):
        deploy(w3, payer, public(w3), tmp_path, limit=plan.needed * 6 // 10)
    assert w3.eth.get_transaction_count(payer.address) == 1
    assert_done(w3, tmp_path, deploy(w3, payer, public(w3), tmp_path, limit=plan.needed))
    assert w3.eth.get_transaction_count(payer.address) == 3


def test_plan_of_an_unfinished_deployment_says_what_is_there_and_what_is_to_come(
    node: Cutting, w3: Web3, payer: Wallet, tmp_path: Path
) -> None:
    path = journal_path(tmp_path, w3.eth.chain_id)
    whole = plan_deployment(w3, DeployJournal(payer.address))
    assert [one.state for one in whole.contracts] == ["to send"] * 3
    node.before = at(SEND, 2)
    cut_off(w3, payer, tmp_path)
    node.calm()
    rest = plan_deployment(w3, DeployJournal(payer.address, path))
    assert [one.state for one in rest.contracts] == ["there", "sent", "to send"]
    assert [one.address for one in rest.contracts] == [one.address for one in whole.contracts]
    assert 0 < rest.gas == rest.contracts[2].gas < whole.gas


def test_journal_that_is_damaged_is_not_taken_for_none(w3: Web3, payer: Wallet, tmp_path: Path) -> None:
    path = journal_path(tmp_path, w3.eth.chain_id)
    for text in (
        "",
        "{}",
        f'{{"chainId": 1, "deployer": "{payer.address}", "transactions": [{{"contract": "KeyDirectory", '
        '"nonce": 0, "address": "", "hash": "", "since": 0, "transaction": "0xzz"}]}',
        f'{{"chainId": 1, "deployer": "{payer.address}", "transactions": [{{"contract": "KeyDirectory", '
        '"nonce": 0, "address": "", "hash": "", "since": 0, "transaction": "0x00"}]}',
    ):
        path.write_text(text)
        with pytest.raises(DamagedState, match=r"unfinished\.json.*remove it to deploy anew"):
            deploy(w3, payer, public(w3), tmp_path)
    assert w3.eth.get_transaction_count(payer.address) == 0


def test_deploy_while_another_process_is_at_it_is_refused(w3: Web3, payer: Wallet, tmp_path: Path) -> None:
    with (
        alone(tmp_path),
        pytest.raises(DeploymentUnfinished, match="Another process"),
    ):
        deploy(w3, payer, public(w3), tmp_path)
    with suppress(FileNotFoundError), alone(tmp_path):
        raise FileNotFoundError
    deploy(w3, payer, public(w3), tmp_path)
