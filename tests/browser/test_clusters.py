"""Clusters and stacks as a person sees them: the map, by a thumb, and without a mouse."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.clustering import made_clusters, made_stack
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-clusters")]


def test_the_map_leads_to_a_cluster_that_is_named_and_taken_back(visit: Visit, look: tuple[str, str]):
    made = made_clusters(visit.house)
    page = visit.go("/clusters")
    expect(page.locator(".cluster-map a")).to_have_count(3)
    assert_fits(visit)
    shoot(visit, "clusters-map", look)
    assert find_violations(page) == []
    page.locator(f".cluster-map a[href='/clusters/{made[0]}']").click()
    page.wait_for_url(f"**/clusters/{made[0]}")
    name = f"Bread {uuid4().hex[:6]}"
    page.locator("main").get_by_label("Name", exact=True).fill(name)
    page.locator("main").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert_fits(visit)
    shoot(visit, "cluster", look)
    assert find_violations(page) == []
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", name="sourdough, crust, Hefe")).to_be_visible()


def test_a_stack_is_ordered_by_plain_buttons(visit: Visit, look: tuple[str, str]):
    stack = made_stack(visit.house, f"Bread to bake {uuid4().hex[:6]}")
    page = visit.go(f"/stacks/{stack}")
    titles = page.locator(".stack-items .row-title")
    expect(titles).to_have_text(["Crust", "Hydration", "Rye with a starter"])
    page.get_by_role("button", name="Up: Rye with a starter").click()
    expect(titles).to_have_text(["Crust", "Rye with a starter", "Hydration"])
    page.get_by_role("button", name="Take off: Crust").click()
    expect(titles).to_have_text(["Rye with a starter", "Hydration"])
    assert_fits(visit)
    shoot(visit, "stack", look)
    assert find_violations(page) == []
    visit.go("/stacks")
    assert_fits(visit)
    shoot(visit, "stacks-filled", look)
    assert find_violations(page) == []


def test_a_note_is_put_upon_a_stack_from_its_margin(visit: Visit):
    made_clusters(visit.house)
    page = visit.go("/notes?q=jib")
    page.locator(".row-title", has_text="A torn jib").click()
    section = page.locator("#stacks")
    # Until the panel is there its place holds a link of that name.
    section.locator("summary", has_text="Add to a stack").click()
    name = f"Repairs {uuid4().hex[:6]}"
    section.get_by_placeholder("A new stack").fill(name)
    section.get_by_role("button", name="Make it").click()
    expect(page.locator("#stacks").get_by_role("link", name=name)).to_be_visible()


def test_what_a_thumb_touches_there_is_large_enough(visit: Visit):
    made = made_clusters(visit.house)
    stack = made_stack(visit.house, f"Thumbs {uuid4().hex[:6]}")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/clusters", f"/clusters/{made[1]}", "/stacks", f"/stacks/{stack}"):
        visit.go(path)
        for box in visit.page.locator("main a:visible, main button:visible, main summary:visible").all():
            size = box.bounding_box()
            assert size and size["height"] >= 44, (path, box.inner_text())
