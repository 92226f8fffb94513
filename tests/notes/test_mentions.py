"""Where other notes name this one: found as whole words in prose, linked by one undoable action."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.references import parse_references
from app.notes.mention_links import with_link
from app.notes.mentions import find_places, is_telling
from tests.conftest import work_through, write


def places(text: str, *names: str) -> list[str]:
    return [text[start:end] for start, end in find_places(text, names)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We met Ana García there.", ["Ana García"]),
        ("ANA GARCIA, twice: ana  garcía.", ["ANA GARCIA", "ana  garcía"]),
        ("Ana García's house; (Ana García)", ["Ana García", "Ana García"]),
        ("# Ana García\n\n> Ana García", ["Ana García", "Ana García"]),
        ("Mariana García, Ana Garcíarubio, Ana-García, Ana", []),
        ("`Ana García` and\n\n```\nAna García\n```\n\n    Ana García\n", []),
        ("[[Ana García]] [[x|Ana García]] ![[Ana García]]", []),
        ("[Ana García](https://x.org) [x](Ana García.md) [Ana García][1]\n\n[1]: Ana García", []),
        ("---\nwith: Ana García\n---\n\ntext", []),
        ("<!-- Ana García --> <b title='Ana García'> https://x.org/Ana García.png", []),
        ("@[[Ana García]] @\"Ana García\" #Ana/García", []),
        ("x/Ana García y_Ana García Ana García/y", []),
        ("$\\text{Ana García}$", []),
    ],
)  # fmt: skip
def test_a_name_is_found_as_whole_words_in_prose(text, found):
    assert places(text, "Ana García") == found


def test_the_longest_name_is_meant_and_other_scripts_are_read():
    assert places("Ana García and Ana", "Ana", "Ana García") == ["Ana García", "Ana"]
    assert places("我在北京市住", "北京市") == ["北京市"]
    assert places("в Москве и Москва", "Москва") == ["Москва"]


@pytest.mark.parametrize("name", ["", "ab", "The", "und", "2024", "☃☃☃"])
def test_names_that_say_nothing_are_not_looked_for(name):
    assert not is_telling(name)
    assert places(f"{name} {name}", name) == []


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("Ana García came", "[[Ana García]] came"),
        ("ana garcia came", "[[Ana García|ana garcia]] came"),
        ("| ana garcia |", "| [[Ana García\\|ana garcia]] |"),
    ],
)
def test_what_is_shown_stays_as_it_was_written(text, linked):
    assert with_link(text, next(find_places(text, ["Ana García"])), "Ana García") == linked


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(
    ["Ana García", "ana garcia", " ", "\n", "\n\n", "`", "```", "[[", "]]", "[", "](", ")", "|", "$", "<", ">", "---\n",
     "    ", "x", "#", "@", "https://x.org/", "<!--", "-->", "- ", "\0", "é"]
), max_size=24))  # fmt: skip
def test_whatever_stands_around_it_a_link_that_is_made_is_one(parts):
    text = "".join(parts)
    for place in find_places(text, ["Ana García"]):
        linked = with_link(text, place, "Ana García")
        before = len([link for link in parse_references(text).links if link.name == "Ana García"])
        after = len([link for link in parse_references(linked).links if link.name == "Ana García"])
        assert after == before + 1
        brackets = linked[place[0] : len(linked) - len(text) + place[1]]
        assert brackets.startswith("[[Ana García") and brackets.endswith("]]")


async def mentions(browser, note) -> str:
    return (await browser.get(f"/notes/{note}/mentions", **{"hx-request": "true", "hx-target": "mentions"})).text


def form(html: str) -> dict[str, str]:
    return dict(re.findall(r'name="(source|version|start)" value="([^"]*)"', html))


async def test_a_note_tells_who_names_it_and_links_it_on_a_click(alices, database, reactor, alice):
    ana = await write(database, alice, "Ana García")
    other = await write(database, alice, "Trip", "In the train.\nThere we met ana garcia, twice.")
    await write(database, alice, "Linked", "[[Ana García]] and Ana García")
    await work_through(reactor)
    assert f'hx-get="/notes/{ana}/mentions"' in (await alices.get(f"/notes/{ana}")).text
    html = await mentions(alices, ana)
    assert html.startswith('<section id="mentions"')
    assert "There we met ana garcia, twice." in html and "Linked" not in html
    answer = await alices.post(f"/notes/{ana}/mentions", form(html))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{ana}")
    page = await alices.get(f"/notes/{ana}")
    assert "Linked in “Trip”." in page.text
    async with database.reading(alice.id) as connection:
        text = "select content from notes where id = $1"
        assert "we met [[Ana García|ana garcia]], twice." in await connection.fetchval(text, other)
    undo = re.search(r'action="(/history/[^"]*/undo)"', page.text)
    await alices.post(undo[1], {})
    async with database.reading(alice.id) as connection:
        assert "we met ana garcia, twice." in await connection.fetchval(text, other)


async def test_a_text_that_moved_is_not_touched(alices, database, reactor, alice):
    ana = await write(database, alice, "Ana García")
    other = await write(database, alice, "Trip", "We met Ana García.")
    await work_through(reactor)
    fields = form(await mentions(alices, ana))
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'Now we met Ana García.' where id = $1", other)
    await alices.post(f"/notes/{ana}/mentions", fields)
    assert "That note was changed meanwhile" in (await alices.get(f"/notes/{ana}")).text
    async with database.reading(alice.id) as connection:
        assert "[[" not in await connection.fetchval("select content from notes where id = $1", other)


@pytest.mark.parametrize("fields", [{}, {"source": "x", "version": "1", "start": "0"}, {"source": str(uuid4())}])
async def test_a_form_that_lost_its_place_is_refused(alices, database, alice, fields):
    ana = await write(database, alice, "Ana García")
    assert (await alices.post(f"/notes/{ana}/mentions", fields)).status_code in (400, 422)


async def test_nobody_names_or_links_across_people(alices, bobs, database, reactor, alice, bob):
    ana = await write(database, alice, "Ana García")
    theirs = await write(database, bob, "Trip", "We met Ana García.")
    await work_through(reactor)
    assert "No other note names it" in await mentions(alices, ana)
    fields = {"source": str(theirs), "version": "1", "start": "7"}
    assert (await alices.post(f"/notes/{ana}/mentions", fields)).status_code == 404
    assert (await bobs.get(f"/notes/{ana}/mentions")).status_code == 404
    assert (await bobs.post(f"/notes/{ana}/mentions", {})).status_code == 404


async def test_aliases_count_and_links_that_were_taken_back_stay_so(alices, database, reactor, alice, owner):
    ana = await write(database, alice, "Ana García")
    other = await write(database, alice, "Trip", "We met Anita Gar.")
    await work_through(reactor)
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into names (user_id, record_id, folded, name, origin) "
            "values ($1, $2, 'anita gar', 'Anita Gar', 'alias')", alice.id, ana,
        )  # fmt: skip
    html = await mentions(alices, ana)
    assert "We met Anita Gar." in html
    await owner.execute(
        "insert into entity_links (user_id, source_id, target_id, relation, target_name, origin, rejected_at) "
        "values ($1, $2, $3, 'links_to', 'ana garcia', 'written', now())", alice.id, other, ana,
    )  # fmt: skip
    assert "We met" not in await mentions(alices, ana)


async def test_a_title_of_two_notes_is_told_but_not_linked(alices, database, reactor, alice):
    one = await write(database, alice, "Lisbon")
    await write(database, alice, "Lisbon")
    await write(database, alice, "Trip", "to Lisbon")
    await work_through(reactor)
    html = await mentions(alices, one)
    assert "to Lisbon" in html and "<form" not in html
