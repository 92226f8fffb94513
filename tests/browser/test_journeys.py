"""What people do, with a mouse, by keyboard alone, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENS, Visit
from tests.browser.writing import write_text

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-journeys")]


def test_a_note_is_written_by_keyboard_alone(visit: Visit):
    page = visit.go("/")
    page.keyboard.press("n")
    page.wait_for_url("**/notes/new")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("To [[Lisbon]].")
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By keyboard")).to_be_visible()


def test_what_was_typed_survives_a_server_that_is_gone(visit: Visit):
    page = visit.go("/notes/new")
    path = page.url
    page.get_by_label("Title").fill("Kept")
    write_text(page, "typed while")
    page.context.set_offline(True)
    write_text(page, "typed while offline")
    expect(page.locator("#saved")).to_contain_text("kept in this browser", timeout=10_000)
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=10_000)
    assert page.url == path


def test_a_draft_that_was_never_saved_is_offered_again(visit: Visit):
    page = visit.go("/notes?q=portugal")
    page.locator(".row-title", has_text="Lisbon").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.locator(".cm-content")).to_be_visible()
    page.context.set_offline(True)
    text = page.locator("#note-content").input_value()
    write_text(page, text + "\nmore")
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    page.evaluate("document.querySelector('hearth-editor').leaving = true")
    page.reload()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#note-content")).to_have_value(text + "\nmore")
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=10_000)


def test_a_search_answers_as_one_types(visit: Visit):
    page = visit.go("/search")
    page.get_by_role("searchbox").press_sequentially("portug")
    row = page.locator(".row-title", has_text="Trip to Portugal")
    expect(row).to_be_visible()
    row.click()
    expect(page.get_by_role("heading", name="Trip to Portugal")).to_be_visible()


def test_a_link_is_followed_and_leads_back(visit: Visit):
    page = visit.go("/notes?q=portugal")
    page.locator(".row-title", has_text="Trip to Portugal").click()
    page.locator(".prose").get_by_role("link", name="Lisbon").click()
    expect(page.get_by_role("heading", name="Lisbon", exact=True)).to_be_visible()
    expect(page.get_by_label("Linked from")).to_contain_text("night train")


@pytest.mark.whole
def test_hostile_text_does_nothing_in_a_real_browser(visit: Visit, shared_data):
    payloads = (shared_data / "hostile" / "xss_payloads.txt").read_text().splitlines()[::8]
    page = visit.go("/notes/new")
    page.get_by_label("Title").fill(payloads[0][:400])
    write_text(page, "\n\n".join(payloads))
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/notes/*-*")
    page.wait_for_timeout(500)
    for element in page.locator(".prose a[href^='#'], .prose summary").all()[:20]:
        element.hover(force=True)


def test_reading_and_writing_need_no_javascript(chromium, lived_in):
    from tests.house import PASSWORD

    context = chromium.new_context(viewport=SCREENS["phone"], java_script_enabled=False)
    page = context.new_page()
    page.goto(lived_in.url + "/sign-in")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(lived_in.url + "/notes/new")
    page.get_by_label("Title").fill("Plain")
    page.get_by_label("Text").fill("without scripts")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    page.goto(lived_in.url + "/search?q=scripts")
    expect(page.locator(".row-title", has_text="Plain")).to_be_visible()
    context.close()
