"""A whole journey below a path, behind a proxy that takes the path off and one that passes it on."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit, open_window, sign_in
from tests.browser.writing import write_text
from tests.house import House
from tests.proxy import proxy_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.whole,
    pytest.mark.xdist_group("browser-behind_a_proxy"),
]
INNER = re.compile(r"A proxy finds it at (\S+)")


@pytest.fixture(params=[True, False], ids=["stripping", "passing"])
def below(request: pytest.FixtureRequest) -> Iterator[House]:
    with (
        tempfile.TemporaryDirectory(prefix="hearth-") as folder,
        proxy_at("/at/hearth", strip=request.param) as proxy,
    ):
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data", HEARTH_BASE_URL=proxy.url).start()
        try:
            house.wait_for(lambda: INNER.search("\n".join(house.lines)), 30)
            proxy.upstream = INNER.search("\n".join(house.lines))[1]
            house.add_person()
            yield house
        finally:
            house.stop()


def test_a_day_below_a_path(below: House, chromium: Browser):
    context, visit = open_window(chromium, below, "desk", "light")
    page, strays = visit.page, []
    page.on("response", lambda answer: strays.append((answer.url, answer.status)) if is_stray(answer, below) else None)
    visit.go("/notes?show=archived")
    expect(page).to_have_url(re.compile(r"/at/hearth/sign-in\?next=/notes"))
    sign_in(visit)
    expect(page).to_have_url(below.url + "/")
    write_and_let_it_save(visit)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Tide table")).to_be_visible()
    expect(page.locator("hearth-toast")).to_contain_text("Saved.")
    search_and_open(visit)
    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator("hearth-toast")).to_contain_text("Moved to the trash.")
    page.keyboard.press("z")
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    expect(page.get_by_text("This note is in the trash.")).to_have_count(0)
    page.get_by_role("link", name="Missing Name").first.click()
    expect(page.get_by_label("Title")).to_have_value("Missing Name")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert {cookie["path"] for cookie in context.cookies()} <= {"/at/hearth"}
    context.close()
    assert not visit.complaints
    assert not strays


def is_stray(answer, below: House) -> bool:
    return answer.status >= 400 or not answer.url.startswith(below.url)


def write_and_let_it_save(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("n")
    page.get_by_label("Title").fill("Tide table")
    write_text(page, "High water at noon. [[Missing Name]]")
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=10_000)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#note-preview a.missing")).to_have_attribute("href", re.compile("^/at/hearth/notes/new"))


def search_and_open(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("/")
    page.get_by_label("What are you looking for?").fill("tide")
    expect(page).to_have_url(re.compile(r"/at/hearth/search\?q=tide"))
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").press_sequentially("tide")
    expect(page.locator("[role=option]").first).to_contain_text("Tide table")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tide table")).to_be_visible()
