"""Every screen, in both languages, both themes, on a phone and on a ward's screen: axe-core finds nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from client_system import System
from playwright.sync_api import Browser, Page, Route, expect

from browser.page_system import PASSPHRASE, PATIENCE, doctor_at

pytestmark = [pytest.mark.integration, pytest.mark.browser]
ROOT = Path(__file__).parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf8")
EXAMPLES = ROOT / "examples"
FILES = [str(EXAMPLES / name) for name in ("ct-slice.dcm", "retina.jpg", "report.pdf")]
NARROW, WIDE = 360, 1600
ONE_LOOK = [("ar", "dark", NARROW)]
ALL_LOOKS = list(itertools.product(("en", "ar"), ("light", "dark"), (NARROW, WIDE)))
_RUN = """async () => {
  const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
  const place = ({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(place).join("; ")}`);
}"""

Check = Callable[[str], None]
Look = tuple[str, str, int]


def checker(page: Page, looks: list[Look], found: dict[str, list[str]]) -> Check:
    """Gives what looks at a screen in every look and notes what is wrong; English and light again then."""
    page.evaluate(AXE)

    def check(screen: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        for language, theme, width in looks:
            wear(page, language, theme, width)
            wrong = [*page.evaluate(_RUN), *overflow(page)]
            if wrong:
                found[f"{screen} {language} {theme} {width}"] = wrong
        wear(page, "en", "light", WIDE)

    return check


def wear(page: Page, language: str, theme: str, width: int) -> None:
    """Change the page's language, theme and width where it stands, a dialog in front of it or not."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two texts
    page.evaluate(
        """language => {
          const chooser = document.querySelector(".language:last-child select");
          chooser.value = language;
          chooser.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        language,
    )
    page.wait_for_function("language => document.documentElement.lang === language", arg=language)
    assert page.evaluate("document.documentElement.dir") == {"en": "ltr", "ar": "rtl"}[language]


def overflow(page: Page) -> list[str]:
    """What stands out of the window sideways."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"wider than the window by {wide} pixels"] if wide > 0 else []


@pytest.mark.parametrize(
    ("account", "looks"), [(1, ONE_LOOK), pytest.param(0, ALL_LOOKS, marks=pytest.mark.slow)]
)
def test_page_on_every_screen_is_accessible(
    system: System, browser: Browser, colleague: str, account: int, looks: list[Look]
) -> None:
    found: dict[str, list[str]] = {}
    with doctor_at(browser, system.url, account) as doctor:
        page, check = doctor.page, checker(doctor.page, looks, found)
        expect(page.get_by_role("button", name="Development wallet")).to_be_visible()
        check("connect")
        doctor.connect()
        expect(page.get_by_role("button", name="Make my key")).to_be_visible()
        check("first key")
        doctor.choose_passphrase("Make my key")
        expect(page.locator("pre.kit")).to_be_visible()
        check("kit")
        doctor.confirm_kit()
        page.get_by_role("button", name="Publish my key").click(timeout=PATIENCE)
        expect(page.get_by_role("button", name="Agree and sign")).to_be_visible()
        check("cost")
        doctor.approve()
        page.get_by_role("button", name="New record").click(timeout=PATIENCE)
        page.get_by_label("Choose files").set_input_files(FILES)
        check("new record")
        doctor.create("A CT for every eye", *FILES)
        for name in ("ct-slice.dcm", "retina.jpg", "report.pdf"):
            page.get_by_role("button", name=name).click()
            expect(page.locator(".stage")).to_be_visible(timeout=PATIENCE)
            check(f"record with {name}")
        page.get_by_label("Account of the doctor").fill(colleague)
        check("share")
        doctor.share(colleague)
        check("shared record")
        page.get_by_role("button", name="New version").click()
        check("new version")
        page.get_by_role("button", name="My records").click()
        expect(page.get_by_role("link", name="A CT for every eye")).to_be_visible(timeout=PATIENCE)
        check("lists")
        page.get_by_role("button", name="Lock", exact=True).click()
        doctor.unlock("a wrong passphrase")
        doctor.told("The passphrase is wrong")
        check("locked")
        page.route("**/api/config", lambda route: route.abort())
        page.reload()
        doctor.told("The server does not answer")
        page.evaluate(AXE)
        check("server away")
        page.unroute_all()
        page.evaluate("localStorage.clear()")
        page.route("**/api/config", in_a_hospital)
        page.reload()
        expect(page.get_by_role("button", name="They are the same")).to_be_visible()
        page.evaluate(AXE)
        check("contracts to compare")
        assert doctor.complaints == []
    assert found == {}


def in_a_hospital(route: Route) -> None:
    """The settings of a server whose contracts a person has to confirm."""
    route.fulfill(json={**route.fetch().json(), "network": "hospital"})


def test_page_with_a_keyboard_alone_connects_unlocks_and_opens_a_record(
    system: System, browser: Browser
) -> None:
    with doctor_at(browser, system.url, 5) as doctor:
        doctor.arrive()
        doctor.create("By keys", {"name": "a.bin", "mimeType": "x/y", "buffer": b"a"})
        page = doctor.page
        page.goto(system.url)
        page.reload()
        press(page, "button", "Development wallet")
        expect(page.get_by_label("Passphrase", exact=True)).to_be_visible()
        tab_to(page, "input[type=password]")
        page.keyboard.type(PASSPHRASE)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="By keys")).to_be_visible(timeout=PATIENCE)
        press(page, "a", "By keys")
        expect(page.get_by_role("heading", name="By keys")).to_be_visible(timeout=PATIENCE)


def press(page: Page, tag: str, text: str) -> None:
    """Go to a button or link with the Tab key and press Enter on it."""
    tab_to(page, tag, text)
    page.keyboard.press("Enter")


def tab_to(page: Page, selector: str, text: str = "") -> None:
    """Press Tab until such an element has the focus, and shows it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        reached = page.evaluate(
            """([selector, text]) => {
              const at = document.activeElement;
              return at.matches(selector) && at.textContent.includes(text) && at.matches(":focus-visible");
            }""",
            [selector, text],
        )
        if reached:
            return
    raise AssertionError(f"Tab never reached {selector} {text}")
