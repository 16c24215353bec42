"""What a deployment will cost and make is said before, and is so."""

from dataclasses import replace
from pathlib import Path

import pytest

from chain.in_process import Chain
from pmr.chain.coin import parse_coin, show_coin, show_price
from pmr.chain.deploy import deploy
from pmr.chain.deploy_journal import DeployJournal
from pmr.chain.deploy_plan import Plan, plan_deployment
from pmr.chain.network import Network
from pmr.chain.wallet import Wallet
from pmr.errors import BadInput, NoFunds, TooDear


def plan(chain: Chain, wallet: Wallet) -> Plan:
    return plan_deployment(chain.w3, DeployJournal(wallet.address))


def test_plan_names_the_addresses_and_the_gas_that_come_true(chain: Chain, tmp_path: Path) -> None:
    payer = chain.wallets[0]
    before = chain.w3.eth.get_balance(payer.address)
    planned = plan(chain, payer)
    assert chain.w3.eth.get_transaction_count(payer.address) == 0
    network = Network("test", chain.w3.eth.chain_id, (), 0, None)
    made = deploy(chain.w3, payer, network, tmp_path, limit=planned.limit)
    found = {one.name: one.address for one in planned.contracts}
    assert found == {
        "ERC2771Forwarder": made.forwarder,
        "RecordRegistry": made.registry,
        "KeyDirectory": made.key_directory,
    }
    spent = before - chain.w3.eth.get_balance(payer.address)
    assert spent == pytest.approx(planned.cost, rel=0.5)
    assert spent < planned.needed < planned.limit
    receipts = [chain.w3.eth.get_block(made.block + step)["gasUsed"] for step in range(3)]
    assert [one.gas for one in planned.contracts] == pytest.approx(receipts, rel=0.02)


def test_plan_of_an_account_with_too_little_says_what_there_is_and_what_is_needed(chain: Chain) -> None:
    planned = replace(plan(chain, chain.wallets[0]), balance=10**15)
    assert not planned.enough
    has = rf"{planned.deployer} has 0\.001 tBNB and needs 0\.0\d+ tBNB, of which about"
    with pytest.raises(NoFunds, match=has):
        planned.demand("tBNB", planned.limit)


def test_plan_above_the_limit_is_refused_before_anything_is_sent(chain: Chain) -> None:
    planned = plan(chain, chain.wallets[0])
    planned.demand("ETH", planned.needed)
    with pytest.raises(TooDear, match=r"limit is 0\.00\d+ ETH.*Nothing was sent"):
        planned.demand("ETH", planned.needed - 1)


@pytest.mark.parametrize(
    ("wei", "shown"),
    [
        (0, "0 ETH"),
        (1, "0.000000000000000001 ETH"),
        (10**18, "1 ETH"),
        (1_234_500_000_000_000, "0.001235 ETH"),
        (5 * 10**22 + 1, "50000.000000000000000001 ETH"),
        (999_999 * 10**12, "1 ETH"),
    ],
)
def test_show_coin_rounds_up_to_four_digits(wei: int, shown: str) -> None:
    assert show_coin(wei, "ETH") == shown


def test_show_price_is_in_gwei() -> None:
    assert show_price(1_500_000_000) == "1.5 gwei"


@pytest.mark.parametrize(("text", "wei"), [("0.05", 5 * 10**16), ("1", 10**18), ("0", 0), ("1e-18", 1)])
def test_parse_coin_gives_wei(text: str, wei: int) -> None:
    assert parse_coin(text) == wei


@pytest.mark.parametrize("text", ["", "much", "-1", "1e-19", "NaN", "Infinity", "0x1", "1 ETH"])
def test_parse_coin_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not an amount of coin"):
        parse_coin(text)
