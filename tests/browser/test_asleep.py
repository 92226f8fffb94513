"""Nights and what they noticed, as a person sees them: live, by a thumb, and with a word of their own."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.noticing import made_insight
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-asleep")]


def test_what_is_asked_for_is_seen_as_it_goes(visit: Visit, look: tuple[str, str]):
    page = visit.go("/sleep")
    page.get_by_role("button", name="Think now", exact=True).first.click()
    page.wait_for_url("**/sleep#runs")
    # By the stream alone: nobody loads the page again.
    expect(page.locator(".sleep-run", has_text="Weekly review").first).to_contain_text("done", timeout=30_000)
    expect(page.locator(".sleep-run.at-work")).to_have_count(0, timeout=30_000)
    assert_fits(visit)
    shoot(visit, "sleep-done", look)


def test_a_card_on_today_opens_its_evidence_and_hears_a_verdict(visit: Visit, look: tuple[str, str]):
    insight = made_insight(visit.house)
    page = visit.go("/")
    card = page.locator(".insight", has_text="On this day")
    expect(card.get_by_role("link", name="Lisbon")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "today-noticed", look)
    card.get_by_role("link", name="Lisbon").click()
    expect(page.get_by_role("heading", name="Lisbon", exact=True)).to_be_visible()
    visit.go("/").locator(".insight").get_by_role("button", name=re.compile("^Useful")).first.click()
    expect(page.locator(f"a[href='/insights/{insight}']")).to_have_count(0)
    expect(page.get_by_text("Noted: the house learns from it.")).to_be_visible()
    page = visit.go("/insights")
    assert_fits(visit)
    shoot(visit, "insights-judged", look)
    page.get_by_role("button", name=re.compile("^Take back")).first.click()
    expect(visit.go("/").locator(f"a[href='/insights/{insight}']")).to_have_count(1)


def test_what_a_thumb_touches_there_is_large_enough(visit: Visit):
    made_insight(visit.house)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/sleep", "/insights"):
        visit.go(path)
        for box in visit.page.locator("main a:visible, main button:visible, main summary:visible").all():
            size = box.bounding_box()
            assert size and size["height"] >= 44, (path, box.inner_text())
