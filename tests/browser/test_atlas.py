"""The whole graph in a browser: seen, found, narrowed, looked into; and the table where there is no picture."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import SCREENSHOTS, Visit, open_window
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-journeys")]

FIND = "(atlas, title) => atlas.graph.titles.indexOf(title)"
PLACE = "(atlas, node) => { const { x, y } = atlas.near.at(node); return [x, y]; }"
AT_REST = """async (atlas) => {
  const camera = atlas.renderer.getCamera();
  while (camera.isAnimated()) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 600));
  return camera.getState();
}"""
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
};"""


def shoot(visit: Visit, name: str, look: tuple[str, str]) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    visit.page.screenshot(path=SCREENSHOTS / f"{name}-{'-'.join(look)}.png", full_page=True)


def drawn(visit: Visit, path: str = "/graph") -> Page:
    page = visit.go(path)
    expect(page.locator("hearth-atlas[data-drawn]")).to_be_visible()
    return page


def place_of(page: Page, title: str) -> tuple[float, float]:
    """Where a node stands on the screen."""
    atlas, stage = page.locator("hearth-atlas"), page.locator(".atlas-stage")
    stage.scroll_into_view_if_needed()
    x, y = atlas.evaluate(PLACE, atlas.evaluate(FIND, title))
    box = stage.bounding_box()
    assert box
    return box["x"] + x, box["y"] + y


def test_the_graph_is_seen_pointed_at_and_looked_into(visit: Visit, look: tuple[str, str]):
    page = drawn(visit)
    assert_fits(visit)
    shoot(visit, "graph", look)
    x, y = place_of(page, "Lisbon")
    if look[0] == "desk":
        page.mouse.move(x, y)
        expect(page.locator(".atlas-stage.is-near")).to_be_visible()
        page.mouse.click(x, y)
    else:
        page.touchscreen.tap(x, y)
    card = page.locator("#card")
    expect(card.get_by_role("heading", name="Lisbon")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]at=[0-9a-f-]{36}"))
    expect(card.locator(".near-graph")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "graph-card", look)
    assert not find_violations(page)
    page.reload()
    expect(card.get_by_role("heading", name="Lisbon")).to_be_visible()
    expect(page.locator(".atlas-stage.is-near")).to_be_visible()
    card.get_by_role("link", name="Close").click()
    expect(card.get_by_role("heading")).to_have_count(0)


def test_who_types_a_title_flies_there_and_the_address_keeps_where_they_look(visit: Visit):
    page = drawn(visit)
    box = page.get_by_label("Find in the graph")
    box.fill("LISBON")
    expect(page.locator(".atlas-told")).to_contain_text("found")
    box.press("Enter")
    expect(page.locator("#card").get_by_role("heading", name="Lisbon")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]x=[\d.]+&y=[\d.]+&z="))
    expect(page.locator(".graph-table tbody tr", has_text="Lisbon").first).to_be_visible()
    before = page.locator("hearth-atlas").evaluate(AT_REST)
    page.reload()
    expect(page.locator("hearth-atlas[data-drawn]")).to_be_visible()
    after = page.locator("hearth-atlas").evaluate(AT_REST)
    assert all(abs(before[name] - after[name]) < 0.01 for name in ("x", "y", "ratio"))
    page.get_by_role("button", name="All of it").click()
    expect(page).not_to_have_url(re.compile(r"[?&]z="))


def test_a_double_click_brings_it_to_the_middle(visit: Visit):
    page = drawn(visit)
    before = place_of(page, "Lisbon")
    page.mouse.dblclick(*before)
    page.locator("hearth-atlas").evaluate(AT_REST)
    box = page.locator(".atlas-stage").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    after = place_of(page, "Lisbon")
    assert all(abs(place - centre) < 3 for place, centre in zip(after, middle, strict=True)), (before, after, middle)


def test_picture_and_table_are_narrowed_together(visit: Visit):
    page = drawn(visit)
    everything = int(page.locator("hearth-atlas").get_attribute("data-drawn") or 0)
    page.locator(".graph-narrow summary").click()
    page.locator(".graph-narrow").get_by_label("Topic", exact=True).first.check()
    expect(page).to_have_url(re.compile("kind=topic"))
    rows = page.locator(".graph-table tbody tr")
    expect(page.locator("hearth-atlas")).not_to_have_attribute("data-drawn", str(everything))
    expect(page.locator("hearth-atlas")).to_have_attribute("data-drawn", str(rows.count()))
    page.get_by_role("link", name="Show the whole graph").click()
    expect(page.locator("hearth-atlas")).to_have_attribute("data-drawn", str(everything))
    expect(page.locator(".graph-narrow").get_by_label("Topic", exact=True).first).not_to_be_checked()


def test_a_row_of_the_table_opens_its_card_and_flies_there(visit: Visit):
    page = drawn(visit, "/graph?q=portugal")
    page.locator(".graph-table").get_by_role("link", name="Trip to Portugal").click()
    expect(page.locator("#card").get_by_role("heading", name="Trip to Portugal")).to_be_visible()
    expect(page.locator(".atlas-stage.is-near")).to_be_visible()
    page.locator("#card").get_by_role("link", name=re.compile("links?$")).click()
    expect(page.locator(".graph-links tbody tr").first).to_be_visible()


def test_where_there_is_no_webgl_the_page_says_so_and_the_table_remains(
    chromium: Browser, lived_in: House, session: StorageState
):
    context, visit = open_window(chromium, lived_in, "desk", "light", session)
    context.add_init_script(NO_WEBGL)
    page = visit.go("/graph")
    expect(page.locator(".atlas-told")).to_contain_text("no WebGL")
    expect(page.locator(".graph-table tbody tr").first).to_be_visible()
    assert not find_violations(page)
    context.close()
    assert not visit.complaints


def test_without_javascript_the_table_is_the_page(chromium: Browser, lived_in: House, session: StorageState):
    context, visit = open_window(chromium, lived_in, "phone", "dark", session, java_script_enabled=False)
    page = visit.go("/graph")
    expect(page.locator("hearth-atlas")).to_be_hidden()
    page.get_by_label("Find in the graph").fill("lisbon")
    page.get_by_text("Narrow", exact=True).click()
    page.get_by_role("button", name="Show").click()
    page.locator(".graph-table").get_by_role("link", name="Lisbon").click()
    expect(page.locator("#card").get_by_role("heading", name="Lisbon")).to_be_visible()
    context.close()
