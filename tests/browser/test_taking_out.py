"""Everything taken along by one click, at a desk and on a phone, by day and by night; and brought in again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-pages")]


@pytest.mark.parametrize("look", [("desk", "dark"), ("phone", "light")], ids="-".join)
def test_it_is_written_fetched_and_taken_in_again(visit: Visit, look: tuple[str, str], tmp_path: Path):
    page = visit.go("/export")
    page.get_by_role("button", name="Write").click()
    fetch = page.get_by_role("link", name="Fetch the file")
    expect(fetch).to_be_visible(timeout=30_000)
    assert_fits(visit)
    assert find_violations(page) == []
    shoot(visit, "take-out-ready", look)
    with page.expect_download() as coming:
        fetch.click()
    path = tmp_path / "hearth.zip"
    coming.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert {"notes/Lisbon.md", "hearth/manifest.json"} <= set(archive.namelist())
    visit.go("/import").locator("#f-files").set_input_files(path)
    expect(page.get_by_text("Nothing in it was new.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("cell", name="Topics")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "take-in-again", look)
