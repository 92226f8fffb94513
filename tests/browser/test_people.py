"""A person as one meets them on a phone, at a desk, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LOOKS, SCREENS, SCREENSHOTS, Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.test_safety import make

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-people")]


def meet(page: Page, name: str) -> None:
    """By the form, with another row of a list."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail").fill("ilka@example.org")
    page.get_by_role("button", name="Add an e-mail address").click()
    expect(page.get_by_label("E-mail")).to_have_count(2)
    expect(page.get_by_label("E-mail").first).to_have_value("ilka@example.org")
    page.get_by_label("E-mail").nth(1).fill("ilka@work.example")
    page.get_by_label("Phone").fill("+49 171 2345678")
    page.get_by_role("button", name="Add a day").click()
    page.get_by_label("Day", exact=True).fill("--03-14")
    page.locator("#rows-dates").get_by_label("Which").fill("birthday")
    page.get_by_label("Company").fill("Harbour Choir")
    page.get_by_label("Job").fill("Conductor")
    page.get_by_label("What they are to you").fill("friend")
    page.get_by_label("How you met").fill("On the ferry to Elba, in the rain")
    page.get_by_label("About").fill("Sings alto. See [[Lisbon]].")


def promise(page: Page, by: str, text: str, due: str) -> None:
    form = page.locator(".promise-add")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.get_by_label(by).check()
    form.get_by_label("What").fill(text)
    form.get_by_label("By when").fill(due)
    form.get_by_role("button", name="Add").click()
    expect(page.locator("#promises li", has_text=text)).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
def test_a_person_is_met_read_and_changed_in_place(visit: Visit, look: tuple[str, str]):
    name = f"Ilka {' '.join(look)}"
    meet(visit.go("/people/new"), name)
    page = visit.page
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "person-form", look)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    person = page.url
    promise(page, "I promised", "Lend the atlas", "2031-05-06")
    promise(page, "They promised", "A recipe for plum cake", "2020-01-02")
    for title in ("Ferry", "Rehearsal", "A letter"):
        make(visit, f"{title} {' '.join(look)}", f"With @[[{name}]] and [[Lisbon]]. #choir")
    visit.house.run("drain")
    page.goto(person)
    expect(page.locator(".glance")).to_contain_text("On the ferry to Elba")
    expect(page.locator(".glance")).to_contain_text("Lend the atlas")
    first = page.get_by_role("link", name="Add a note").bounding_box()
    assert first
    assert first["y"] + first["height"] <= SCREENS[look[0]]["height"]
    expect(page.locator(".near-graph")).to_be_attached()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "person", look)
    page.screenshot(path=SCREENSHOTS / f"person-first-{'-'.join(look)}.png")
    fact = page.locator(".fact", has_text="Harbour Choir")
    fact.hover()
    fact.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Company")).to_be_focused()
    assert not find_violations(page)
    page.get_by_label("Company").fill("Lighthouse Choir")
    page.locator(".fact-form").get_by_role("button", name="Save").click()
    expect(page.locator("#facts")).to_contain_text("Lighthouse Choir")
    expect(page.locator("hearth-toast")).to_contain_text("Saved.")
    page.locator("hearth-toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#facts")).to_contain_text("Harbour Choir")
    page.get_by_role("button", name="Kept: Lend the atlas").click()
    expect(page.locator(".promise-kept")).to_be_attached()
    expect(page.locator("hearth-toast")).to_contain_text("Kept.")
    assert_fits(visit)
    visit.go("/people").get_by_role("searchbox").first.fill("ilk")
    expect(page.locator(".row-title", has_text=name)).to_be_visible()
    assert not find_violations(page)
    shoot(visit, "people-found", look)


def test_without_javascript_a_person_is_changed_all_the_same(chromium, lived_in, session):
    context = chromium.new_context(java_script_enabled=False, storage_state=session, viewport=SCREENS["phone"])
    page = context.new_page()
    visit = Visit(page, lived_in, [])
    meet(visit.go("/people/new"), "Bram Plain")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new") and not url.endswith("/people"))
    promise(page, "I promised", "A postcard", "2031-05-06")
    page.get_by_role("button", name="Kept: A postcard").click()
    expect(page.locator(".promise-kept summary")).to_contain_text("1 kept")
    page.locator(".fact", has_text="Harbour Choir").get_by_role("link", name="Edit").click()
    page.get_by_label("Company").fill("Lighthouse Choir")
    page.locator(".fact-form").get_by_role("button", name="Save").click()
    expect(page.locator("#facts")).to_contain_text("Lighthouse Choir")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("body")).to_contain_text("Undone")
    assert_fits(visit)
    context.close()
