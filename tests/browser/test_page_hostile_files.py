"""Hostile files do nothing: they are text, a picture or a download."""

from __future__ import annotations

from pathlib import Path

import pytest
from client_system import System
from playwright.sync_api import Browser, Page, expect

from browser.hostile_files import DAMAGED, DRAWN, HOSTILE, MARKUP, NOT_SHOWN
from browser.page_system import PATIENCE, doctor_at

pytestmark = [pytest.mark.integration, pytest.mark.browser]
MARKED = "<b id=evil>notes</b>"
FRAME = """() => {
  const frame = document.createElement("iframe");
  frame.src = "https://elsewhere.example";
  document.body.append(frame);
}"""


def test_hostile_files_do_nothing_but_show_or_download(system: System, browser: Browser) -> None:
    with doctor_at(browser, system.url, 8) as doctor:
        page, called = doctor.page, []
        page.on("request", lambda request: called.append(request.url) if "pwned" in request.url else None)
        page.on("dialog", lambda dialog: called.append(dialog.message))
        page.on("popup", lambda popup: called.append(popup.url))
        doctor.connect()
        doctor.make_key()
        files = [
            {"name": name, "mimeType": "text/html", "buffer": data} for name, (data, _) in HOSTILE.items()
        ]
        doctor.create(MARKED, *files)
        for name, (data, outcome) in HOSTILE.items():
            show(page, name)
            demand(page, outcome)
            assert downloaded(page) == data
        assert page.locator("#evil").count() == 0
        assert page.evaluate("window.pwned") is None
        assert (called, doctor.complaints) == ([], [])


def show(page: Page, name: str) -> None:
    """Open one file of the record."""
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


def demand(page: Page, outcome: str) -> None:
    """The page does with the file that is open what it should."""
    viewer = page.locator(".viewer")
    if outcome == NOT_SHOWN:
        expect(viewer).to_contain_text("This kind of file is not shown", timeout=PATIENCE)
    elif outcome == DAMAGED:
        expect(viewer.get_by_role("alert")).to_contain_text("cannot be shown", timeout=PATIENCE)
    else:
        assert outcome == DRAWN
        expect(viewer.locator("canvas")).to_be_visible(timeout=PATIENCE)
        tags = viewer.get_by_text("Tags")
        if tags.count():
            tags.click()
            expect(viewer).to_contain_text(MARKUP)


def downloaded(page: Page) -> bytes:
    """Download the file that is open."""
    with page.expect_download() as saving:
        page.locator(".viewer").get_by_role("button", name="Download").click()
    return Path(saving.value.path()).read_bytes()


def test_watch_of_a_foreign_frame_is_a_complaint(system: System, browser: Browser) -> None:
    with doctor_at(browser, system.url, 8) as doctor:
        doctor.page.evaluate(FRAME)
        doctor.page.wait_for_timeout(100)
        assert any("frame-src" in complaint for complaint in doctor.complaints)
