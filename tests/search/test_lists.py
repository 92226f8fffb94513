"""The query language in the boxes of lists, and lists that are saved under a name."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.conftest import work_through, write

TITLES = {"Bread", "Tea", "Bread and tea", "Old bread"}


@pytest.fixture
async def house(database, reactor, alice, bob, owner):
    await write(database, bob, "Bread of another")
    notes = {
        "Bread": await write(database, alice, "Bread", "flour and water #food"),
        "Tea": await write(database, alice, "Tea", "leaves and water #food [[Bread]]"),
        "Bread and tea": await write(database, alice, "Bread and tea", "both, water warm"),
        "Old bread": await write(database, alice, "Old bread", "hard #food"),
    }
    await owner.execute("update notes set archived_at = now() where id = $1", notes["Old bread"])
    await owner.execute("update notes set is_pinned = true where id = $1", notes["Tea"])
    await work_through(reactor)
    return notes


async def listed(browser, address: str, titles=TITLES) -> set[str]:
    answer = await browser.get(address)
    assert answer.status_code == 200
    return {title for title in titles if f'<span class="row-title">{title}</span>' in answer.text}


async def test_a_list_understands_what_a_search_does(alices, house):
    for q, found in (
        ("bread", {"Bread", "Bread and tea", "Tea"}),
        ("is:pinned", {"Tea"}),
        ("tag:food", {"Bread", "Tea"}),
        ("tag:food -tea", {"Bread"}),
        ('"flour and water"', {"Bread"}),
        ("water -tag:food", {"Bread and tea"}),
        ("is:archived", {"Old bread"}),
        ("is:archived bread", {"Old bread"}),
        ('is:archived -"hard"', set()),
        ("has:backlink", {"Bread"}),
        ("kind:person", set()),
        ("kind:note is:pinned", {"Tea"}),
        ("linked:bread", {"Tea"}),
        ("after:this-year -is:pinned", {"Bread", "Bread and tea"}),
        ("before:2020", set()),
    ):
        assert await listed(alices, f"/notes?q={quote(q)}") == found, q


async def test_parts_of_the_address_and_of_the_query_narrow_together(alices, house):
    assert await listed(alices, "/notes?topic=food") == {"Bread", "Tea"}
    assert await listed(alices, "/notes?topic=food&q=is%3Apinned") == {"Tea"}
    assert await listed(alices, "/notes?topic=food&show=archived") == {"Old bread"}
    assert await listed(alices, "/notes?topic=food&show=archived&q=-hard") == set()


async def test_a_filter_that_says_nothing_is_told_and_completed(alices, house):
    page = (await alices.get("/notes?q=is%3Anonsense")).text
    assert "There is no is:nonsense" in page
    page = (await alices.get("/notes?topic=food&q=is%3Apin")).text
    assert "/notes?topic=food&amp;q=is%3Apinned+" in page


async def test_a_chip_takes_its_filter_away_and_leaves_the_rest(alices, house):
    page = (await alices.get("/notes?topic=food&q=is%3Apinned+water")).text
    assert 'href="/notes?topic=food&amp;q=water"' in page


async def test_people_are_narrowed_too(alices, database, alice, reactor):
    for name in ("Ana Quist", "Bo Quist", "Cy Fenn"):
        await alices.post("/people", {"full_name": name, "notes": "likes tea" if name == "Cy Fenn" else ""})
    await work_through(reactor)
    names = {"Ana Quist", "Bo Quist", "Cy Fenn"}
    assert await listed(alices, "/people?q=quist", names) == {"Ana Quist", "Bo Quist"}
    assert await listed(alices, "/people?q=quist+-ana", names) == {"Bo Quist"}
    assert await listed(alices, "/people?q=tea", names) == {"Cy Fenn"}
    assert "Nobody matches." in (await alices.get("/people?q=nobody")).text


async def test_the_next_page_is_narrowed_alike(alices, database, alice, reactor):
    for number in range(35):
        await write(database, alice, f"Even {number}" if number % 2 == 0 else f"Odd {number}", "#some")
    await work_through(reactor)
    page = (await alices.get("/notes?q=tag%3Asome")).text
    following = page.split('href="/notes?q=tag%3Asome&amp;after=')[1].split('"')[0]
    more = (await alices.get(f"/notes?q=tag%3Asome&after={following}")).text
    assert more.count('class="row-title"') == 5


async def test_a_narrowed_list_is_saved_with_all_that_narrows_it(alices, bobs, house):
    answer = await alices.post(
        "/search/saved", {"name": "Pinned food", "place": "/notes", "q": "is:pinned", "kept": "topic=food&after=x"}
    )
    assert answer.headers["location"] == "/notes?topic=food&q=is%3Apinned"
    for place in ("/search", "/search/saved", "/search/saved?place=%2Fnotes"):
        page = (await alices.get(place)).text
        assert "Pinned food" in page
        assert 'href="/notes?topic=food&amp;q=is%3Apinned"' in page
    assert "Pinned food" not in (await alices.get("/search/saved?place=%2Fpeople")).text
    assert "Pinned food" not in (await bobs.get("/search/saved")).text


@pytest.mark.parametrize("place", ["/elsewhere", "https://example.org", ""])
async def test_only_lists_of_this_house_are_saved(alices, place):
    assert (await alices.post("/search/saved", {"name": "x", "place": place, "q": "x"})).status_code == 400


async def test_a_list_that_is_narrowed_to_nothing_is_not_saved(alices):
    answer = await alices.post("/search/saved", {"name": "x", "place": "/notes", "q": " ", "kept": "after=1"})
    assert answer.status_code == 400
