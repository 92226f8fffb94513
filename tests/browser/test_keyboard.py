"""Each journey again with the keyboard alone, and those that read without JavaScript."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.browser.conftest import SCREENS, Visit, open_window
from tests.browser.test_safety import make
from tests.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-keyboard")]
# A house that many tests lived in has long lists.
FARTHEST = 400


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until the focus is there, and seen to be there."""
    for _ in range(FARTHEST):
        if place.count() and place.first.evaluate("element => element === document.activeElement"):
            outline = place.first.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline != "none", "the focus cannot be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{place} is out of the keyboard's reach")


def press_on(page: Page, place: Locator) -> None:
    tab_to(page, place)
    page.keyboard.press("Enter")


def command(page: Page, words: str) -> None:
    """Go somewhere by the switcher."""
    page.keyboard.press("Control+k")
    page.keyboard.type(f">{words}")
    expect(page.get_by_role("option", name=words, exact=False).first).to_be_visible()
    page.keyboard.press("Enter")


def test_a_note_is_thrown_away_and_is_back(visit: Visit):
    make(visit, "By keys alone")
    page = visit.page
    press_on(page, page.get_by_role("button", name="Move to trash"))
    expect(page.locator("hearth-toast")).to_contain_text("Moved to the trash.")
    command(page, "Trash")
    press_on(page, page.get_by_role("listitem").filter(has_text="By keys alone").get_by_role("button", name="Restore"))
    expect(page.locator("hearth-toast")).to_contain_text("Restored.")
    press_on(page, page.locator("hearth-toast").get_by_role("button", name="Undo"))
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")


def test_several_notes_are_archived_and_are_back_after_a_reload(visit: Visit):
    for number in range(2):
        make(visit, f"Keys {number}")
    page = visit.go("/notes")
    page.keyboard.press("x")
    page.wait_for_url("**select=1**")
    for number in range(2):
        tab_to(page, page.get_by_label(f"Keys {number}"))
        page.keyboard.press("Space")
    press_on(page, page.get_by_role("button", name="Archive"))
    expect(page.locator("hearth-toast")).to_contain_text("2 notes archived.")
    page.reload()
    command(page, "History")
    press_on(page, page.get_by_role("button", name="Undo").first)
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")


def test_somebody_is_invited_and_moves_in(visit: Visit, chromium: Browser, lived_in: House):
    page = visit.go("/")
    command(page, "Members")
    press_on(page, page.get_by_role("button", name="Make an invitation"))
    link = page.get_by_label("Link").input_value()
    context, guest = open_window(chromium, lived_in, "desk", "light")
    guest.page.goto(link)
    for label, words in (("Your name", "Edda"), ("E-mail", "edda@example.org"), ("Password", "five words are easier")):
        tab_to(guest.page, guest.page.get_by_label(label))
        guest.page.keyboard.type(words)
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_role("heading", name="What would you like to bring?")).to_be_visible()
    press_on(guest.page, guest.page.get_by_role("link", name="Start empty"))
    expect(guest.page.get_by_role("heading", name="Today")).to_be_visible()
    context.close()
    assert not guest.complaints


def test_the_second_step_is_set_up_and_opens(chromium: Browser, lived_in: House):
    lived_in.add_person("keys@example.org", "Kim")
    context, guest = open_window(chromium, lived_in, "desk", "light")
    page = guest.go("/sign-in")
    type_sign_in(page)
    page.wait_for_url("**/")
    guest.go("/account")
    press_on(page, page.get_by_role("link", name="Set up or change").first)
    press_on(page, page.get_by_text("Type it instead"))
    secret = page.locator("details code").inner_text()
    tab_to(page, page.get_by_label("The code that it shows"))
    page.keyboard.type(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    context.clear_cookies()
    guest.go("/sign-in")
    type_sign_in(page)
    page.wait_for_url("**/sign-in/code**")
    tab_to(page, page.get_by_label("Code"))
    page.keyboard.type(pyotp.TOTP(secret).at(time.time() + 30))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    context.close()
    assert not guest.complaints


def type_sign_in(page: Page) -> None:
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type("keys@example.org")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def test_the_language_is_switched_there_and_back(visit: Visit):
    page = visit.go("/")
    command(page, "Settings")
    tab_to(page, page.get_by_label("Language"))
    page.keyboard.type("Deutsch")
    press_on(page, page.get_by_role("button", name="Save").first)
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    tab_to(page, page.get_by_label("Sprache"))
    page.keyboard.type("English")
    press_on(page, page.get_by_role("button", name="Speichern").first)
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_settings_are_narrowed_as_one_types(visit: Visit):
    page = visit.go("/settings")
    tab_to(page, page.get_by_label("Find a setting"))
    page.keyboard.type("trash")
    expect(page.get_by_label("Days in the trash")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_be_hidden()
    page.keyboard.type("zz")
    expect(page.get_by_text("No setting is called like that.")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "told"),
    [("/", "Today"), ("/notes", "Trip to Portugal"), ("/notes?q=lisbon", "Lisbon"), ("/search?q=tiles", "Lisbon"),
     ("/people", "People"), ("/history", "History"), ("/trash", "Trash"), ("/switcher?q=trip", "Trip to Portugal"),
     ("/settings?q=zone", "Time zone"), ("/processing", "Processing")],
)  # fmt: skip
def test_what_is_read_is_read_without_javascript(
    chromium: Browser, lived_in: House, session: StorageState, path: str, told: str
):
    context = chromium.new_context(java_script_enabled=False, storage_state=session, viewport=SCREENS["phone"])
    page = context.new_page()
    page.goto(lived_in.url + path)
    expect(page.locator("main")).to_contain_text(told)
    context.close()


def test_a_note_is_read_and_written_without_javascript(chromium: Browser, lived_in: House, session: StorageState):
    context = chromium.new_context(java_script_enabled=False, storage_state=session)
    page = context.new_page()
    page.goto(lived_in.url + "/notes?q=lisbon")
    page.locator(".row-title", has_text=re.compile("^Lisbon$")).click()
    expect(page.get_by_role("link", name="Trip to Portugal").first).to_be_visible()
    page.goto(lived_in.url + "/notes/new")
    page.get_by_label("Title").fill("Plain")
    page.get_by_label("Text").fill("Without any script.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    context.close()
