"""A passkey from its making to the door it opens, with Chromium's virtual authenticator in the place of a phone."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from tests.browser.conftest import Visit, open_window
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-passkeys")]

PHONE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Phone:
    """The virtual authenticator of one window."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.session: CDPSession = context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})["authenticatorId"]

    def recognise(self, whether: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": whether})

    def keys(self) -> list[dict]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]


@pytest.fixture
def guest(chromium: Browser, lived_in: House, look: tuple[str, str]) -> Iterator[tuple[Visit, Phone, str]]:
    """Somebody of their own at localhost, signed in by password, with a phone in the hand."""
    email = f"erin-{uuid4().hex}@example.org"
    lived_in.add_person(email, "Erin")
    context, visit = open_window(chromium, lived_in, *look)
    context.set_default_timeout(10_000)
    visit.house = House(lived_in.data_dir)
    visit.house.url = lived_in.url.replace("127.0.0.1", "localhost")
    phone = Phone(context, visit.page)
    phone.recognise(False)
    give_password(visit, email)
    yield visit, phone, email
    context.close()
    assert not visit.complaints


def give_password(visit: Visit, email: str) -> None:
    page = visit.go("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_a_passkey_is_added_by_keyboard_and_renamed(guest: tuple[Visit, Phone, str], look: tuple[str, str]):
    visit, phone, _email = guest
    page = visit.go("/account/passkeys")
    expect(page.get_by_label("Name")).to_have_value("Chrome, Linux")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "passkeys-none", look)
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Your password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status").filter(has_text="not your current password")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("was cancelled")).to_be_visible()
    shoot(visit, "passkeys-cancelled", look)
    phone.recognise(True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("not used yet")).to_be_visible()
    assert len(phone.keys()) == 1
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "passkeys", look)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("keeps a passkey for your account already")).to_be_visible()
    page.get_by_role("link", name="Change My phone").click()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "passkey", look)
    page.get_by_label("Name").fill("The old phone")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The old phone")).to_be_visible()


def test_the_browser_offers_it_by_itself(guest: tuple[Visit, Phone, str]):
    visit, phone, _email = guest
    add_passkey(visit, phone)
    visit.page.context.clear_cookies()
    # Chromium's virtual authenticator accepts what a person would pick from the list under the address.
    visit.go("/sign-in?next=/people")
    expect(visit.page.get_by_role("heading", name="People")).to_be_visible()
    visit.go("/account/passkeys")
    expect(visit.page.get_by_text("last used on")).to_be_visible()


OLDER = """
delete PublicKeyCredential.isConditionalMediationAvailable;
delete PublicKeyCredential.parseCreationOptionsFromJSON;
delete PublicKeyCredential.parseRequestOptionsFromJSON;
"""


def test_it_opens_the_door_by_its_button_in_an_older_browser(guest: tuple[Visit, Phone, str], look: tuple[str, str]):
    visit, phone, _email = guest
    page = visit.page
    page.add_init_script(OLDER)
    add_passkey(visit, phone)
    page.context.clear_cookies()
    phone.recognise(False)
    visit.go("/sign-in?next=/people")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "sign-in-with-passkey", look)
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("was cancelled")).to_be_visible()
    expect(button).to_be_focused()
    shoot(visit, "sign-in-cancelled", look)
    phone.recognise(True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_one_that_was_removed_opens_nothing_and_the_page_says_so(guest: tuple[Visit, Phone, str], look):
    visit, phone, _email = guest
    page = visit.page
    page.add_init_script(OLDER)
    add_passkey(visit, phone)
    page.get_by_role("link", name="Change My phone").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("hearth-toast")).to_contain_text("Removed")
    page.context.clear_cookies()
    visit.go("/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("opens nothing here")
    assert not find_violations(page)
    shoot(visit, "sign-in-refused", look)


def test_under_another_name_and_without_javascript_the_page_says_so(chromium: Browser, lived_in: House):
    context, visit = open_window(chromium, lived_in, "phone", "light")
    visit.go("/sign-in")
    expect(visit.page.get_by_text("only where the address is a name")).to_be_visible()
    expect(visit.page.get_by_role("link", name="On this machine")).to_have_attribute(
        "href", f"{lived_in.url.replace('127.0.0.1', 'localhost')}/sign-in"
    )
    context.close()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{lived_in.url.replace('127.0.0.1', 'localhost')}/sign-in")
    # Chromium shows no noscript where only a debugger has switched the scripts off: its words are read in the source.
    assert "Passkeys need JavaScript" in page.locator("noscript").text_content()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    context.close()


def add_passkey(visit: Visit, phone: Phone) -> None:
    phone.recognise(True)
    page = visit.go("/account/passkeys")
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("not used yet")).to_be_visible()
