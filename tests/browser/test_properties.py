"""Properties as a person meets them: read at a glance, changed in place by keyboard, filtered with one click."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENS, Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_keyboard import press_on
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.test_safety import make
from tests.house import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-properties")]

BOOK = """---
author: "[[Lisbon]]"
rating: 4.5
finished: 2024-03-01
read: true
kinds: [novel, history, long winter evenings]
site: https://www.example.org/books/baltasar-and-blimunda?edition=1987&language=pt
lent to: "[[Nobody Yet]]"
hook: {order: 10}
---
A convent, a flying machine, and two who see more than others.
"""


@pytest.fixture(scope="module")
def book(lived_in, tmp_path_factory) -> str:
    vault = tmp_path_factory.mktemp("books")
    (vault / "Baltasar and Blimunda.md").write_text(BOOK)
    vault.chmod(0o755)
    lived_in.run("import", str(vault), "--user", "ana@example.org")
    lived_in.run("drain")
    return "Baltasar and Blimunda"


def open_book(visit: Visit, book: str):
    page = visit.go("/notes?property=rating")
    page.locator(".row-title", has_text=book).click()
    expect(page.get_by_role("heading", name=book)).to_be_visible()
    return page


def test_properties_are_read_at_a_glance(visit: Visit, book: str, look: tuple[str, str]):
    page = open_book(visit, book)
    section = page.get_by_label("Properties")
    if look[0] == "phone":
        expect(section.get_by_role("term").filter(has_text="finished")).to_be_hidden()
        shoot(visit, "properties-folded", look)
        page.get_by_text("8 properties").click()
    expect(section.get_by_role("term").filter(has_text="finished")).to_be_visible()
    expect(section.get_by_role("link", name="example.org/books", exact=False).first).to_be_visible()
    assert_fits(visit)
    shoot(visit, "properties", look)
    assert not find_violations(page)


def test_a_property_is_changed_in_place(visit: Visit, book: str, look: tuple[str, str]):
    page = open_book(visit, book)
    if look[0] == "phone":
        page.get_by_text("8 properties").click()
    page.get_by_role("link", name="Edit kinds").click()
    value = page.get_by_label("Value")
    expect(value).to_be_focused()
    expect(value).to_have_value("novel\nhistory\nlong winter evenings")
    assert_fits(visit)
    shoot(visit, "property-form", look)
    assert not find_violations(page)
    # A screenshot leaves an empty style on the fields, which htmx would carry over to the next form's.
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Edit kinds").click()
    expect(value).to_be_focused()
    page.get_by_label("Name", exact=True).fill("author")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a property of this name already")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    shoot(visit, "property-refused", look)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("link", name="Edit kinds")).to_be_focused()
    page.get_by_role("link", name="Add a property").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("shelf")
    page.get_by_label("Value").fill("12")
    page.get_by_role("button", name="Save").click()
    toast = page.locator("hearth-toast")
    expect(toast).to_contain_text("Added: shelf")
    expect(page.locator("#properties dt", has_text="shelf")).to_be_visible()
    shoot(visit, "property-added", look)
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    expect(page.locator("#properties dt", has_text="shelf")).to_have_count(0)


def test_a_property_is_added_by_keyboard_alone(visit: Visit):
    make(visit, "By keyboard, with a rating")
    page = visit.page
    press_on(page, page.get_by_role("link", name="Add a property"))
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("rating")
    page.keyboard.press("Tab")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.locator("hearth-toast")).to_contain_text("Added: rating")
    expect(page.get_by_role("link", name="Edit rating")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Value")).to_be_focused()
    for key in ("Tab", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("hearth-toast")).to_contain_text("Removed: rating")
    page.keyboard.press("z")
    expect(page.locator("#properties dt", has_text="rating")).to_be_visible()


def test_a_value_leads_to_a_filtered_list_and_the_chip_back(visit: Visit, book: str, look: tuple[str, str]):
    page = open_book(visit, book)
    if look[0] == "phone":
        page.get_by_text("8 properties").click()
    page.get_by_label("Properties").get_by_role("link", name="novel").click()
    expect(page.locator(".row-title")).to_have_text([book])
    chip = page.get_by_role("link", name="kinds: novel")
    expect(chip).to_be_visible()
    assert_fits(visit)
    shoot(visit, "filtered", look)
    page.get_by_role("link", name="Another property").click()
    expect(page.get_by_label("Property", exact=True)).to_be_focused()
    page.get_by_label("Property", exact=True).fill("finished")
    page.get_by_label("How").select_option("from")
    page.get_by_label("Value").fill("2024-01-01")
    page.get_by_label("Up to").fill("2024-12-31")
    shoot(visit, "filter-form", look)
    assert not find_violations(page)
    page.get_by_label("Up to").press("Enter")
    expect(page.locator(".row-title")).to_have_text([book])
    page.get_by_label("Words in notes").fill("convent")
    page.wait_for_url("**q=convent**")
    expect(page.locator(".row-title")).to_have_text([book])
    page.get_by_role("link", name="finished from").click()
    expect(page.locator(".row-title")).not_to_have_count(1)
    expect(page.locator(".row-title").first).to_be_visible()
    assert_fits(visit)


def test_properties_need_no_javascript(chromium, lived_in, book: str):
    context = chromium.new_context(viewport=SCREENS["phone"], java_script_enabled=False)
    page = context.new_page()
    page.goto(lived_in.url + "/sign-in")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(lived_in.url + "/notes/new")
    page.get_by_label("Title").fill("Plain with a property")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a property").click()
    page.get_by_label("Name", exact=True).fill("day")
    page.get_by_label("Value").fill("soon")
    page.get_by_role("combobox", name="Type").select_option("date")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Value")).to_have_value("soon")
    page.get_by_label("Value").fill("2024-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Properties")).to_contain_text("1 March 2024")
    page.get_by_role("link", name="Edit day").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Removed: day")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Properties")).to_contain_text("1 March 2024")
    context.close()
