"""Every page as a person sees it: at a desk and on a phone, by day and by night, without a complaint of axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, Visit, open_window

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-pages")]

PAGES = {
    "capture": "/capture", "capture-filled": "/capture?text=Tea&url=https%3A%2F%2Fexample.org&title=Tea",
    "today": "/", "day": "/day?on=2026-11-20", "folders-empty": "/folders",
    "templates": "/notes/templates",
    "people-import": "/people/import", "no-duplicates": "/people/duplicates",
    "own-card": "/people/own-card",
    "names": "/names", "paths": "/paths",
    "topics": "/topics", "no-topic": "/topics?q=zzzz", "narrow": "/notes/narrow?topic=travel&heat=hot",
    "cards": "/notes?view=cards&topic=travel&pinned=no", "selecting": "/notes?select=1",
    "notes": "/notes", "new-note": "/notes/new", "trash": "/trash", "shortcuts": "/shortcuts",
    "backups": "/backups", "members": "/members", "history": "/history", "people": "/people",
    "new-person": "/people/new", "search": "/search?q=light", "saved": "/search/saved",
    "notes-narrowed": "/notes?topic=travel&q=-is%3Apinned", "people-narrowed": "/people?q=zzzz",
    "nothing-found": "/search?q=zzzz", "more": "/more",
    "processing": "/processing", "account": "/account", "tokens": "/account/tokens", "phones": "/account/phones",
    "https": "/help/https",
    "passkeys-at-a-number": "/account/passkeys", "bring-in": "/import", "welcome": "/welcome",
    "settings": "/settings", "meaning": "/settings/meaning", "leave": "/account/leave", "audit": "/members/audit",
    "take-out": "/export",
    "reminders": "/reminders", "graph": "/graph", "groups": "/groups", "new-group": "/groups/new",
    "losing-touch": "/people/losing-touch",
    "birthdays": "/people/birthdays", "log": "/interactions/new", "select-people": "/people/select",
    "insights": "/insights", "sleep": "/sleep", "privacy": "/privacy", "language-model": "/settings/language-model",
    "clusters": "/clusters", "stacks": "/stacks", "learned": "/learned",
    "inbox": "/inbox", "inbox-one": "/inbox/one", "inbox-ways": "/inbox/ways",
    "bookmarks": "/bookmarks", "new-bookmark": "/bookmarks/new",
    "heat": "/heat", "property-filter": "/properties/filter", "missing": "/notes/01000000-0000-7000-8000-000000000000",
}  # fmt: skip


def shoot(visit: Visit, name: str, look: tuple[str, str]) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    visit.page.screenshot(path=SCREENSHOTS / f"{name}-{'-'.join(look)}.png", full_page=True)


def assert_fits(visit: Visit) -> None:
    """Nothing makes the page scroll sideways."""
    # Through a locator, which waits for the page that a click leads to.
    wide = visit.page.locator("html").evaluate("element => element.scrollWidth - element.clientWidth")
    assert wide <= 0


def test_each_page_fits_its_screen(visit: Visit, look: tuple[str, str]):
    for name, path in PAGES.items():
        visit.go(path)
        assert_fits(visit)
        shoot(visit, name, look)
    visit.go("/notes?q=portugal").locator(".row-title", has_text="Trip to Portugal").click()
    expect(visit.page.get_by_role("heading", name="Trip to Portugal")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "note", look)
    visit.page.get_by_role("link", name="Edit", exact=True).click()
    assert_fits(visit)
    shoot(visit, "editor", look)


def test_the_door_fits_its_screen(chromium, lived_in, look: tuple[str, str]):
    context, visit = open_window(chromium, lived_in, *look)
    visit.go("/sign-in")
    assert_fits(visit)
    shoot(visit, "sign-in", look)
    context.close()
    assert not visit.complaints


def test_what_a_thumb_touches_is_large_enough(chromium, lived_in):
    from tests.browser.conftest import sign_in

    context, visit = open_window(chromium, lived_in, "phone", "light")
    sign_in(visit)
    for path in ("/", "/notes", "/people", "/more", "/inbox", "/inbox/one", "/bookmarks"):
        visit.go(path)
        for box in visit.page.locator("main a:visible, main button:visible, .bar a:visible").all():
            size = box.bounding_box()
            assert size and size["height"] >= 44, (path, box.inner_text())
    context.close()
