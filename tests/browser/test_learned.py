"""What the house has learned and its mails, as a person sees them: confirmed, corrected, forgotten, and taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.noticing import made_habits
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-learned")]


def test_a_habit_opens_its_evidence_and_is_confirmed_corrected_forgotten_and_taken_back(
    visit: Visit, look: tuple[str, str]
):
    made_habits(visit.house)
    page = visit.go("/learned")
    assert_fits(visit)
    shoot(visit, "learned", look)
    row = page.locator(".learned-row", has_text="From Monday to Friday")
    expect(row).to_contain_text("33 of 40 times, at least 71 % sure")
    row.get_by_text("2 records that say so").click()
    expect(row.get_by_role("link", name="Lisbon", exact=True)).to_be_visible()
    row.get_by_role("button", name=re.compile("^That is so")).click()
    expect(page.get_by_text("Confirmed.")).to_be_visible()
    row = page.locator(".learned-row", has_text="From Monday to Friday")
    expect(row).to_contain_text("confirmed by you")
    row.get_by_text("Correct it").click()
    row.get_by_role("combobox").select_option("6")
    assert_fits(visit)
    shoot(visit, "learned-correcting", look)
    row.get_by_role("button", name="Save").click()
    row = page.locator(".learned-row", has_text="From Monday to Friday")
    expect(row.locator(".learned-value")).to_have_text("6 to 9 o’clock")
    expect(row).to_contain_text("said by you · 21 to 24 o’clock: 33 of 40 times")
    row.get_by_role("button", name=re.compile("^Forget it")).click()
    gone = page.locator(".learned-gone", has_text="When you write: From Monday to Friday")
    expect(gone).to_be_visible()
    shoot(visit, "learned-forgotten", look)
    gone.get_by_role("button", name=re.compile("^Take back")).click()
    expect(page.get_by_text("It is counted again, in a moment.")).to_be_visible()


def test_what_a_thumb_touches_there_is_large_enough(visit: Visit):
    made_habits(visit.house)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.go("/learned")
    for summary in visit.page.locator(".learned-correct summary").all():
        summary.click()
    for box in visit.page.locator("main a:visible, main button:visible, main summary:visible, main select").all():
        size = box.bounding_box()
        assert size and size["height"] >= 44, box.inner_text()


def test_what_a_page_fetches_by_itself_says_that_nobody_did(visit: Visit, look: tuple[str, str]):
    """By htmx's own words: a piece that comes with a page by itself bears the mark, what somebody clicks does not."""
    page, asked = visit.page, []
    page.on("request", lambda request: asked.append((request.method, request.headers)))
    visit.go("/notes").locator(".row-title", has_text="Lisbon").first.click()
    expect(page.locator("#related h2").first).to_be_visible()
    page.wait_for_timeout(500)
    pieces = [headers for method, headers in asked if method == "GET" and "hx-request" in headers]
    assert pieces and all(headers.get("hearth-unattended") for headers in pieces if "hx-boosted" not in headers)
    assert any("hearth-unattended" not in headers for method, headers in asked if "hx-request" not in headers)
