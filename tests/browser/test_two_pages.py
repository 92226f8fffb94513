"""One note on two pages at once: what is written on one is seen on the other, and nothing typed is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS, Visit
from tests.browser.writing import write_text

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-journeys")]


def write_note(page: Page, title: str, text: str) -> str:
    """A saved note's address."""
    page.get_by_label("Title").fill(title)
    write_text(page, text)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/notes/*-*")
    return page.url


def wait_until_saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=15_000)


def test_two_editors_of_one_note_show_each_other_s_changes(visit: Visit):
    page = visit.go("/notes/new")
    address = write_note(page, "Shared", "First\n\nMiddle\n\nLast")
    other = page.context.new_page()
    for window in (page, other):
        window.goto(address + "/edit")
    write_text(page, "First, from here\n\nMiddle\n\nLast")
    expect(other.locator("#note-content")).to_have_value("First, from here\n\nMiddle\n\nLast", timeout=15_000)
    write_text(other, "First, from here\n\nMiddle\n\nLast, from there")
    expect(page.locator("#note-content")).to_have_value(
        "First, from here\n\nMiddle\n\nLast, from there", timeout=15_000
    )
    other.close()


def test_an_open_page_shows_what_is_written_elsewhere(visit: Visit):
    page = visit.go("/notes/new")
    address = write_note(page, "Watched", "before")
    other = page.context.new_page()
    other.goto(address + "/edit")
    write_text(other, "after")
    expect(page.locator(".prose")).to_have_text("after", timeout=15_000)
    other.close()


def test_what_both_changed_is_chosen_place_by_place(visit: Visit):
    page = visit.go("/notes/new")
    address = write_note(page, "Contested", "We eat\n\nbread\n\ntogether")
    other = page.context.new_page()
    for window in (page, other):
        window.goto(address + "/edit")
    other.evaluate("document.querySelector('hearth-editor').changes.close()")
    other.evaluate("document.querySelector('hearth-editor').saving = true")
    write_text(other, "We eat\n\nrice\n\ntogether, all of us")
    write_text(page, "We eat\n\ncake\n\ntogether")
    wait_until_saved(page)
    other.evaluate("document.querySelector('hearth-editor').saving = false")
    other.get_by_label("Title").press("Control+s")
    other.get_by_role("button", name="Look at both").click(timeout=15_000)
    expect(other.get_by_role("heading", name="Two texts of one note")).to_be_visible()
    other.screenshot(path=SCREENSHOTS / "two-texts.png", full_page=True)
    other.get_by_label("Yours").check()
    other.get_by_role("button", name="Save").click()
    expect(other.locator(".prose")).to_have_text("We eat rice together, all of us")
    other.goto(address + "/edit")
    expect(other.get_by_role("button", name="Bring it back")).to_have_count(0)
    other.close()


def test_the_versions_of_a_text_are_found_from_its_page(visit: Visit):
    page = visit.go("/notes/new")
    address = write_note(page, "Layers", "old words")
    page.goto(address + "/edit")
    write_text(page, "new words")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/notes/*-*")
    page.locator("#note").get_by_role("link", name="History").click()
    page.get_by_role("link", name="Versions of the text").click()
    expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "versions.png", full_page=True)
