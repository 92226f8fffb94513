"""The way back: undo at once, undo later, and the trash, with a mouse and without one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.writing import write_text

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-safety")]


def make(visit: Visit, title: str, text: str = "words") -> None:
    page = visit.go("/notes/new")
    page.get_by_label("Title").fill(title)
    write_text(page, text)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))


def test_a_discarded_note_is_back_with_one_key(visit: Visit, look: tuple[str, str]):
    make(visit, "Thrown away")
    page = visit.page
    page.get_by_role("button", name="Move to trash").click()
    toast = page.locator("hearth-toast")
    expect(toast).to_contain_text("Moved to the trash.")
    assert_fits(visit)
    shoot(visit, "toast", look)
    page.keyboard.press("z")
    expect(toast).to_contain_text("Undone.")
    expect(page.get_by_text("This note is in the trash.")).to_have_count(0)


def test_a_toast_stays_while_somebody_is_at_it_and_goes_after(visit: Visit):
    make(visit, "Said")
    page = visit.page
    page.clock.install()
    page.get_by_role("button", name="Pin", exact=True).click()
    toast = page.locator("hearth-toast")
    toast.get_by_role("button", name="Undo").focus()
    page.clock.run_for(30_000)
    expect(toast).to_be_visible()
    page.locator("main").focus()
    page.clock.run_for(11_000)
    expect(toast).to_have_count(0)


def test_a_bulk_archive_is_undone_after_a_reload(visit: Visit, look: tuple[str, str]):
    for number in range(3):
        make(visit, f"Heap {number} {'-'.join(look)}")
    page = visit.go("/notes")
    page.get_by_role("link", name="Select").click()
    for number in range(3):
        page.get_by_label(f"Heap {number} {'-'.join(look)}").check()
    assert_fits(visit)
    shoot(visit, "selecting", look)
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("hearth-toast")).to_contain_text("3 notes archived.")
    expect(page.get_by_text(f"Heap 1 {'-'.join(look)}")).to_have_count(0)
    page.reload()
    visit.go("/history")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    visit.go("/notes")
    expect(page.get_by_text(f"Heap 1 {'-'.join(look)}")).to_be_visible()


def test_a_note_tells_its_history(visit: Visit, look: tuple[str, str]):
    make(visit, f"Told {'-'.join(look)}", "One line.\n\nAnother line.")
    page = visit.page
    page.keyboard.press("e")
    write_text(page, "One line.\n\nA better line.\n\nAnd one more.")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/edit"))
    page.keyboard.press("h")
    expect(page.locator(".diff ins").first).to_contain_text("A better line.")
    assert_fits(visit)
    shoot(visit, "record-history", look)
    page.get_by_role("button", name="Put this back").first.click()
    expect(page.locator("hearth-toast")).to_contain_text("Put back: text")


def test_what_is_thrown_away_is_deleted_for_ever_after_a_question(visit: Visit, look: tuple[str, str]):
    title = f"Burnt {'-'.join(look)}"
    make(visit, title)
    page = visit.page
    page.get_by_role("button", name="Move to trash").click()
    visit.go("/trash")
    assert_fits(visit)
    shoot(visit, "full-trash", look)
    page.get_by_role("link", name=f"Delete for ever: {title}").click()
    shoot(visit, "farewell", look)
    page.get_by_role("button", name="Delete for ever").click()
    expect(page.locator("hearth-toast")).to_contain_text("Deleted for ever.")
    expect(page.get_by_text(title)).to_have_count(0)


def test_a_server_that_is_gone_is_told_and_so_is_a_network(visit: Visit, look: tuple[str, str]):
    page = visit.go("/notes")
    page.context.set_offline(True)
    page.get_by_label("Words in notes").fill("lisbon")
    toast = page.locator("hearth-toast")
    expect(toast).to_contain_text("The server does not answer.")
    expect(toast).to_have_count(1)
    assert_fits(visit)
    shoot(visit, "gone", look)
    page.context.set_offline(False)
    page.get_by_label("Words in notes").fill("portugal")
    expect(page.locator(".row-title", has_text="Trip to Portugal")).to_be_visible()
    # Whatever failed last, an answer has come.
    expect(toast).to_have_count(0)
