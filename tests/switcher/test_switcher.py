"""The quick switcher finds by title, alias, initials, slips of the finger and words, in this order."""

from __future__ import annotations

import re

import pytest

from app.core.names import add_alias
from app.switcher.controllers import find_commands
from tests.conftest import work_through, write

TITLES = ["Trip to Portugal", "Portugal", "Sweet potatoes", "Zoë's café", "The port of Porto", "Étretat", "Book/Night"]


@pytest.fixture
async def notes(database, alice):
    return {title: await write(database, alice, title) for title in TITLES}


async def entries(browser, q: str) -> list[str]:
    answer = await browser.http.get("/switcher", params={"q": q}, headers={"HX-Request": "true",
                                    "HX-Target": "switcher-results"})  # fmt: skip
    assert answer.text.lstrip().startswith('<div id="switcher-results"')
    return re.findall(r'<span class="row-title">([^<]*)</span>', answer.text)


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("portugal", "Portugal"), ("trip", "Trip to Portugal"), ("ttp", "Trip to Portugal"), ("zoe", "Zoë&#39;s café"),
        ("cafe", "Zoë&#39;s café"), ("etre", "Étretat"), ("portugal trip", "Trip to Portugal"),
        ("sweet potaotes", "Sweet potatoes"), ("portugla", "Portugal"), ("bn", "Book/Night"), ("night", "Book/Night"),
    ],
)  # fmt: skip
async def test_what_is_meant_comes_first(alices, notes, q, first):
    assert (await entries(alices, q))[0] == first


async def test_the_whole_name_stands_before_its_beginning_and_that_before_the_middle(alices, notes):
    assert (await entries(alices, "port"))[:3] == ["Portugal", "Trip to Portugal", "The port of Porto"]


async def test_an_alias_finds_its_record_and_is_shown(alices, notes, database, alice):
    async with database.reading(alice.id) as connection:
        await add_alias(connection, alice.id, notes["Portugal"], "lusitania", "Lusitania")
    answer = (await alices.get("/switcher?q=lusi")).text
    assert "Portugal" in answer
    assert "Lusitania" in answer


async def test_words_of_the_text_fill_the_list(alices, database, alice, notes):
    await write(database, alice, "Recipe", "With a pinch of cardamom.")
    assert await entries(alices, "cardamom") == ["Recipe"]


async def test_it_opens_with_what_was_opened_last(alices, database, alice, notes):
    for title in TITLES[:3]:
        await alices.get(f"/notes/{notes[title]}")
    assert await entries(alices, "") == TITLES[2::-1]


async def test_what_is_in_the_trash_is_nowhere(alices, notes):
    await alices.post(f"/notes/{notes['Portugal']}/discard")
    assert "Portugal" not in await entries(alices, "portugal")


async def test_nobody_switches_to_what_is_another_s(bobs, notes, bob):
    for q in ("portugal", "portugla", "ttp", ""):
        assert await entries(bobs, q) == []


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", "((", "\u0000x", "🜁", "a" * 5000, " ", "[[", "> "])
async def test_whatever_is_typed_is_answered(alices, notes, q):
    await entries(alices, q)


async def test_a_new_note_is_offered_with_what_was_typed(alices, notes):
    page = (await alices.get("/switcher?q=A%20%26%20B")).text
    assert "/notes/new?title=A%20%26%20B" in page


@pytest.mark.parametrize(("q", "labels"), [("trash", ["Trash"]), ("new no", ["New note"]), ("xyz", [])])
def test_commands_are_found_by_the_beginnings_of_their_words(q, labels):
    assert [entry.title for entry in find_commands(q, "owner")] == labels


async def test_a_topic_has_a_page_of_its_own(alices, database, owner, alice, reactor):
    await write(database, alice, "Green", "#garden")
    await work_through(reactor)
    topic = await owner.fetchval("select id from topics")
    page = (await alices.get(f"/topics/{topic}")).text
    assert 'href="/notes?topic=garden"' in page
