"""The house speaks another language from the next page on, and back."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from babel.dates import format_date
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SCREENS, Visit, open_window
from tests.browser.test_pages import PAGES, assert_fits, shoot
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-language")]


@pytest.fixture(params=SCREENS, ids=str)
def look(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Words are as long by night as by day."""
    return request.param, "light" if request.param == "desk" else "dark"


def choose_language(visit: Visit, name: str) -> None:
    visit.go("/settings").locator("#s-locale").select_option(label=name)
    visit.page.locator("form[action='/settings/you'] button").click()
    visit.page.wait_for_load_state()


def test_the_language_is_switched_in_the_account_and_back(visit: Visit, look: tuple[str, str]):
    choose_language(visit, "Deutsch")
    try:
        page = visit.page
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.get_by_role("status").get_by_text("Gespeichert.")).to_be_visible()
        visit.go("/notes?q=portugal").locator(".row-title", has_text="Trip to Portugal").click()
        expect(page.get_by_role("link", name="Bearbeiten")).to_be_visible()
        time = page.locator(".note-head time")
        written = datetime.fromisoformat(time.get_attribute("datetime"))
        expect(time).to_have_text(re.compile(re.escape(format_date(written, "d. MMMM", locale="de"))))
        # A phone is where long words have the least room.
        for name, path in PAGES.items() if look[0] == "phone" else [("today", "/"), ("missing", PAGES["missing"])]:
            visit.go(path)
            expect(page.locator("html")).to_have_attribute("lang", "de")
            assert_fits(visit)
            shoot(visit, f"de-{name}", look)
            if name == "missing":
                assert page.title() == "Hier ist nichts · Hearth"
    finally:
        choose_language(visit, "English")
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    expect(visit.page.get_by_role("heading", name="Settings")).to_be_visible()


def test_the_door_opens_in_the_browser_s_language(chromium: Browser, lived_in: House):
    context, visit = open_window(chromium, lived_in, "phone", "light")
    visit.page.set_extra_http_headers({"accept-language": "de"})
    visit.go("/sign-in")
    visit.page.get_by_label("E-Mail").fill("niemand@example.org")
    visit.page.get_by_label("Passwort").fill("falsch falsch falsch")
    visit.page.get_by_role("button", name="Anmelden").click()
    expect(visit.page.get_by_role("alert")).to_have_text(
        "Diese E-Mail-Adresse und dieses Passwort passen nicht zusammen."
    )
    assert_fits(visit)
    context.close()
