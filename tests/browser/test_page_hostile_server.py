"""A server that lies is caught by the page: the chain and the record's own hashes decide."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from client_system import System
from playwright.sync_api import Browser, Response, Route, expect

from browser.page_system import PATIENCE, Doctor, doctor_at
from browser.page_wallet import PageWallet
from pmr.chain.node import accounts

pytestmark = [pytest.mark.integration, pytest.mark.browser]
SCAN = {"name": "scan.bin", "mimeType": "application/octet-stream", "buffer": b"scan" * 1000}
BLOCKS, KEYS, CONFIG = "**/api/records/*/*/blocks/*", "**/api/keys/*", "**/api/config"
DISTRUST = "Do not trust this server"


@pytest.fixture(scope="module")
def owner(system: System, browser: Browser, colleague: str) -> Iterator[Doctor]:
    """A doctor with two records."""
    with doctor_at(browser, system.url, 5) as doctor:
        doctor.arrive()
        for title in ("One", "Two"):
            doctor.create(title, SCAN)
        yield doctor


@pytest.fixture
def doctor(owner: Doctor) -> Iterator[Doctor]:
    """The same doctor at the lists, everything in them open."""
    owner.page.get_by_role("button", name="My records").click()
    for title in ("One", "Two"):
        expect(owner.page.get_by_role("link", name=title)).to_be_visible(timeout=PATIENCE)
    yield owner
    owner.page.unroute_all()
    owner.page.get_by_role("button", name="Close").click()


def open_record(doctor: Doctor, title: str) -> None:
    """Open a record of the lists."""
    doctor.page.get_by_role("link", name=title).click(timeout=PATIENCE)


def blocks_of(doctor: Doctor, title: str) -> list[Response]:
    """The blocks that the server is asked for to open a record and its first file; back at the lists then."""
    seen: list[Response] = []

    def keep(found: Response) -> None:
        if "/blocks/" in found.url:
            seen.append(found)

    doctor.page.on("response", keep)
    open_record(doctor, title)
    expect(doctor.page.locator(".viewer").get_by_role("button", name="Download")).to_be_visible()
    doctor.page.remove_listener("response", keep)
    doctor.page.get_by_role("button", name="My records").click()
    return seen


def changed(route: Route) -> None:
    """Pass on the true answer with its last bit turned over."""
    data = bytearray(route.fetch().body())
    data[-1] ^= 1
    route.fulfill(body=bytes(data))


def test_server_that_changes_a_block_is_caught(doctor: Doctor) -> None:
    doctor.page.route(BLOCKS, changed)
    open_record(doctor, "One")
    doctor.told(DISTRUST)


def test_server_that_answers_with_another_record_s_root_is_caught(doctor: Doctor) -> None:
    other = blocks_of(doctor, "Two")[0].body()
    doctor.page.route(BLOCKS, lambda route: route.fulfill(body=other))
    open_record(doctor, "One")
    doctor.told(DISTRUST)


def test_server_that_changes_the_last_block_of_a_file_is_caught(doctor: Doctor) -> None:
    last = blocks_of(doctor, "One")[-1].url
    doctor.page.route(last, changed)
    open_record(doctor, "One")
    doctor.told(DISTRUST)


def test_server_that_swaps_a_colleague_s_key_gets_no_envelope(
    doctor: Doctor, system: System, colleague: str
) -> None:
    open_record(doctor, "One")
    own = doctor.page.request.get(f"{system.url}/api/keys/{own_bundle(doctor)}").body()
    doctor.page.route(KEYS, lambda route: route.fulfill(body=own))
    doctor.page.get_by_label("Account of the doctor").fill(colleague)
    doctor.page.get_by_role("button", name="Share", exact=True).click()
    doctor.told(DISTRUST)


def own_bundle(doctor: Doctor) -> str:
    """The CID of the doctor's own bundle: the page asks for it to check the record's signature."""
    with doctor.page.expect_request(KEYS) as asked:
        doctor.page.reload()
        doctor.connect()
        doctor.unlock()
    return str(asked.value.url).rpartition("/")[2]


def naming(**changes: Any) -> Callable[[Route], None]:
    """A server of a hospital that names something else in its settings."""

    def answer(route: Route) -> None:
        told = route.fetch().json()
        route.fulfill(json={**told, "network": "hospital", **changes})

    return answer


@pytest.fixture
def newcomer(system: System, browser: Browser) -> Iterator[Doctor]:
    """Somebody with a wallet at a hospital's server, where nothing was confirmed yet."""
    wallet = PageWallet(system.rpc_url, accounts(5)[4].address)
    with doctor_at(browser, system.url, 4, wallet) as doctor:
        expect(doctor.page.get_by_role("heading", name="Connect your wallet")).to_be_visible()
        doctor.page.evaluate("localStorage.clear()")
        yield doctor


@pytest.mark.parametrize(
    "name",
    [
        "registry",
        pytest.param("keyDirectory", marks=pytest.mark.slow),
        pytest.param("forwarder", marks=pytest.mark.slow),
    ],
)
def test_server_that_names_another_contract_later_is_refused(
    newcomer: Doctor, system: System, name: str
) -> None:
    page = newcomer.page
    page.route(CONFIG, naming())
    page.reload()
    for address in (system.deployment.registry, system.deployment.key_directory, system.deployment.forwarder):
        expect(page.get_by_role("definition").filter(has_text=address)).to_be_visible()
    page.get_by_role("button", name="They are the same").click()
    expect(page.get_by_role("heading", name="Connect your wallet")).to_be_visible()
    page.unroute_all()
    page.route(CONFIG, naming(**{name: accounts(1)[0].address}))
    page.reload()
    newcomer.told("The server names other contracts")
    expect(page.get_by_role("heading", name="Connect your wallet")).to_have_count(0)


def test_server_that_names_another_contract_from_the_start_is_caught_by_its_code(
    newcomer: Doctor, system: System
) -> None:
    newcomer.page.route(CONFIG, naming(registry=system.deployment.key_directory))
    newcomer.page.reload()
    newcomer.page.get_by_role("button", name="They are the same").click()
    newcomer.connect()
    newcomer.told("The contracts on this chain are not the ones of this page")
    assert newcomer.wallet
    assert "personal_sign" not in newcomer.wallet.asked


def test_server_that_has_another_site_s_sign_in_signed_gets_no_signature(newcomer: Doctor) -> None:
    def elsewhere(route: Route) -> None:
        told = json.loads(route.fetch().text())
        message = told["message"].replace("127.0.0.1", "bank.example").replace("localhost", "bank.example")
        route.fulfill(json={**told, "message": message})

    newcomer.page.reload()
    newcomer.page.route("**/api/session/challenge", elsewhere)
    newcomer.connect()
    newcomer.told("The sign-in failed")
    assert newcomer.wallet
    assert "personal_sign" not in newcomer.wallet.asked
