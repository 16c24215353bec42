"""An upload that was cut off goes on: one record, and never other bytes under an old nonce."""

from __future__ import annotations

import io
import itertools
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from client_system import ROOT
from playwright.sync_api import Browser, BrowserContext, Response, Route, expect
from werkzeug.serving import BaseWSGIServer, make_server

from browser.page_system import PATIENCE, Doctor, doctor_at
from pmr.chain.connection import connect
from pmr.chain.deploy import deploy
from pmr.chain.network import find_network
from pmr.chain.node import CHAIN_ID, LocalNode, accounts, free_port
from pmr.config import Config
from pmr.content.block import Block
from pmr.content.car import read_car
from pmr.server.services import Services
from pmr.web.app import create_app

pytestmark = [pytest.mark.integration, pytest.mark.browser, pytest.mark.slow]
SIZE = 40 << 20
LEAF = 1 << 20
BODY_HEADER = 40


class Server:
    """A server that can be stopped and started again over the same files."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.start()

    def start(self) -> None:
        self.services = Services.open(self.config)
        self.services.start()
        app = create_app(self.services)
        self.web: BaseWSGIServer = make_server(self.config.host, self.config.port, app, threaded=True)
        self.thread = threading.Thread(target=self.web.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.web.shutdown()
        self.thread.join()
        self.web.server_close()
        self.services.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("resume")
    with LocalNode(folder / "chain.json", 0, node_modules=ROOT / "node_modules") as node:
        w3 = connect([node.url], CHAIN_ID)
        deploy(w3, accounts(1)[0], find_network("local"), folder / "deployments")
        server = Server(Config(state=folder, rpc_url=node.url, port=free_port()))
        yield server
        server.stop()


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Accounts that no test has used yet."""
    return itertools.count(1)


@pytest.fixture
def doctor(server: Server, browser: Browser, numbers: Iterator[int]) -> Iterator[Doctor]:
    """A doctor of the test's own, with a key."""
    with doctor_at(browser, server.config.server_address, next(numbers)) as doctor:
        doctor.connect()
        doctor.make_key()
        yield doctor


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A big file that nobody can guess."""
    path = tmp_path / "study.bin"
    path.write_bytes(random.Random(7).randbytes(SIZE))
    return path


@dataclass
class Uploads:
    """The big leaves that left the browser, in their order; `at` says what befalls which upload."""

    at: dict[int, Callable[[Route], None]] = field(default_factory=dict)
    leaves: list[Block] = field(default_factory=list)
    count: int = 0

    def watch(self, context: BrowserContext) -> None:
        context.route("**/api/blocks", self.take)

    def take(self, route: Route) -> None:
        self.count += 1
        _, blocks = read_car(io.BytesIO(route.request.post_data_buffer or b""))
        self.leaves += [block for block in blocks if len(block.data) >= LEAF]
        self.at.get(self.count, Route.continue_)(route)

    def cids(self) -> set[str]:
        return {str(block.cid) for block in self.leaves}


def hold(route: Route) -> None:
    """Let an upload hang, as on a line that has gone dead."""


def killed_while_uploading(doctor: Doctor, study: Path) -> Uploads:
    """Begin a record, and kill the tab while its third upload hangs; at the same browser again then."""
    before = Uploads({3: hold, 4: hold})
    before.watch(doctor.page.context)
    doctor.begin("Cut off", str(study))
    while before.count < 3:
        doctor.page.wait_for_timeout(50)
    context = doctor.page.context
    doctor.page.close(run_before_unload=False)
    context.unroute_all()
    return before


def come_back(doctor: Doctor, context: BrowserContext, url: str) -> None:
    """A new tab of the same browser, the key unlocked."""
    doctor.page = context.new_page()
    doctor.watch()
    doctor.page.goto(url)
    doctor.connect()
    doctor.unlock()


def choose_again(doctor: Doctor, study: Path) -> list[str]:
    """Go on with the same file; gives the leaves of the record that was made, in the order of the file."""
    doctor.page.locator(".begun").get_by_label("Choose files").set_input_files(str(study))
    return opened_leaves(doctor)


def opened_leaves(doctor: Doctor) -> list[str]:
    """Agree, and read the record that was made: gives the CIDs of the blocks that its file is read from."""
    asked: list[str] = []

    def keep(found: Response) -> None:
        if "/blocks/" in found.url and int(found.headers.get("content-length", "0")) >= LEAF:
            asked.append(found.url.rpartition("/")[2])

    doctor.page.on("response", keep)
    doctor.approve()
    expect(doctor.page.locator(".viewer").get_by_role("button", name="Download")).to_be_visible(
        timeout=PATIENCE
    )
    return asked


def demand_one_record(doctor: Doctor) -> None:
    """There is one, and nothing is left to go on with."""
    doctor.page.get_by_role("button", name="My records").click()
    expect(doctor.page.get_by_role("link", name="Cut off")).to_be_visible(timeout=PATIENCE)
    expect(doctor.page.locator("ul.records li")).to_have_count(1)
    expect(doctor.page.locator(".begun")).to_have_count(0)
    assert doctor.complaints == []


def test_resume_after_a_killed_tab_goes_on_with_the_same_leaves(
    doctor: Doctor, server: Server, study: Path
) -> None:
    context = doctor.page.context
    before = killed_while_uploading(doctor, study)
    come_back(doctor, context, server.config.server_address)
    after = Uploads()
    after.watch(context)
    final = choose_again(doctor, study)
    assert len(final) == len(set(final)) >= SIZE // LEAF
    assert before.cids() < set(final), "what left before is of the record: no nonce has two ciphertexts"
    assert after.cids() < set(final)
    assert str(before.leaves[0].cid) not in after.cids(), "what had arrived was not sent again"
    demand_one_record(doctor)


def test_resume_with_changed_bytes_starts_the_file_over_with_a_new_header(
    doctor: Doctor, server: Server, study: Path
) -> None:
    context = doctor.page.context
    before = killed_while_uploading(doctor, study)
    study.write_bytes(b"!" + study.read_bytes()[1:])
    come_back(doctor, context, server.config.server_address)
    after = Uploads()
    after.watch(context)
    final = choose_again(doctor, study)
    assert before.cids().isdisjoint(final)
    assert after.cids() == set(final)
    old, new = (uploads.leaves[0].data[:BODY_HEADER] for uploads in (before, after))
    assert old[0] == new[0] == BODY_HEADER
    assert old[1:33] != new[1:33], "the salt"
    assert old[33:] != new[33:], "the nonce prefix"
    demand_one_record(doctor)


def test_resume_in_a_second_tab_while_the_first_goes_on_is_refused(
    doctor: Doctor, server: Server, study: Path
) -> None:
    context = doctor.page.context
    uploads = Uploads({2: hold, 3: hold})
    uploads.watch(context)
    doctor.begin("Cut off", str(study))
    while uploads.count < 2:
        doctor.page.wait_for_timeout(50)
    come_back(doctor, context, server.config.server_address)
    doctor.page.locator(".begun").get_by_label("Choose files").set_input_files(str(study))
    doctor.told("This goes on in another tab")


def test_resume_with_another_file_is_refused_and_can_be_repeated(
    doctor: Doctor, server: Server, study: Path, tmp_path: Path
) -> None:
    context = doctor.page.context
    killed_while_uploading(doctor, study)
    come_back(doctor, context, server.config.server_address)
    other = tmp_path / "other.bin"
    other.write_bytes(b"other")
    doctor.page.locator(".begun").get_by_label("Choose files").set_input_files(str(other))
    doctor.told("The files are not the ones that were begun with")
    choose_again(doctor, study)
    demand_one_record(doctor)


def test_upload_over_a_restart_of_the_server_goes_on_by_itself(
    doctor: Doctor, server: Server, study: Path
) -> None:
    def restart(route: Route) -> None:
        server.stop()
        server.start()
        route.continue_()

    uploads = Uploads({3: restart})
    uploads.watch(doctor.page.context)
    doctor.begin("Cut off", str(study))
    final = opened_leaves(doctor)
    assert uploads.cids() == set(final)
    demand_one_record(doctor)


def test_upload_to_a_server_that_is_gone_says_so_and_goes_on_when_it_is_back(
    doctor: Doctor, server: Server, study: Path
) -> None:
    def leave(route: Route) -> None:
        server.stop()
        route.continue_()

    uploads = Uploads({3: leave})
    uploads.watch(doctor.page.context)
    doctor.begin("Cut off", str(study))
    doctor.told("The server does not answer")
    server.start()
    doctor.page.get_by_role("button", name="Seal and register").click()
    final = opened_leaves(doctor)
    assert uploads.cids() == set(final)
    demand_one_record(doctor)
