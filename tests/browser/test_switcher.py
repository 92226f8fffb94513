"""Going anywhere by name: by keyboard at a desk, by thumb on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_pages import shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-switcher")]


def test_a_note_is_opened_by_its_initials(visit: Visit, look: tuple[str, str]):
    page = visit.go("/")
    if look[0] == "phone":
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Search").tap()
    else:
        page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    box.press_sequentially("tr")
    expect(page.locator("[role=option]").first).to_contain_text("Trip to Portugal")
    shoot(visit, "switcher", look)
    box.fill("ttp")
    box.press("Enter")
    page.wait_for_url("**/notes/*")
    expect(page.get_by_role("heading", name="Trip to Portugal")).to_be_visible()


def test_whoever_types_faster_than_the_list_comes_gets_what_they_typed(visit: Visit):
    page = visit.go("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("lisbon")
    page.keyboard.press("Enter")
    page.wait_for_url("**/notes/*")
    expect(page.get_by_role("heading", name="Lisbon")).to_be_visible()


def test_shift_enter_begins_a_note_of_that_name(visit: Visit):
    page = visit.go("/notes")
    page.keyboard.press("Control+k")
    page.keyboard.type("Quite new")
    page.keyboard.press("Shift+Enter")
    page.wait_for_url("**/notes/new?title=Quite%20new")
    expect(page.get_by_label("Title")).to_have_value("Quite new")


def test_a_command_is_run_and_escape_gives_the_place_back(visit: Visit):
    page = visit.go("/notes")
    page.locator(".row a").first.focus()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator(".row a").first).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("> trash")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trash")


def test_keys_are_told_on_their_page_and_walk_a_list(visit: Visit):
    page = visit.go("/notes")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".row a").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".row a").first).to_be_focused()
    page.keyboard.press("?")
    page.wait_for_url("**/shortcuts")
    expect(page.get_by_text("undo what was just done")).to_be_visible()
