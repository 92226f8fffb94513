"""axe finds nothing on any page that exists: the test walks the route table."""

from __future__ import annotations

import re
from importlib.resources import files
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.clustering import made_clusters, made_stack
from tests.browser.conftest import Visit, open_window
from tests.browser.naming import made_names
from tests.browser.noticing import made_insight
from tests.browser.test_safety import make
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-accessibility")]

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
# Addresses that are no pages (files, health checks, redirects), or are looked at elsewhere (a passkey's, the door's).
NO_PAGES = {"/static/{path:path}", "/files/{file_id:uuid}/{name:str}", "/health/live", "/health/ready",
            "/records/{record_id:uuid}/live", "/sleep/live",
            "/notes/{note_id:uuid}/text.md", "/notes/{note_id:uuid}/text.html", "/complete", "/follow", "/notes/file",
            "/graph/data", "/people/people.vcf", "/people/{contact_id:uuid}/card.vcf",
            "/links/{linked_id:uuid}/icon", "/links/{linked_id:uuid}", "/imports/{import_id:uuid}/dropped",
            "/imports/{import_id:uuid}/part", "/setup", "/sign-in", "/sign-in/code",
            "/worker.js", "/outbox/pass", "/paths/names",
            "/api/me", "/manifest.webmanifest", "/authority.crt",
            "/groups/{group_id:uuid}/people.vcf", "/api/openapi.json", "/bookmarks/export",
            "/account/passkeys/{passkey_id:uuid}", "/exports/{export_id:uuid}"}  # fmt: skip


RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"


def find_violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run({{runOnly: {RULES}}})")
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def pages_of(house: House, visit: Visit) -> list[str]:
    """Every GET route of the application, with ids of what lives in the house."""
    make(visit, "To look at", "[[Lisbon]] and [[Nowhere]] #topic")
    page, note = visit.page, visit.page.url.rpartition("/")[2]
    visit.go("/people/new")
    who = f"Somebody {uuid4().hex[:8]}"  # another one for each look
    page.get_by_label("Name", exact=True).fill(who)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    person = page.url.rpartition("/")[2]
    visit.go(f"/notes/{note}")
    page.get_by_role("button", name="Move to trash").click()
    visit.go("/import").locator("#f-files").set_input_files(
        {"name": "To look at.md", "mimeType": "text/markdown", "buffer": b"[[Lisbon]]"}
    )
    page.wait_for_url("**/imports/*")
    coming = page.url.rpartition("/")[2]
    folder = visit.go("/folders").locator(".folder-edit").first.get_attribute("href").rpartition("/")[2]
    topic = visit.go("/topics").locator(".rows .row > a").first.get_attribute("href").rpartition("/")[2]
    met, reminder, group = make_with_people(visit, person, who)
    bookmark, caught = make_caught(visit)
    name, tie = made_names(house)
    known = {
        "{interaction_id:uuid}": met, "{reminder_id:uuid}": reminder, "{group_id:uuid}": group,
        "{bookmark_id:uuid}": bookmark, "{capture_id:uuid}": caught, "{fact:str}": "emails", "{name:str}": "emails",
        "{insight_id:uuid}": made_insight(house),
        "{cluster_id:uuid}": made_clusters(house)[0], "{stack_id:uuid}": made_stack(house, "To look at"),
        "{entity_id:uuid}": name, "{tie_id:uuid}": tie, "{folder_id:uuid}": folder, "{topic_id:uuid}": topic,
        "{note_id:uuid}": note, "{contact_id:uuid}": person, "{record_id:uuid}": note, "{import_id:uuid}": coming,
    }  # fmt: skip
    paths = []
    for path in routes():
        for parameter, value in known.items():
            path = path.replace(parameter, value)
        paths.append(path)
    assert all("{" not in path for path in paths), f"tell this test about {paths}"
    return paths


def make_caught(visit: Visit) -> tuple[str, str]:
    """A bookmark and a thought that waits."""
    page = visit.go("/bookmarks/new")
    page.get_by_label("Address").fill(f"https://example.org/{uuid4()}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    bookmark = page.url.rpartition("/")[2]
    visit.go("/inbox").get_by_label("A thought", exact=True).fill("To look at")
    page.get_by_role("button", name="Catch", exact=True).click()
    return bookmark, page.locator(".inbox-row input").first.get_attribute("value") or ""


def make_with_people(visit: Visit, person: str, who: str) -> tuple[str, str, str]:
    """An interaction, a reminder and a group of that person."""
    page = visit.go(f"/interactions/new?person={person}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/people/{person}")
    met = visit.go(f"/people/{person}/interactions").locator(".rows .row > a").first.get_attribute("href")
    page = visit.go(f"/records/{person}/reminders")
    page.get_by_text("Remind me").first.click()
    page.get_by_label("What", exact=True).fill("Look at it")
    page.get_by_role("button", name="Remind me").click()
    page.wait_for_url(f"**/people/{person}")
    reminder = visit.go("/reminders").locator(".reminder-words > a").first.get_attribute("href")
    page = visit.go("/groups/new")
    page.get_by_label("Name").fill(f"Around {who}")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("/groups/[0-9a-f-]{36}$"))
    group = page.url.rpartition("/")[2]
    page.locator("#f-people").fill(who)
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".members .row").wait_for()
    return (met or "").rpartition("/")[2], (reminder or "").rpartition("/")[2], group


def routes() -> list[str]:
    from litestar.routes import HTTPRoute

    from app.main import create_app
    from app.settings import Settings, default_data_dir

    app = create_app(Settings(data_dir=default_data_dir({}), app_database_url="postgresql://nobody@/nothing"))
    paths = [route.path for route in app.routes if isinstance(route, HTTPRoute) and "GET" in route.methods]
    return sorted(path for path in paths if path not in NO_PAGES and "{token" not in path)


# Between them both layouts and both sets of colours. It takes a minute and a half each time.
@pytest.mark.whole
@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_axe_finds_nothing_on_any_page(visit: Visit, lived_in: House, look: tuple[str, str]):
    extra = [
        "/notes?select=1",
        "/notes?view=cards&sort=title&topic=travel&heat=hot",
        "/notes/narrow?narrow=1&linked_name=nobody",
        "/notes?property=rating&from=soon",
        "/search?q=light",
        "/notes?q=nothing-like-it",
        "/switcher?q=tr",
        "/notes/00000000-0000-7000-8000-000000000000",
    ]
    found = {}
    for path in [*pages_of(lived_in, visit), *extra]:
        visit.go(path)
        found[path] = find_violations(visit.page)
    assert not {path: violations for path, violations in found.items() if violations}


def test_axe_finds_nothing_at_the_door(chromium: Browser, lived_in: House, look: tuple[str, str]):
    context, visit = open_window(chromium, lived_in, *look)
    visit.go("/sign-in")
    assert not find_violations(visit.page)
    visit.page.get_by_label("E-mail").fill("nobody@example.org")
    visit.page.get_by_label("Password").fill("wrong wrong wrong")
    visit.page.get_by_role("button", name="Sign in").click()
    assert not find_violations(visit.page)
    context.close()


def test_axe_finds_nothing_in_the_switcher(visit: Visit, look: tuple[str, str]):
    visit.go("/")
    visit.page.keyboard.press("Control+k")
    visit.page.get_by_role("combobox").press_sequentially("tr")
    visit.page.locator("[role=option]").first.wait_for()
    assert not find_violations(visit.page)
