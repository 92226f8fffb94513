"""How two records are connected: picked by their names, and shown with what speaks for each step."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_pages import assert_fits
from tests.browser.test_related import add_person, shoot
from tests.browser.test_two_pages import write_note

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-journeys")]


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_the_way_from_one_person_to_another_is_found_by_their_names(visit: Visit, look: tuple[str, str]):
    screen = "-".join(look)
    one, other = f"Mar{screen[0]}ta Kowalczyk", f"Tho{screen[0]}mas Reuter"
    add_person(visit, one)
    address = add_person(visit, other)
    write_note(visit.go("/notes/new"), f"Sailing {screen}", f"{one} and {other} sailed to Gdynia. #boats{screen[0]}")
    write_note(visit.go("/notes/new"), f"Winter {screen}", f"Asked {other} about the mast, and {one} about paint.")
    visit.house.run("drain")
    page = visit.go("/paths")
    page.get_by_label("From whom or what").press_sequentially(one[:5])
    expect(page.locator("#path-from option").first).to_have_attribute("value", one)
    page.get_by_label("From whom or what").fill(one)
    page.get_by_label("To whom or what").fill(other)
    page.get_by_role("button", name="Show the paths").click()
    expect(page.get_by_text(f"{one} and {other} sailed to Gdynia.").first).to_be_visible()
    assert_fits(visit)
    shoot(visit, f"paths-{screen}")
    page.goto(address)
    expect(page.get_by_role("link", name="How are these connected?")).to_be_visible()
    page.get_by_role("link", name="How am I connected?").click()
    expect(page.get_by_label("To whom or what")).to_have_value(other)
    shoot(visit, f"paths-from-me-{screen}")
    for link in page.locator("main a").all():
        assert look[0] == "desk" or link.bounding_box()["height"] >= 44
    assert not visit.complaints
