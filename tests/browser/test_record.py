"""What a note is besides its text, a day's mood, and Today, as a person meets them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.test_safety import make

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-safety")]


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_a_note_is_given_an_icon_a_person_and_a_place_on_today(visit: Visit, look: tuple[str, str]):
    name = f"Beehive {'-'.join(look)}"
    page = visit.go("/people/new")
    page.get_by_label("Name", exact=True).fill(f"Keeper {'-'.join(look)}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    make(visit, name, "Dear {{title}}, it is {{weekday}}.")
    page.get_by_role("link", name="About this note").click()
    page.get_by_label("Icon").fill("🐝")
    page.get_by_label("Moss").check()
    page.get_by_label("Somebody else").fill(f"Keeper {'-'.join(look)}")
    page.get_by_label("Written by").fill("Nobody Known")
    page.get_by_label("Template").select_option("note")
    page.locator("#about-day").fill("2026-03-12")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "about-in-place", look)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody is called “Nobody Known” here")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "about", look)
    page.get_by_label("Written by").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("hearth-toast")).to_contain_text("Saved.")
    expect(page.locator(".note-people")).to_contain_text(f"for Keeper {'-'.join(look)}")
    page.get_by_role("button", name="Pin to Today").click()
    expect(page.locator("hearth-toast")).to_contain_text("Pinned to Today.")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "note-with-about", look)
    visit.go("/")
    expect(page.locator(".section", has_text="Pinned").get_by_text(name)).to_be_visible()
    shoot(visit, "today-pinned", look)
    visit.go("/notes/templates")
    assert not find_violations(page)
    shoot(visit, "templates", look)
    page.locator(".row", has_text=name).get_by_role("link", name="New note from it").click()
    expect(page.locator("#note-content")).to_have_value("Dear , it is " + page.evaluate(WEEKDAY) + ".")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "new-from-template", look)


WEEKDAY = "new Date().toLocaleDateString('en-GB', {weekday: 'long', timeZone: 'UTC'})"


@pytest.mark.parametrize("look", [("desk", "dark"), ("phone", "light")], ids="-".join)
def test_a_day_s_mood_is_said_and_taken_back(visit: Visit, look: tuple[str, str]):
    day = f"2026-01-{10 + place_of(look)}"
    page = visit.go(f"/day?on={day}")
    page.get_by_text("Mood and weather").click()
    page.get_by_label("good").check()
    page.get_by_label("Weather").fill("light rain, 8 °C")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "day-mood", look)
    page.locator(".mood").get_by_role("button", name="Save").click()
    expect(page.locator(".mood summary")).to_contain_text("🙂 good · light rain, 8 °C")
    assert_fits(visit)
    shoot(visit, "day-with-mood", look)
    page.keyboard.press("z")
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")


def place_of(look: tuple[str, str]) -> int:
    return {"desk": 0, "phone": 2}[look[0]] + (look[1] == "dark")
