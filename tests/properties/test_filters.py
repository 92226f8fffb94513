"""Lists narrowed to a property: which rows, by which address, and that an index finds them."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from app.notes.queries import LIST, ORDER, NoteFilter, narrow_list
from app.properties.filters import PropertyFilter, read_filter
from tests.conftest import work_through, write

BOOKS = {
    "Baltasar": {"place": "Mafra", "rating": 5, "read": True, "day": "2024-03-01", "kinds": ["novel", "history"],
                 "author": "[[José Saramago|Saramago]]"},
    "Pessoa": {"Place": "Lisboa", "rating": "4.5", "read": False, "day": "2024-12-31T23:30:00+01:00",
               "kinds": ["poems"], "author": [["José Saramago"]]},
    "Cork": {"PLÁCE": "the old Lisboa", "rating": 12, "day": "someday", "hook": {"a": ["deep"]}},
    "Plain": {},
}  # fmt: skip
FILTERS = {
    "property=place": "Baltasar Pessoa Cork", "property=place&is=lisboa": "Pessoa",
    "property=place&has=LISBO": "Pessoa Cork", "property=rating&is=5": "Baltasar",
    "property=rating&from=4.5": "Baltasar Pessoa Cork", "property=rating&from=4.6&to=11": "Baltasar",
    "property=rating&to=4,5": "Pessoa", "property=read&is=true": "Baltasar", "property=kinds&is=poems": "Pessoa",
    "property=kinds&has=o": "Baltasar Pessoa", "property=day&from=2024-03-01": "Baltasar Pessoa",
    "property=day&from=2024-03-02&to=2024-12-31": "Pessoa", "property=day&to=2024-03-01": "Baltasar",
    "property=author&is=José Saramago": "Baltasar Pessoa", "property=author&is=[[jose saramago]]": "Baltasar Pessoa",
    "property=hook&is=deep": "Cork", "property=nothing": "", "property=place&is=%": "",
    "property=place&how=has&value=afr": "Baltasar",
    "property=rating&how=from&value=5&to=12": "Baltasar Cork",
}  # fmt: skip


@pytest.fixture
async def books(database, alice):
    return {title: await write(database, alice, title, custom_fields=fields) for title, fields in BOOKS.items()}


def titles(page: str) -> set[str]:
    return set(re.findall(r'class="row-title">(\w+)<', page))


@pytest.mark.parametrize("query", FILTERS)
async def test_a_list_shows_what_has_the_property(alices, books, query):
    answer = await alices.get(f"/notes?{query}")
    assert answer.status_code == 200
    assert titles(answer.text) == set(FILTERS[query].split())


async def test_one_click_on_a_value_leads_to_all_that_have_it(alices, books):
    page = (await alices.get(f"/notes/{books['Baltasar']}")).text
    found = {unescape(href) for href in re.findall(r'href="(/notes\?property=[^"]*)"', page)}
    assert len(found) == 7
    for href in found:
        assert "Baltasar" in titles((await alices.get(href)).text), href


async def test_the_chip_takes_the_filter_away_and_keeps_the_rest(alices, books):
    page = (await alices.get("/notes?topic=x&property=rating&from=1&to=5")).text
    assert "rating from 1 to 5" in page
    assert re.search(r'<a class="chip" aria-current="true" href="/notes\?topic=x">', page)
    page = (await alices.get("/notes?property=day&is=2024-03-01")).text
    assert re.search(r'<a class="chip" aria-current="true" href="/notes">day: 2024-03-01', page)


async def test_a_property_narrows_every_other_list_too(alices, database, alice, reactor):
    both = await write(database, alice, "Both", "bread #food", custom_fields={"place": "Faro"})
    await write(database, alice, "Topic", "bread #food")
    await write(database, alice, "Property", custom_fields={"place": "Faro"})
    await work_through(reactor)
    for query in ("topic=food", "q=bread"):
        assert titles((await alices.get(f"/notes?{query}&property=place&is=faro")).text) == {"Both"}
    await alices.post(f"/notes/{both}/archive")
    assert titles((await alices.get("/notes?show=archived&property=place")).text) == {"Both"}
    assert titles((await alices.get("/notes?property=place")).text) == {"Property"}


async def test_a_filtered_list_is_paged_and_selected_as_filtered(alices, database, alice):
    for number in range(65):
        await write(database, alice, f"N{number}", custom_fields={"n": number, "even": number % 2 == 0})
    seen: list[str] = []
    path = "/notes?property=even&is=true"
    while path:
        page = (await alices.get(path)).text
        seen += titles(page)
        path = unescape(re.search(r'hx-get="(/notes\?[^"]*after=[^"]*)"', page)[1]) if 'id="pager"' in page else ""
    assert sorted(seen) == sorted(f"N{number}" for number in range(0, 65, 2))
    page = (await alices.get("/notes?property=n&is=4&select=1")).text
    assert page.count('type="checkbox"') == 1
    assert 'name="back" value="/notes?property=n&amp;is=4"' in page


async def test_people_are_filtered_alike(alices, database, owner, alice):
    for name, fields in (("Ana", {"born": "1980-05-04"}), ("Bea", {"born": "1990-01-01"}), ("Cleo", {})):
        async with database.reading(alice.id) as connection:
            await connection.execute("insert into contacts (user_id, full_name, custom_fields) values ($1, $2, $3)",
                                     alice.id, name, json.dumps(fields))  # fmt: skip
    assert titles((await alices.get("/people?property=born")).text) == {"Ana", "Bea"}
    assert titles((await alices.get("/people?property=born&to=1985-01-01")).text) == {"Ana"}
    assert "Nobody matches." in (await alices.get("/people?property=born&is=x")).text


@pytest.mark.parametrize("path", ["/notes", "/people"])
async def test_a_range_that_is_none_is_told_and_stays_in_the_form(alices, path):
    for query in (
        "property=rating&from=soon",
        "property=rating&how=from&value=soon",
        "property=x&from=soon&to=2024-01-01",
    ):
        answer = await alices.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "between two numbers" in answer.text
        assert 'name="value" value="soon"' in answer.text


async def test_the_form_knows_names_and_what_the_list_is_narrowed_to(alices, books):
    answer = await alices.get("/properties/filter?list=/notes&topic=x&property=rating&from=3")
    page = answer.text
    assert '<option value="author">' in page and '<option value="place">' in page.lower()
    assert 'name="topic" value="x"' in page and 'name="property" value="rating"' in page
    assert "<html" not in (await alices.get("/properties/filter", **{"hx-target": "property-filter"})).text


def test_an_address_is_what_its_filter_says():
    for query in ({"is": "b"}, {"has": "b"}, {"from": "1", "to": "2"}, {}):
        assert read_filter({"property": "a", **query}).query == {"property": "a", **query}
    assert read_filter({"property": " \0 "}) is None


async def test_values_follow_every_write_and_bob_sees_none_of_them(alices, bobs, books, database, owner, alice, bob):
    assert titles((await bobs.get("/notes?property=place")).text) == set()
    assert await owner.fetchval("select count(*) from property_values where user_id = $1", alice.id) > 15
    async with database.reading(bob.id) as connection:
        assert await connection.fetchval("select count(*) from property_values") == 0
        assert await connection.fetchval("select count(*) from property_definitions") == 0
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set custom_fields = '{\"place\": \"Évora\"}' where title = 'Plain'")
    assert titles((await alices.get("/notes?property=place&is=evora")).text) == {"Plain"}
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set custom_fields = '{}'")
    assert await owner.fetchval("select count(*) from property_values") == 0


async def test_an_index_finds_a_filtered_list(database, owner, alice):
    """Under row-level security, where no index on jsonb is ever reached."""
    async with database.reading(alice.id, "import") as connection:
        await connection.execute(
            "insert into notes (user_id, title, custom_fields) select $1, n::text, "
            "jsonb_build_object('n', n, 'b', 1, 'c', 2, 'd', 3, 'e', 4, 'f', 5) from "
            " generate_series(1, 2000) n", alice.id,
        )  # fmt: skip
    await owner.execute("analyze")
    for prop in (
        PropertyFilter("n", word="7"),
        PropertyFilter("n", low="5", high="9"),
        PropertyFilter("n", part="777"),
    ):
        sql, values = narrow_list(NoteFilter(prop=prop))
        statement = LIST["current"].replace(ORDER, sql + ORDER)
        async with database.reading(alice.id) as connection:
            rows = await connection.fetch("explain " + statement, *values)
        plan = "\n".join(row[0] for row in rows)
        assert re.search(r"property_values_by_(word|number).*\n *Index Cond: .*user_id = .*key = 'n'", plan), plan
