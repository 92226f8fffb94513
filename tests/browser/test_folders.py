"""Folders and narrowed lists: dragged, typed and walked by keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_keyboard import press_on, tab_to
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.test_safety import make

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-safety")]


def make_folder(visit: Visit, name: str, parent: str = "") -> None:
    page = visit.go("/folders")
    page.get_by_label("Name").fill(name)
    if parent:
        page.get_by_label("Lies in").select_option(label=parent)
    page.get_by_role("button", name="Make the folder").click()
    expect(page.locator("hearth-toast")).to_contain_text("Made.")


def test_folders_are_made_filled_and_deleted(visit: Visit, look: tuple[str, str]):
    house, roof = (f"{name} {'-'.join(look)}" for name in ("House", "Roof"))
    make_folder(visit, house)
    make_folder(visit, roof, house)
    assert_fits(visit)
    shoot(visit, "folders", look)
    make(visit, f"Tiles {'-'.join(look)}")
    page = visit.page
    page.get_by_role("link", name="Put into a folder").click()
    page.get_by_role("combobox", name="Folder").select_option(label=f"{house}/{roof}")
    assert_fits(visit)
    assert not find_violations(page)
    page.get_by_role("button", name="File").click()
    expect(page.locator("hearth-toast")).to_contain_text("Filed.")
    page.get_by_role("link", name=house).click()
    page.get_by_role("link", name=roof).click()
    expect(page.get_by_text(f"Tiles {'-'.join(look)}")).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "folder", look)
    visit.go("/folders").get_by_role("link", name=f"Edit {roof}").click()
    shoot(visit, "folder-edit", look)
    assert_fits(visit)
    page.get_by_role("button", name="Delete the folder").click()
    expect(page.locator("hearth-toast")).to_contain_text("1 note lies in no folder now.")
    page.keyboard.press("z")
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    expect(page.locator(".folder-name", has_text=roof)).to_be_visible()


def test_a_folder_is_dragged_into_another_and_before_a_third(visit: Visit):
    for name in ("Dragged", "Takes it"):
        make_folder(visit, name)
    page = visit.go("/folders")

    def row(name: str):
        return page.locator(".folder-row", has_text=name).first

    row("Dragged").drag_to(row("Takes it"))
    expect(page.locator("hearth-toast")).to_contain_text("Moved.")
    expect(page.locator("ul ul .folder-name", has_text="Dragged")).to_be_visible()
    row("Dragged").drag_to(row("Projects"), target_position={"x": 40, "y": 3})
    expect(page.locator(".folder:has(> .folder-row .folder-name:text('Dragged')) + .folder").first).to_contain_text(
        "Projects"
    )
    row("Areas").drag_to(row("Takes it"))
    expect(page.locator("ul ul .folder-name", has_text="Areas")).to_have_count(0)


def test_a_folder_is_moved_by_keys_alone(visit: Visit):
    for name in ("Keyed", "Goal"):
        make_folder(visit, name)
    page = visit.page
    press_on(page, page.get_by_role("link", name="Edit Keyed"))
    tab_to(page, page.get_by_label("Lies in"))
    page.keyboard.type("Goal")
    press_on(page, page.get_by_role("button", name="Save"))
    expect(page.locator("ul ul .folder-name", has_text="Keyed")).to_be_visible()
    press_on(page, page.locator("hearth-toast").get_by_role("button", name="Undo"))
    expect(page.locator("ul ul .folder-name", has_text="Keyed")).to_have_count(0)


def test_a_list_is_narrowed_as_one_types_and_saved(visit: Visit, look: tuple[str, str]):
    name = f"Not pinned {'-'.join(look)}"
    page = visit.go("/notes?topic=travel")
    box = page.get_by_label("Words in notes")
    box.fill("is:pin")
    page.locator(".completions").get_by_role("link", name="is:pinned").wait_for()
    box.fill("-is:pinned")
    expect(page.locator(".chip-filter")).to_contain_text("-is:pinned")
    assert_fits(visit)
    page.get_by_text("Save this list").click()
    page.get_by_label("A name for this list").fill(name)
    assert not find_violations(page)
    shoot(visit, "list-saving", look)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("hearth-toast")).to_contain_text("Saved as")
    page = visit.go("/notes")
    page.get_by_label("Words in notes").focus()
    page.get_by_role("link", name=name).click()
    page.wait_for_url("**/notes?topic=travel&q=-is%3Apinned")
    assert_fits(visit)
    shoot(visit, "list-saved", look)
