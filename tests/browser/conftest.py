"""One chain, one server and one Chromium for all tests of the page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.page_system import launch

sys.path.append(str(Path(__file__).parents[1] / "integration" / "client"))

from client_system import System, running_system

from pmr.chain.node import accounts


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    yield from running_system(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="session")
def colleague(system: System) -> str:
    """The account of a doctor whose key is published."""
    wallet = accounts()[9]
    system.doctor(wallet)
    return wallet.address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()
