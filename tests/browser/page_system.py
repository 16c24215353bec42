"""A real Chromium on the real page, with a chain and a server behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

from browser.page_wallet import NAME, PageWallet

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PASSPHRASE = "four words are enough"
PATIENCE = 60_000
_WATCH_POLICY = """
window.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  window.tellViolation(`policy: ${violatedDirective} ${blockedURI} ${sample}`));
"""


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
    wallet: PageWallet | None = None
    """None for the development wallet."""
    complaints: list[str] = field(default_factory=list)
    kit: str = ""

    def note(self, message: ConsoleMessage) -> None:
        """Keep errors of the console; that the server answered 404 or 503 is no fault of the page."""
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def complain(self, text: str) -> None:
        """Keep what the page's policy stopped."""
        self.complaints.append(text)

    def watch(self) -> None:
        """Keep what the browser complains of from now on; before the page is opened."""
        self.page.on("console", self.note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.expose_function("tellViolation", self.complain)
        self.page.add_init_script(_WATCH_POLICY)

    def connect(self) -> None:
        """Choose the wallet and sign in."""
        if self.wallet:
            self.page.get_by_role("button", name=NAME).click()
            return
        self.page.get_by_label("Development account").select_option(str(self.account))
        self.page.get_by_role("button", name="Development wallet").click()

    def arrive(self) -> None:
        """Connect, and make a key or unlock the one that another test made."""
        self.connect()
        making = self.page.get_by_role("button", name="Make my key")
        expect(making.or_(self.page.get_by_role("button", name="Unlock"))).to_be_visible()
        if making.is_visible():
            self.make_key()
        else:
            self.unlock()

    def make_key(self) -> None:
        """Make the first key, confirm its kit, publish it."""
        self.choose_passphrase("Make my key")
        self.confirm_kit()
        self.page.get_by_role("button", name="Publish my key").click()
        self.approve()
        expect(self.page.get_by_role("heading", name="My records")).to_be_visible(timeout=PATIENCE)

    def choose_passphrase(self, button: str) -> None:
        """Type a new passphrase twice."""
        form = self.page.locator("form", has=self.page.get_by_role("button", name=button))
        for label in ("Passphrase", "The passphrase once more"):
            form.get_by_label(label, exact=True).fill(PASSPHRASE)
        form.get_by_role("button", name=button).click()

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        """Enter the passphrase."""
        self.page.get_by_label("Passphrase", exact=True).fill(passphrase)
        self.page.get_by_role("button", name="Unlock").click()

    def confirm_kit(self) -> None:
        """Answer with the word of the kit that the page asks for."""
        self.kit = self.page.locator("pre.kit").inner_text()
        words = next(line for line in self.kit.splitlines() if line.startswith("key 1:")).split()[2:]
        question = self.page.get_by_text("what is word number").inner_text()
        number = int("".join(filter(str.isdigit, question)))
        self.page.get_by_label("what is word number").fill(words[number - 1])
        self.page.get_by_role("button", name="Go on").click()

    def approve(self) -> None:
        """Agree to the cost."""
        self.page.get_by_role("button", name="Agree and sign").click(timeout=PATIENCE)

    def create(self, title: str, *files: Any) -> str:
        """Seal files as a new record and give its id."""
        self.begin(title, *files)
        self.approve()
        expect(self.page.get_by_role("heading", name=title)).to_be_visible(timeout=PATIENCE)
        return self.page.url.partition("#/record/")[2]

    def begin(self, title: str, *files: Any) -> None:
        """Have files sealed and sent as a new record."""
        self.page.get_by_role("button", name="New record").click()
        self.page.get_by_label("Choose files").set_input_files(list(files))
        self.page.get_by_label("Title", exact=True).fill(title)
        self.page.get_by_role("button", name="Seal and register").click()

    def share(self, account: str) -> None:
        """Share the record that is shown for 30 days."""
        self.page.get_by_label("Account of the doctor").fill(account)
        self.page.get_by_role("button", name="Share", exact=True).click()
        self.approve()
        expect(self.page.locator("li", has_text=account).first).to_be_visible(timeout=PATIENCE)

    def told(self, sentence: str) -> None:
        """The page says what went wrong, and can still be used."""
        expect(self.page.get_by_role("alert").filter(has_text=sentence)).to_be_visible(timeout=PATIENCE)
        expect(self.page.locator("header")).to_be_visible()


@contextmanager
def doctor_at(
    browser: Browser, url: str, account: int, wallet: PageWallet | None = None, **options: Any
) -> Iterator[Doctor]:
    """A person with a browser of the own."""
    context: BrowserContext = browser.new_context(**options)
    doctor = Doctor(context.new_page(), account, wallet)
    doctor.watch()
    if wallet:
        wallet.announce(doctor.page)
    doctor.page.set_default_timeout(PATIENCE)
    doctor.page.goto(url)
    yield doctor
    context.close()
