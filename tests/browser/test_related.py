"""What belongs to a record, judged by hand: found, accepted, rejected with its undo, added, and looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, Visit
from tests.browser.naming import made_names
from tests.browser.test_two_pages import write_note

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-journeys")]


def add_person(visit: Visit, name: str) -> str:
    page = visit.go("/people/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    return page.url


def shoot(visit: Visit, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    visit.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, caret="initial")


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_what_was_found_is_accepted_rejected_and_added_to(visit: Visit, look: tuple[str, str]):
    screen = "-".join(look)
    first = f"Marta{screen[0].upper()}"
    add_person(visit, f"{first} Kowalczyk")
    for family in ("Weber", "Brandt"):
        add_person(visit, f"Maxim{screen[0]} {family}")
    text = f"With {first} Kowalczyk by the lake. Lunch with Maxim{screen[0]} at noon. Dr. Eva Holmqvist called."
    address = write_note(visit.go("/notes/new"), f"A day out {screen}", text)
    visit.house.run("drain")
    page = visit.page
    page.goto(address)
    panel = page.locator("#related")
    expect(panel.get_by_text("Perhaps: several are called so")).to_have_count(2)
    shoot(visit, f"related-{screen}")
    panel.get_by_role("button", name=f"Accept: Maxim{screen[0]} Weber").click()
    expect(panel.get_by_text("Perhaps: several are called so")).to_have_count(0)
    panel.get_by_role("button", name=f"Reject: {first} Kowalczyk").click()
    expect(panel.get_by_role("link", name=f"{first} Kowalczyk")).to_have_count(0)
    panel.get_by_text("Add by hand").click()
    panel.get_by_label("To what").fill("Lisbon")
    panel.get_by_label("Why").fill("Planned there")
    shoot(visit, f"related-adding-{screen}")
    panel.get_by_role("button", name="Link", exact=True).click()
    expect(panel.get_by_text("Planned there")).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#related")).not_to_contain_text("Planned there")
    for button in page.locator(".related-acts button, .related-acts a").all():
        assert button.bounding_box()["height"] >= 44 or look[0] == "desk"
    assert not visit.complaints


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_a_name_s_page_shows_what_speaks_of_it(visit: Visit, look: tuple[str, str]):
    name, _ = made_names(visit.house)
    page = visit.go(f"/names/{name}")
    expect(page.get_by_role("heading", name="Graham Ellwood", exact=True)).to_be_visible()
    shoot(visit, f"name-{'-'.join(look)}")
    visit.go("/names")
    shoot(visit, f"names-{'-'.join(look)}")
    assert not visit.complaints
