"""What the editor offers behind [[, @ and #: the best first, and only what is then read as that link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.names import add_alias
from app.core.references import parse_references
from app.core.text import fold, slug
from app.switcher.completing import write_reference
from tests.conftest import work_through, write

TITLES = ["Trip to Portugal", "Portugal", "Portuguese", "Zoë's café", "A [odd] title", "Port"]


@pytest.fixture
async def notes(database, alice):
    return {title: await write(database, alice, title) for title in TITLES}


async def offered(browser, mark: str, q: str) -> list[str]:
    answer = await browser.http.get("/complete", params={"mark": mark, "q": q})
    assert answer.status_code == 200
    return [item["text"] for item in answer.json()["items"] if item["kind"] != "new"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("portugal", ["[[Portugal]]", "[[Trip to Portugal]]"]), ("zoe", ["[[Zoë's café]]"]),
        ("PORTUGU", ["[[Portuguese]]"]), ("cafe", ["[[Zoë's café]]"]), ("portugla", ["[[Portugal]]"]),
        ("zzzz", []),
    ],
)  # fmt: skip
async def test_what_begins_so_comes_before_words_within_and_slips_of_the_finger(alices, notes, q, expected):
    assert (await offered(alices, "[[", q))[: len(expected) or None] == expected


async def test_the_whole_name_comes_first_and_no_record_twice(alices, notes, database, alice):
    async with database.reading(alice.id) as connection:
        await add_alias(connection, alice.id, notes["Portugal"], "port of call", "Port of call")
    found = await offered(alices, "[[", "port")
    assert found[0] == "[[Port]]"
    assert len(found) == 4


async def test_an_alias_is_written_and_says_whose_it_is(alices, notes, database, alice):
    async with database.reading(alice.id) as connection:
        await add_alias(connection, alice.id, notes["Portugal"], "lusitania", "Lusitania")
    answer = await alices.http.get("/complete", params={"mark": "[[", "q": "lusi"})
    item = answer.json()["items"][0]
    assert (item["text"], item["label"]) == ("[[Lusitania]]", "Portugal")


async def test_a_title_that_cannot_stand_in_brackets_is_not_offered(alices, notes):
    assert await offered(alices, "[[", "a [odd]") == []


async def test_people_and_topics_each_behind_their_own_mark(alices, notes, database, alice, reactor):
    async with database.reading(alice.id) as connection:
        for name in ("Ana García", "Portia"):
            await connection.execute("insert into contacts (user_id, full_name) values ($1, $2)", alice.id, name)
    await write(database, alice, "Filed", "#portrait and #port/wine")
    await work_through(reactor)
    assert await offered(alices, "@", "ana") == ["@[[Ana García]]"]
    assert await offered(alices, "@", "port") == ["@Portia"]
    assert await offered(alices, "@", "garc") == ["@[[Ana García]]"]
    assert sorted(await offered(alices, "#", "port")) == ["#port/wine", "#portrait"]


async def test_oneself_is_not_mentioned(alices, alice):
    assert await offered(alices, "@", alice.name.lower()) == []


async def test_what_is_not_there_is_offered_to_be_made(alices, notes):
    async def new(mark: str, q: str) -> list[str]:
        answer = await alices.http.get("/complete", params={"mark": mark, "q": q})
        return [item["text"] for item in answer.json()["items"] if item["kind"] == "new"]

    assert await new("[[", "Nothing yet") == ["[[Nothing yet]]"]
    assert await new("[[", "portugal") == []
    assert await new("@", "Ana García") == ["@[[Ana García]]"]
    assert await new("@", "Ana went") == []
    assert await new("#", "new") == []


async def test_an_unwritten_name_offers_what_was_opened_last(alices, notes):
    await alices.get(f"/notes/{notes['Port']}")
    assert await offered(alices, "[[", "") == ["[[Port]]"]


async def test_what_is_in_the_trash_or_another_s_is_not_offered(alices, bobs, notes):
    await alices.post(f"/notes/{notes['Portuguese']}/discard")
    assert "[[Portuguese]]" not in await offered(alices, "[[", "portu")
    assert await offered(bobs, "[[", "port") == []


async def test_another_mark_is_refused_with_a_sentence(alices):
    answer = await alices.http.get("/complete", params={"mark": "!", "q": "x"})
    assert answer.status_code == 400
    assert "after [[, @ or #" in answer.text


@given(st.text(min_size=1, max_size=40))
def test_what_is_written_is_read_as_what_was_meant(name):
    wiki = write_reference("[[", name)
    if wiki:
        assert any(fold(n) == fold(name) for link in parse_references(wiki).links for n in link.names)
    topic = write_reference("#", name)
    if topic:
        assert [slug(one.name) for one in parse_references(topic).topics] == [slug(name)]
    person = write_reference("@", name)
    if person:
        assert [fold(one.name) for one in parse_references(person).people] == [fold(name)]
