"""The same doctor at another machine, and a page that was left open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from client_system import System
from playwright.sync_api import Browser, expect

from browser.page_system import PATIENCE, Doctor, doctor_at

pytestmark = [pytest.mark.integration, pytest.mark.browser]
SCAN = {"name": "scan.bin", "mimeType": "application/octet-stream", "buffer": b"scan" * 1000}
IDLE = 15 * 60


@pytest.fixture(scope="module")
def first(system: System, browser: Browser) -> Iterator[Doctor]:
    """A doctor with a key and one record."""
    with doctor_at(browser, system.url, 7) as doctor:
        doctor.page.clock.install()
        doctor.page.reload()
        doctor.connect()
        doctor.make_key()
        doctor.create("Made at home", SCAN)
        yield doctor


def test_unlock_at_another_machine_with_the_passphrase_opens_the_records(
    first: Doctor, system: System, browser: Browser
) -> None:
    with doctor_at(browser, system.url, first.account) as second:
        second.connect()
        second.unlock()
        expect(second.page.get_by_role("link", name="Made at home")).to_be_visible(timeout=PATIENCE)
        assert second.complaints == []


def test_recover_at_another_machine_with_the_kit_opens_the_records(
    first: Doctor, system: System, browser: Browser
) -> None:
    with doctor_at(browser, system.url, first.account) as second:
        second.connect()
        second.page.get_by_text("I have a recovery kit").click()
        second.page.get_by_label("The text of your recovery kit").fill(first.kit)
        second.choose_passphrase("Recover my key")
        expect(second.page.get_by_role("link", name="Made at home")).to_be_visible(timeout=PATIENCE)
        assert second.complaints == []


@pytest.mark.slow
def test_recover_with_another_account_s_kit_says_so(first: Doctor, system: System, browser: Browser) -> None:
    with doctor_at(browser, system.url, 8) as other:
        other.connect()
        other.page.get_by_text("I have a recovery kit").click()
        other.page.get_by_label("The text of your recovery kit").fill(first.kit)
        other.choose_passphrase("Recover my key")
        other.told("The recovery kit is not valid")


def test_page_idle_for_a_quarter_of_an_hour_is_locked_and_shows_nothing(first: Doctor) -> None:
    first.page.get_by_role("button", name="My records").click()
    expect(first.page.get_by_role("link", name="Made at home")).to_be_visible(timeout=PATIENCE)
    first.page.clock.fast_forward((IDLE - 60) * 1000)
    expect(first.page.get_by_role("link", name="Made at home")).to_be_visible()
    first.page.clock.fast_forward(61_000)
    expect(first.page.get_by_role("button", name="Unlock")).to_be_visible()
    assert "Made at home" not in first.page.content()
    assert first.complaints == []
