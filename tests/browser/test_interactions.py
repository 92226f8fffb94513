"""People kept in touch with, in a browser: logged from a phone, put off, done, undone, and who has a birthday."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-safety")]


def meet(visit: Visit, name: str) -> str:
    """The path of a new person's page, opened."""
    person = uuid4()
    visit.house._run_as_owner(
        "insert into contacts (id, user_id, full_name) select $1, id, $2 from users where email = 'ana@example.org'",
        person,
        name,
    )
    visit.go(f"/people/{person}")
    return f"/people/{person}"


def look_at(visit: Visit, name: str, look: tuple[str, str]) -> None:
    assert_fits(visit)
    shoot(visit, name, look)
    assert not find_violations(visit.page)


def undo(visit: Visit) -> None:
    visit.page.locator("hearth-toast").get_by_role("button", name="Undo").click()
    expect(visit.page.locator("hearth-toast")).to_contain_text("ndone")


def test_an_interaction_is_logged_in_three_taps(visit: Visit, look: tuple[str, str]):
    name = f"Ines {'-'.join(look)}"
    person = meet(visit, name)
    page = visit.page
    # One: the person's page has the button in reach. Two: what it was. Three: save.
    page.get_by_role("link", name="Log an interaction").first.click()
    expect(page.get_by_label(name)).to_be_checked()
    look_at(visit, "log-empty", look)
    page.get_by_text("Meeting", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("hearth-toast")).to_contain_text("Meeting logged.")
    expect(page).to_have_url(visit.house.url + person)
    expect(page.locator(".glance")).to_contain_text("Meeting")
    look_at(visit, "person-logged", look)
    undo(visit)
    visit.go(person)
    expect(page.locator(".glance")).not_to_contain_text("Meeting")
    # And in one, for what needs no words.
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator("hearth-toast")).to_contain_text("Call logged.")
    page.locator(".glance").get_by_role("link", name="Call").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("What about").fill("The *boat* is sold; she keeps the oars.")
    page.get_by_text("They reached out").click()
    page.locator(".log-more summary").click()
    page.get_by_label("Worth remembering").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".prose em")).to_have_text("boat")
    look_at(visit, "interaction", look)
    visit.go(f"{person}/interactions")
    look_at(visit, "interactions", look)


def test_a_reminder_is_put_off_done_and_each_is_undone(visit: Visit, look: tuple[str, str]):
    what = f"Send the papers {'-'.join(look)}"
    person = meet(visit, f"Rui {'-'.join(look)}")
    page = visit.page
    page.locator(".reminder-add summary").click()
    page.locator("#reminders").get_by_label("What", exact=True).fill(what)
    page.locator("#reminders").get_by_label("Day").fill((date.today() - timedelta(days=2)).isoformat())
    page.locator("#reminders").get_by_label("Again").select_option("month")
    page.locator("#reminders").get_by_role("button", name="Remind me").click()
    expect(page.locator("hearth-toast")).to_contain_text("You will be reminded.")
    look_at(visit, "person-reminded", look)
    visit.go("/")
    row = page.locator(".reminder", has_text=what)
    expect(row).to_contain_text("Due since")
    look_at(visit, "today-due", look)
    row.get_by_text("Later").click()
    look_at(visit, "reminder-later", look)
    row.get_by_role("button", name="In a week").click()
    expect(page.locator("hearth-toast")).to_contain_text("Put off until")
    expect(row).to_have_count(0)
    undo(visit)
    expect(row).to_be_visible()
    row.get_by_role("button", name=f"Done: {what}").click()
    expect(page.locator("hearth-toast")).to_contain_text("it comes again on")
    expect(row).to_have_count(0)
    visit.go("/reminders")
    expect(page.locator(".section .reminder", has_text=what)).to_have_count(1)
    look_at(visit, "reminders-later", look)
    visit.go(person)
    page.locator(".reminder", has_text=what).get_by_role("link", name=what).click()
    look_at(visit, "reminder", look)


def test_a_note_takes_a_reminder_without_leaving_its_page(visit: Visit):
    page = visit.go("/notes?q=portugal")
    page.locator(".row-title", has_text="Trip to Portugal").click()
    page.locator("#reminders .reminder-add summary").click()
    page.locator("#reminders").get_by_label("What", exact=True).fill("Book the night train")
    page.locator("#reminders").get_by_role("button", name="Remind me").click()
    expect(page.locator("hearth-toast")).to_contain_text("You will be reminded.")
    expect(page.locator("#reminders")).to_contain_text("Book the night train")
    shoot(visit, "note-reminded", ("desk", "light"))


def test_birthdays_and_their_calendar(visit: Visit, look: tuple[str, str]):
    for name, day in ((f"Leap {'-'.join(look)}", "2000-02-29"), (f"Soon {'-'.join(look)}", "--12-01")):
        born(visit.house, name, day)
    page = visit.go("/people/birthdays")
    expect(page.locator(".birthdays .row", has_text=f"Soon {'-'.join(look)}")).to_be_visible()
    look_at(visit, "birthdays-full", look)
    page.get_by_role("button", name="address").first.click()
    expect(page.locator("#f-feed")).to_have_value(re.compile(r"/feeds/birthdays/[\w-]{43}$"))
    look_at(visit, "birthdays-feed", look)
    visit.go("/people/birthdays")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("hearth-toast")).to_contain_text("opens nothing any more")


def born(house: House, name: str, day: str) -> None:
    house._run_as_owner(
        "insert into contacts (user_id, full_name, dates) select id, $1, "
        "jsonb_build_array(jsonb_build_object('label', 'birthday', 'date', $2::text)) from users", name, day,
    )  # fmt: skip


def test_a_group_and_whom_one_is_losing(visit: Visit, look: tuple[str, str]):
    names = [f"{name} {'-'.join(look)}" for name in ("Alba", "Bruno")]
    for name in names:
        meet(visit, name)
    page = visit.go(f"/people/select?q={'-'.join(look)}")
    for name in names:
        page.get_by_label(name).check()
    page.get_by_role("combobox", name="Group").fill(f"Rowers {'-'.join(look)}")
    look_at(visit, "select-people", look)
    page.get_by_role("button", name="Into the group").click()
    expect(page.locator("hearth-toast")).to_contain_text("2 people added to the group.")
    look_at(visit, "group", look)
    undo(visit)
    cooled(visit.house, names[0])
    visit.go("/people/losing-touch")
    look_at(visit, "losing-touch-full", look)


def cooled(house: House, name: str) -> None:
    """Called each week until two months ago."""
    house._run_as_owner(
        "insert into interactions (user_id, occurred_at, participant_ids, interaction_type) "
        "select c.user_id, now() - (60 + 7 * n) * interval '1 day', array[c.id], 'call' "
        "from contacts c, generate_series(0, 5) n where c.full_name = $1", name,
    )  # fmt: skip
    house._run_as_owner("update contacts set wished_days = 14 where full_name = $1", name)


def test_the_score_explains_itself_without_a_script(chromium: Browser, visit: Visit, look: tuple[str, str]):
    name = f"Cool {'-'.join(look)}"
    person = meet(visit, name)
    cooled(visit.house, name)
    trend(visit.house, name)
    page = visit.go(person)
    page.locator(".frame-score summary").click()
    expect(page.locator(".frame-why")).to_contain_text("Wished: every 14 days.")
    look_at(visit, "person-cooling", look)


def trend(house: House, name: str) -> None:
    house._run_as_owner(
        "insert into frame_scores (user_id, contact_id, day, score) "
        "select c.user_id, c.id, current_date - 3 * n, 40 + 2 * n from contacts c, generate_series(0, 29) n "
        "where c.full_name = $1", name,
    )  # fmt: skip
