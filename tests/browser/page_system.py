"""A real Chromium on the real page, with a chain and a server behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PASSPHRASE = "four words are enough"
PATIENCE = 60_000


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium, or say why not."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"There is no {CHROMIUM}: apt-get install chromium.")
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@dataclass
class Doctor:
    """One person at one browser, and what the browser complained of."""

    page: Page
    account: int
    complaints: list[str] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        """Keep errors of the console; that the server answered 404 or 503 is no fault of the page."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def connect(self) -> None:
        """Choose the development account and sign in."""
        self.page.get_by_label("Development account").select_option(str(self.account))
        self.page.get_by_role("button", name="Development wallet").click()

    def make_key(self) -> None:
        """Make the first key, confirm its kit, publish it."""
        for label in ("Passphrase", "The passphrase once more"):
            self.page.get_by_label(label, exact=True).fill(PASSPHRASE)
        self.page.get_by_role("button", name="Make my key").click()
        self.confirm_kit()
        self.page.get_by_role("button", name="Publish my key").click()
        self.approve()
        expect(self.page.get_by_role("heading", name="My records")).to_be_visible(timeout=PATIENCE)

    def confirm_kit(self) -> None:
        """Answer with the word of the kit that the page asks for."""
        kit = self.page.locator("pre.kit").inner_text()
        words = next(line for line in kit.splitlines() if line.startswith("key 1:")).split()[2:]
        question = self.page.get_by_text("what is word number").inner_text()
        number = int("".join(filter(str.isdigit, question)))
        self.page.get_by_label("what is word number").fill(words[number - 1])
        self.page.get_by_role("button", name="Go on").click()

    def approve(self) -> None:
        """Agree to the cost."""
        self.page.get_by_role("button", name="Agree and sign").click(timeout=PATIENCE)

    def create(self, title: str, *files: str) -> str:
        """Seal files as a new record and give its id."""
        self.page.get_by_role("button", name="New record").click()
        self.page.get_by_label("Choose files").set_input_files(list(files))
        self.page.get_by_label("Title", exact=True).fill(title)
        self.page.get_by_role("button", name="Seal and register").click()
        self.approve()
        expect(self.page.get_by_role("heading", name=title)).to_be_visible(timeout=PATIENCE)
        return self.page.url.partition("#/record/")[2]

    def share(self, account: str) -> None:
        """Share the record that is shown for 30 days."""
        self.page.get_by_label("Account of the doctor").fill(account)
        self.page.get_by_role("button", name="Share", exact=True).click()
        self.approve()
        expect(self.page.locator("li", has_text=account).first).to_be_visible(timeout=PATIENCE)


@contextmanager
def doctor_at(browser: Browser, url: str, account: int, **options: Any) -> Iterator[Doctor]:
    """A person with a browser of the own; at its end nothing must have violated the page's policy."""
    context: BrowserContext = browser.new_context(**options)
    page = context.new_page()
    doctor = Doctor(page, account)
    page.on("console", doctor.note)
    page.on("pageerror", lambda error: doctor.complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    yield doctor
    context.close()
