"""Two doctors in two browsers: from nothing to a shared and opened record."""

from __future__ import annotations

from pathlib import Path

import pytest
from client_system import System
from playwright.sync_api import Browser, expect

from browser.page_system import PATIENCE, doctor_at
from pmr.chain.node import accounts

pytestmark = [pytest.mark.integration, pytest.mark.browser]
EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = [str(EXAMPLES / name) for name in ("ct-slice.dcm", "retina.jpg", "report.pdf")]


def test_page_two_doctors_seal_share_open_and_revoke(system: System, browser: Browser) -> None:
    alice, bob = accounts(4)[2:4]
    with doctor_at(browser, system.url, 2) as a, doctor_at(browser, system.url, 3) as b:
        for doctor in (b, a):
            doctor.connect()
            doctor.make_key()
        record = a.create("CT of the day", *FILES)
        assert record == f"{alice.address}/0"
        expect(a.page.locator("canvas")).to_be_visible(timeout=PATIENCE)
        a.share(bob.address)

        b.page.reload()
        b.connect()
        b.unlock()
        b.page.get_by_role("button", name="Open what").click(timeout=PATIENCE)
        b.page.get_by_role("link", name="CT of the day").click(timeout=PATIENCE)
        expect(b.page.locator("canvas")).to_be_visible(timeout=PATIENCE)
        for name, size in (("retina.jpg", FILES[1]), ("report.pdf", FILES[2])):
            b.page.get_by_role("button", name=name).click()
            with b.page.expect_download() as saving:
                b.page.get_by_role("button", name="Download").click()
            assert Path(saving.value.path()).read_bytes() == Path(size).read_bytes()

        a.page.get_by_text("Take access back").first.click()
        a.page.get_by_role("button", name="Take access back").click()
        a.approve()
        expect(a.page.get_by_text("revoked")).to_be_visible(timeout=PATIENCE)
        b.page.reload()
        assert (a.complaints, b.complaints) == ([], [])
