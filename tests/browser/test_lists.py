"""The list of notes at a desk and on a phone: narrowed, tagged by twenty, merged, and a topic renamed and merged."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_keyboard import press_on, tab_to
from tests.browser.test_pages import assert_fits, shoot
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-lists")]

BOTH = pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
OWN = "/notes?topic=herbarium"


@pytest.fixture(scope="module")
def twenty(lived_in: House) -> House:
    """Twenty notes more, under a topic of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(20):
            words = f"What grew in the garden at number {number}, and what it smelled of."
            (Path(folder) / f"Leaf {number}.md").write_text(f"{words}\n\n#herbarium #plants-{number % 2}\n")
        lived_in.run("import", folder, "--user", "ana@example.org")
        lived_in.run("drain")
    return lived_in


def toast(page: Page, words: str) -> None:
    expect(page.locator("hearth-toast")).to_contain_text(words)


@BOTH
def test_twenty_notes_are_tagged_and_untagged_by_one_undo(twenty: House, visit: Visit, look: tuple[str, str]):
    page = visit.go(OWN)
    page.get_by_role("link", name="Select").click()
    expect(page.locator(".row input[type=checkbox]")).to_have_count(20)
    for box in page.locator(".row input[type=checkbox]").all():
        box.check()
    expect(page.locator(".row input:checked")).to_have_count(20)
    page.get_by_text("Topic and more").click()
    assert_fits(visit)
    shoot(visit, "selection", look)
    assert not find_violations(page)
    name = "dried " + "-".join(look)
    page.get_by_label("Topic", exact=True).fill(name)
    page.get_by_role("button", name="Add the topic").click()
    toast(page, f"20 notes filed under #{name}.")
    page.locator("hearth-toast").get_by_role("button", name="Undo").click()
    toast(page, "Undone.")
    visit.go(f"/notes?topic={name.replace(' ', '-')}")
    expect(page.get_by_text("No note matches.")).to_be_visible()


def test_twenty_notes_are_tagged_by_keys_alone(twenty: House, visit: Visit):
    page = visit.go(OWN)
    page.keyboard.press("x")
    page.wait_for_url("**select=1**")
    boxes = page.locator(".row input[type=checkbox]")
    tab_to(page, boxes.first)
    for _row in range(20):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    expect(page.locator(".row input:checked")).to_have_count(20)
    press_on(page, page.get_by_text("Topic and more"))
    tab_to(page, page.get_by_label("Topic", exact=True))
    page.keyboard.type("pressed")
    press_on(page, page.get_by_role("button", name="Add the topic"))
    toast(page, "20 notes filed under #pressed.")
    page.keyboard.press("z")
    toast(page, "Undone.")


@BOTH
def test_a_list_is_narrowed_on_its_page_and_widened_by_its_chips(twenty: House, visit: Visit, look: tuple[str, str]):
    page = visit.go(OWN)
    page.get_by_role("link", name="Narrow").click()
    page.get_by_label("Topics, all of them").fill("herbarium, plants-1")
    page.get_by_label("Order", exact=True).select_option(label="By title")
    assert_fits(visit)
    shoot(visit, "narrowing", look)
    assert not find_violations(page)
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/notes?topic=herbarium%2Cplants-1&sort=title")
    expect(page.locator(".row-title")).to_have_count(10)
    page.get_by_role("link", name="As cards").click()
    expect(page.locator(".cards .row-title").first).to_have_text("Leaf 1")
    assert_fits(visit)
    shoot(visit, "cards-narrowed", look)
    assert not find_violations(page)
    page.get_by_role("link", name="#plants-1").first.click()
    expect(page.locator(".row-title")).to_have_count(20)


def test_two_notes_become_one_and_are_two_again(twenty: House, visit: Visit):
    page = visit.go(OWN + "&sort=title&select=1")
    for name in ("Leaf 18", "Leaf 19"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_text("Topic and more").click()
    page.get_by_role("button", name="Merge into one").click()
    page.get_by_role("radio", name="Leaf 19").check()
    assert not find_violations(page)
    page.get_by_role("button", name="Merge", exact=True).click()
    toast(page, "2 notes are one now.")
    expect(page.get_by_role("heading", name="Leaf 18")).to_be_visible()
    page.keyboard.press("z")
    toast(page, "Undone.")
    visit.go(OWN)
    expect(page.locator(".row-title")).to_have_count(20)


@BOTH
def test_a_topic_is_looked_at_renamed_and_merged(twenty: House, visit: Visit, look: tuple[str, str]):
    page = visit.go(OWN)
    page.get_by_role("link", name="About #herbarium").click()
    expect(page.get_by_role("heading", name="#herbarium", level=1)).to_be_visible()
    assert_fits(visit)
    shoot(visit, "topic", look)
    page.get_by_role("link", name="Rename or merge").click()
    assert_fits(visit)
    shoot(visit, "topic-edit", look)
    page.get_by_label("Name", exact=True).fill("Dried plants")
    page.get_by_role("button", name="Save").click()
    toast(page, "Saved.")
    expect(page.get_by_role("heading", name="#Dried plants", level=1)).to_be_visible()
    page.keyboard.press("z")
    toast(page, "Undone.")
    visit.go("/topics?q=plants-0").get_by_role("link", name="#plants-0").click()
    page.get_by_role("link", name="Rename or merge").click()
    page.get_by_label("The other topic").fill("plants-1")
    page.get_by_role("button", name="Merge", exact=True).click()
    toast(page, "#plants-0 is now part of #plants-1.")
    assert not find_violations(page)
    page.locator("hearth-toast").get_by_role("button", name="Undo").click()
    toast(page, "Undone.")
    expect(visit.go("/topics?q=plants-0").locator(".row-title")).to_have_count(1)
