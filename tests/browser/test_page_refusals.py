"""Whatever a wallet, a chain or a person refuses: a sentence and a way on, never a blank page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from client_system import System
from playwright.sync_api import Browser, Route, expect
from web3.types import RPCEndpoint

from browser.page_system import PATIENCE, Doctor, doctor_at
from browser.page_wallet import BROKEN, BUSY, ELSEWHERE, GONE, LOCKED, REFUSED, PageWallet, tell
from pmr.chain.node import accounts

pytestmark = [pytest.mark.integration, pytest.mark.browser]
SLOW = pytest.mark.slow
SCAN = {"name": "scan.bin", "mimeType": "application/octet-stream", "buffer": b"scan" * 1000}
REFUSED_TEXT = "You refused this in the wallet"
LOCKED_TEXT = "The wallet is locked"
GONE_TEXT = "The wallet is gone"
BUSY_TEXT = "The wallet waits for an answer already"
CHAIN_TEXT = "The wallet is on another network"


@pytest.fixture
def stranger(system: System, browser: Browser) -> Iterator[Doctor]:
    """Somebody who has opened the page and done nothing yet."""
    account = accounts(5)[4].address
    with doctor_at(browser, system.url, 4, PageWallet(system.rpc_url, account)) as doctor:
        yield doctor


@pytest.fixture(scope="module")
def keyed(system: System, browser: Browser) -> Iterator[Doctor]:
    """A doctor with a key and an unlocked page."""
    with doctor_at(browser, system.url, 6, PageWallet(system.rpc_url, accounts(7)[6].address)) as doctor:
        doctor.connect()
        doctor.make_key()
        yield doctor


@pytest.fixture
def doctor(keyed: Doctor) -> Iterator[Doctor]:
    """The same doctor, at the lists."""
    assert keyed.wallet
    keyed.wallet.refusing, keyed.wallet.hanging, keyed.wallet.chain_id = {}, set(), 31337
    keyed.complaints.clear()
    come_back(keyed)
    yield keyed
    assert keyed.complaints == []


def come_back(doctor: Doctor) -> None:
    """Connect and unlock again where that is needed; at the lists, nothing wrong."""
    connecting = doctor.page.get_by_role("heading", name="Connect your wallet")
    if connecting.is_visible():
        doctor.connect()
        doctor.unlock()
    if doctor.page.get_by_role("alert").is_visible():
        doctor.page.get_by_role("button", name="Close").click()
    doctor.page.get_by_role("button", name="My records").click()
    expect(doctor.page.get_by_role("heading", name="My records")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("method", "code", "sentence"),
    [
        ("eth_requestAccounts", REFUSED, REFUSED_TEXT),
        pytest.param("eth_requestAccounts", BUSY, BUSY_TEXT, marks=SLOW),
        pytest.param("eth_requestAccounts", LOCKED, LOCKED_TEXT, marks=SLOW),
        pytest.param("eth_requestAccounts", GONE, GONE_TEXT, marks=SLOW),
        pytest.param("personal_sign", REFUSED, REFUSED_TEXT, marks=SLOW),
    ],
)
def test_connect_refused_by_the_wallet_says_so_and_can_be_repeated(
    stranger: Doctor, method: str, code: int, sentence: str
) -> None:
    assert stranger.wallet
    stranger.wallet.refusing = {method: code}
    stranger.connect()
    stranger.told(sentence)
    stranger.wallet.refusing = {}
    stranger.connect()
    expect(stranger.page.get_by_role("heading", name="Your key")).to_be_visible()
    assert stranger.complaints == []


@pytest.mark.slow
def test_connect_to_a_locked_wallet_says_so_and_can_be_repeated(stranger: Doctor) -> None:
    assert stranger.wallet
    stranger.wallet.locked = True
    stranger.connect()
    stranger.told(LOCKED_TEXT)
    stranger.wallet.locked = False
    stranger.connect()
    expect(stranger.page.get_by_role("heading", name="Your key")).to_be_visible()


def test_connect_without_the_chain_adds_it_to_the_wallet(stranger: Doctor) -> None:
    assert stranger.wallet
    stranger.wallet.chain_id, stranger.wallet.knows_chain = ELSEWHERE, False
    stranger.connect()
    expect(stranger.page.get_by_role("heading", name="Your key")).to_be_visible()
    assert stranger.wallet.asked.count("wallet_addEthereumChain") == 1
    assert stranger.wallet.chain_id == 31337


@pytest.mark.slow
@pytest.mark.parametrize("knows_chain", [True, False])
def test_connect_refusing_the_chain_says_so_and_can_be_repeated(stranger: Doctor, knows_chain: bool) -> None:
    assert stranger.wallet
    stranger.wallet.chain_id, stranger.wallet.knows_chain = ELSEWHERE, knows_chain
    asked = "wallet_switchEthereumChain" if knows_chain else "wallet_addEthereumChain"
    stranger.wallet.refusing = {asked: REFUSED}
    stranger.connect()
    stranger.told(REFUSED_TEXT)
    stranger.wallet.refusing = {}
    stranger.connect()
    expect(stranger.page.get_by_role("heading", name="Your key")).to_be_visible()


@pytest.mark.slow
def test_connect_of_a_wallet_that_stays_elsewhere_names_the_network(stranger: Doctor) -> None:
    assert stranger.wallet
    stranger.wallet.chain_id, stranger.wallet.goes = ELSEWHERE, False
    stranger.connect()
    stranger.told(CHAIN_TEXT)


@pytest.mark.slow
def test_connect_of_a_silent_wallet_can_be_stopped(stranger: Doctor) -> None:
    assert stranger.wallet
    stranger.wallet.hanging = {"eth_requestAccounts"}
    stranger.connect()
    stranger.page.get_by_role("button", name="Stop waiting").click()
    stranger.told("The page waits no longer")
    stranger.wallet.hanging = set()
    stranger.connect()
    expect(stranger.page.get_by_role("heading", name="Your key")).to_be_visible()


@pytest.mark.slow
def test_make_key_refused_by_the_wallet_can_be_repeated(stranger: Doctor) -> None:
    assert stranger.wallet
    stranger.connect()
    stranger.choose_passphrase("Make my key")
    stranger.wallet.refusing = {"eth_signTypedData_v4": REFUSED}
    stranger.confirm_kit()
    stranger.told(REFUSED_TEXT)
    expect(stranger.page.locator("pre.kit")).to_be_visible()


@pytest.mark.parametrize(
    ("event", "value", "sentence"),
    [
        ("accountsChanged", ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"], "Another account was chosen"),
        pytest.param("accountsChanged", [], LOCKED_TEXT, marks=SLOW),
        pytest.param("chainChanged", hex(ELSEWHERE), CHAIN_TEXT, marks=SLOW),
        pytest.param("disconnect", None, GONE_TEXT, marks=SLOW),
    ],
)
def test_wallet_changed_while_the_page_is_open_leads_back_to_connecting(
    doctor: Doctor, event: str, value: object, sentence: str
) -> None:
    tell(doctor.page, event, value)
    doctor.told(sentence)
    expect(doctor.page.get_by_role("heading", name="Connect your wallet")).to_be_visible()
    expect(doctor.page.get_by_role("heading", name="My records")).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (REFUSED, REFUSED_TEXT),
        pytest.param(BUSY, BUSY_TEXT, marks=SLOW),
        pytest.param(GONE, GONE_TEXT, marks=SLOW),
        pytest.param(BROKEN, "The transaction failed", marks=SLOW),
    ],
)
def test_create_refused_by_the_wallet_goes_on_to_one_record(
    doctor: Doctor, system: System, code: int, sentence: str
) -> None:
    assert doctor.wallet
    before = count(doctor)
    doctor.wallet.refusing = {"eth_sendTransaction": code}
    doctor.begin(f"Refused with {code}", SCAN)
    doctor.approve()
    doctor.told(sentence)
    doctor.wallet.refusing = {}
    doctor.page.get_by_role("button", name="Seal and register").click()
    doctor.approve()
    expect(doctor.page.get_by_role("heading", name=f"Refused with {code}")).to_be_visible(timeout=PATIENCE)
    assert count(doctor) == before + 1


def test_create_with_the_account_switched_before_it_is_signed_sends_nothing(doctor: Doctor) -> None:
    assert doctor.wallet
    account, doctor.wallet.asked = doctor.wallet.account, []
    doctor.begin("Switched", SCAN)
    doctor.wallet.account = accounts(1)[0].address
    doctor.approve()
    doctor.told("Another account was chosen")
    assert "eth_sendTransaction" not in doctor.wallet.asked
    doctor.wallet.account = account
    finish_unfinished(doctor, "Switched")


@pytest.mark.slow
def test_create_with_the_wallet_gone_while_it_signs_goes_on_after_connecting(doctor: Doctor) -> None:
    assert doctor.wallet
    doctor.wallet.hanging = {"eth_sendTransaction"}
    doctor.begin("Gone in between", SCAN)
    doctor.approve()
    expect(doctor.page.get_by_text("Sign in your wallet")).to_be_visible()
    tell(doctor.page, "disconnect", None)
    doctor.told(GONE_TEXT)
    doctor.wallet.hanging = set()
    come_back(doctor)
    finish_unfinished(doctor, "Gone in between")


def test_create_that_waits_for_a_silent_wallet_can_be_stopped_and_gone_on_with(doctor: Doctor) -> None:
    assert doctor.wallet
    doctor.wallet.hanging = {"eth_sendTransaction"}
    doctor.begin("Silence", SCAN)
    doctor.approve()
    doctor.page.get_by_role("dialog").get_by_role("button", name="Stop waiting").click()
    doctor.told("The page waits no longer")
    doctor.wallet.hanging = set()
    finish_unfinished(doctor, "Silence")


@pytest.mark.slow
def test_create_whose_cost_is_declined_sends_nothing(doctor: Doctor) -> None:
    doctor.begin("Too dear", SCAN)
    dialog = doctor.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click(timeout=PATIENCE)
    doctor.told("Cancelled")
    finish_unfinished(doctor, "Too dear")


def test_create_without_money_says_so_before_the_wallet_is_asked(doctor: Doctor, system: System) -> None:
    assert doctor.wallet
    balance = system.w3.eth.get_balance(accounts(7)[6].address)
    set_balance(system, doctor.wallet.account, 1)
    doctor.wallet.asked = []
    doctor.begin("Poor", SCAN)
    doctor.told("The account cannot pay")
    assert "eth_sendTransaction" not in doctor.wallet.asked
    set_balance(system, doctor.wallet.account, balance)
    finish_unfinished(doctor, "Poor")


def test_unlock_with_a_wrong_passphrase_says_so_and_the_right_one_opens(doctor: Doctor) -> None:
    doctor.page.get_by_role("button", name="Lock", exact=True).click()
    doctor.unlock("not four words at all")
    doctor.told("The passphrase is wrong")
    doctor.unlock()
    expect(doctor.page.get_by_role("heading", name="My records")).to_be_visible(timeout=PATIENCE)


@pytest.mark.slow
def test_unlock_refused_by_the_wallet_says_so(doctor: Doctor) -> None:
    assert doctor.wallet
    doctor.page.get_by_role("button", name="Lock", exact=True).click()
    doctor.wallet.refusing = {"eth_signTypedData_v4": REFUSED}
    doctor.unlock()
    doctor.told(REFUSED_TEXT)
    doctor.wallet.refusing = {}
    doctor.unlock()
    expect(doctor.page.get_by_role("heading", name="My records")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("path", ["nonsense", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8/900"])
def test_address_of_no_record_says_so_and_leads_back(doctor: Doctor, path: str) -> None:
    doctor.page.evaluate("path => (location.hash = `#/record/${path}`)", path)
    expect(doctor.page.get_by_role("alert")).to_be_visible(timeout=PATIENCE)
    doctor.page.get_by_role("link", name="Back").click()
    expect(doctor.page.get_by_role("heading", name="My records")).to_be_visible()


@pytest.mark.slow
def test_session_that_has_ended_leads_back_to_connecting(doctor: Doctor) -> None:
    doctor.page.context.clear_cookies()
    doctor.begin("Late", SCAN)
    doctor.told("The session has ended")
    expect(doctor.page.get_by_role("heading", name="Connect your wallet")).to_be_visible()


@pytest.mark.slow
def test_server_away_from_the_start_can_be_asked_again(stranger: Doctor) -> None:
    def away(route: Route) -> None:
        route.abort()

    config = re.compile("/api/config")
    stranger.page.route(config, away)
    stranger.page.reload()
    stranger.told("The server does not answer")
    stranger.page.unroute(config, away)
    stranger.page.get_by_role("button", name="Try again").click()
    expect(stranger.page.get_by_role("heading", name="Connect your wallet")).to_be_visible()


@pytest.mark.slow
def test_lists_that_cannot_be_read_are_not_said_to_be_empty(doctor: Doctor) -> None:
    assert doctor.wallet
    doctor.page.get_by_role("button", name="New record").click()
    doctor.wallet.refusing = {"eth_call": BROKEN}
    doctor.page.get_by_role("button", name="My records").click()
    expect(doctor.page.get_by_role("alert")).to_be_visible(timeout=PATIENCE)
    expect(doctor.page.get_by_text("You have no records yet")).to_have_count(0)
    doctor.wallet.refusing = {}
    doctor.page.get_by_role("button", name="Try again").click()
    expect(doctor.page.get_by_role("alert")).to_have_count(0)


def count(doctor: Doctor) -> int:
    """How many records the lists show."""
    doctor.page.get_by_role("button", name="My records").click()
    expect(doctor.page.locator("search")).to_be_visible()
    doctor.page.wait_for_timeout(300)
    return doctor.page.locator("ul.records li").count()


def finish_unfinished(doctor: Doctor, title: str) -> None:
    """Go on with what was begun; it becomes one record."""
    doctor.page.get_by_role("button", name="My records").click()
    begun = doctor.page.locator(".begun", has_text=title)
    begun.get_by_role("button", name="Go on").click()
    doctor.approve()
    expect(doctor.page.get_by_role("heading", name=title)).to_be_visible(timeout=PATIENCE)


def set_balance(system: System, account: str, wei: int) -> None:
    """Have the local chain give an account so much."""
    system.w3.provider.make_request(RPCEndpoint("anvil_setBalance"), [account, hex(wei)])
