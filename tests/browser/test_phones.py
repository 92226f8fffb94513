"""An app password, made on the phone that needs it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-phones")]


def test_a_password_for_a_phone_is_made_shown_once_and_taken_back(visit: Visit, look: tuple[str, str]):
    page, name = visit.go("/account"), f"Ana’s phone {'-'.join(look)}"
    page.get_by_role("link", name="Add or take back").click()
    assert_fits(visit)
    shoot(visit, "phones-before", look)
    page.get_by_label("Which device is it for?").fill(name)
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("App password")).to_be_visible()
    assert page.get_by_label("Address").input_value() == f"{visit.house.url}/dav/"
    page.get_by_text("Android").click()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "phones-made", look)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_label("App password")).to_have_count(0)
    row = page.get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text("never used")
    row.get_by_role("button", name="Take back").click()
    expect(page.get_by_text(name)).to_have_count(0)
    assert not visit.complaints
