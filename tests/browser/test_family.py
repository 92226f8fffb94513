"""A second person: invited, moved in, suspended."""

from __future__ import annotations

import time

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit, open_window
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-family")]


def test_a_second_person_moves_in_by_a_link(visit: Visit, chromium: Browser, lived_in: House, look: tuple[str, str]):
    page = visit.go("/members")
    page.get_by_role("button", name="Make an invitation").click()
    link = page.get_by_label("Link").input_value()
    shoot(visit, "invitation", look)
    context, guest = open_window(chromium, lived_in, *look)
    name = f"Carol {'-'.join(look)}"
    guest.page.goto(link)
    assert_fits(guest)
    shoot(guest, "join", look)
    guest.page.get_by_label("Your name").fill(name)
    guest.page.get_by_label("E-mail").fill(f"carol-{'-'.join(look)}@example.org")
    guest.page.get_by_label("Password").fill("five words are easier")
    guest.page.get_by_role("button", name="Move in").click()
    guest.page.get_by_role("link", name="Start empty").click()
    expect(guest.page.get_by_role("heading", name="Today")).to_be_visible()
    expect(guest.page.get_by_text("Trip to Portugal")).to_have_count(0)
    visit.go("/members")
    page.get_by_label(f"What to do about {name}").click()
    assert_fits(visit)
    shoot(visit, "member", look)
    page.get_by_role("button", name="Suspend").click()
    expect(page.locator("hearth-toast")).to_contain_text("Suspended")
    guest.page.reload()
    expect(guest.page.get_by_role("button", name="Sign in")).to_be_visible()
    context.close()
    assert not guest.complaints


def test_a_second_step_is_set_up_and_asked_for(chromium: Browser, lived_in: House, look: tuple[str, str]):
    email = f"dora-{'-'.join(look)}@example.org"
    lived_in.add_person(email, "Dora")
    context, visit = open_window(chromium, lived_in, *look)
    page = visit.go("/sign-in")
    sign_in_with_password(page, email)
    page.wait_for_url("**/")
    visit.go("/account/second-step")
    page.get_by_text("Type it instead").click()
    secret = page.locator("details code").inner_text()
    assert_fits(visit)
    shoot(visit, "second-step", look)
    page.get_by_label("The code that it shows").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "paper-codes", look)
    context.clear_cookies()
    visit.go("/sign-in")
    sign_in_with_password(page, email)
    page.wait_for_url("**/sign-in/code**")
    assert not find_violations(page)
    shoot(visit, "code", look)
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(time.time() + 30))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    context.close()
    assert not visit.complaints


def sign_in_with_password(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
