"""Two people become one from the page of duplicates, and two again after a reload; a table of people is brought in."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-safety")]
TABLE = "First Name,Last Name,Company,E-mail Address,Mobile Phone,Birthday\n{}\n"


def bring(visit: Visit, name: str, rows: str) -> None:
    page = visit.go("/people")
    page.get_by_role("link", name="Bring in, take out").click()
    page.get_by_label("A .vcf file").set_input_files(
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": TABLE.format(rows).encode()}
    )
    page.get_by_role("button", name="Bring in", exact=True).click()
    expect(page.get_by_role("heading", name="What are these columns?")).to_be_visible()


def test_two_are_brought_in_merged_and_parted_after_a_reload(visit: Visit, look: tuple[str, str]):
    # Other ones at each try: who is there already does not come in.
    last = "".join(look).title() + uuid4().hex[:4]
    number = f"030 {uuid4().int % 9_000_000 + 1_000_000}"
    rows = f"Ana,{last},Mill,ana@{last}.org,,1980-02-29\nAnna,{last},Farm,ana@{last}.org,{number},"
    page = visit.page
    bring(visit, last, rows)
    expect(page.get_by_text(f"Ana {last}", exact=True)).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "people-table", look)
    page.get_by_role("button", name="Bring 2 people in").click()
    expect(page.get_by_text("2 people are in.")).to_be_visible(timeout=20_000)
    shoot(visit, "people-are-in", look)
    visit.go("/people").get_by_role("link", name="Perhaps the same").click()
    pair = page.locator(".pair", has_text=f"Anna {last}")
    expect(pair).to_contain_text(f"the same e-mail, ana@{last}.org")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "duplicates", look)
    pair.get_by_role("link", name="Compare and merge").click()
    page.get_by_role("radio", name="Farm").check()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "merge-people", look)
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("hearth-toast")).to_contain_text("2 people are one now.")
    expect(page.get_by_role("main")).to_contain_text("Farm")
    shoot(visit, "merged-person", look)
    page.reload()
    visit.go("/history").get_by_role("button", name="Undo").first.click()
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    page.goto(visit.house.url + "/people")
    people = page.locator("#people-list")
    expect(people.get_by_text(f"Ana {last}")).to_be_visible()
    expect(people.get_by_text(f"Anna {last}")).to_be_visible()
    page.goto(visit.house.url + "/people/duplicates")
    pair.get_by_role("button", name="Not the same").click()
    expect(page.locator("hearth-toast")).to_contain_text("They stay two")
    expect(pair).to_have_count(0)
