"""Notes within notes: shown in place, never in a circle, never too many, never another person's."""

from __future__ import annotations

import re
from json import dumps
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.text import fold
from app.notes.embedded import DEEPEST, LONGEST, MOST, Embedding
from app.notes.kind import NOTE
from app.notes.pages import render_note
from app.web.rendering import Renderer
from tests.conftest import work_through, write
from tests.web.test_hostile import Walker


async def prose(browser, note) -> str:
    page = (await browser.get(f"/notes/{note}")).text
    return page.partition('<div class="prose" hx-disable>')[2].partition('<footer class="actions">')[0]


async def test_a_note_stands_within_another_under_its_name(alices, database, reactor, alice):
    ada = await write(database, alice, "Ada", "# Ada\n\nShe *counts*. [[#Later]]\n\n## Later\n\n## b\n\n## c")
    note = await write(database, alice, "House", "before\n\n![[ada]]\n\nafter")
    await work_through(reactor)
    html = await prose(alices, note)
    frame = f'<div class="transclusion"><p class="transclusion-name"><a class="wiki" href="/notes/{ada}">Ada</a></p>'
    assert frame + "\n<p>She <em>counts</em>." in html
    assert html.index("before") < html.index(frame) < html.index("after")
    # What it says of itself leads to itself, and its headings are none of this page.
    assert f'href="/notes/{ada}#user-content-later"' in html and 'id="user-content-later"' not in html
    assert "toc-above" not in html


async def test_a_section_or_a_block_of_it_alone(alices, database, reactor, alice):
    await write(database, alice, "Ada", "start\n\n## Life\nborn ^born1\n\n### Youth\nyoung\n\n## Work\nengine")
    note = await write(database, alice, "House", "![[Ada#Life]]\n\n---\n\n![[Ada#^born1]]\n\n---\n\n![[Ada#Gone]]")
    await work_through(reactor)
    section, block, gone = (await prose(alices, note)).split("<hr>")
    assert "Ada › Life" in section and "born" in section and "young" in section
    assert "engine" not in section and "start" not in section
    assert "born" in block and "young" not in block and "^" not in block
    assert "There is no such place in this note any more." in gone


async def test_an_embedded_note_is_linked_from_here(alices, database, reactor, alice):
    ada = await write(database, alice, "Ada", "text")
    note = await write(database, alice, "House", "![[Ada]]")
    await work_through(reactor)
    page = (await alices.get(f"/notes/{ada}")).text
    assert f'<li><a href="/notes/{note}">House</a>' in page.partition('class="backlinks"')[2]


async def test_a_circle_of_notes_ends(alices, database, reactor, alice):
    one = await write(database, alice, "One", "first ![[One]]\n\n![[Two]]")
    await write(database, alice, "Two", "second\n\n![[Three]]")
    await write(database, alice, "Three", "third\n\n![[One]]\n\n![[Three]]")
    await work_through(reactor)
    html = await prose(alices, one)
    assert [html.count(word) for word in ("second", "third")] == [1, 1]
    assert html.count("It holds this text itself") == 2


async def test_notes_are_shown_three_deep(alices, database, reactor, alice):
    notes = [await write(database, alice, f"N{at}", f"text{at}\n\n![[N{at + 1}]]") for at in range(6)]
    await work_through(reactor)
    html = await prose(alices, notes[0])
    assert [f"text{at}" in html for at in range(6)] == [True, True, True, True, False, False]
    assert "three deep" in html and f'href="/notes/{notes[4]}"' in html


async def test_no_page_grows_beyond_measure(alices, database, reactor, alice):
    await write(database, alice, "Leaf", "leaf leaf")
    await write(database, alice, "Twig", "![[Leaf]]\n" * 40)
    note = await write(database, alice, "Tree", "![[Twig]]\n" * 40)
    await write(database, alice, "Long", "long words\n\n" * 18_000)
    long = await write(database, alice, "Longer", "![[Long]]\n")
    await work_through(reactor)
    html = await prose(alices, note)
    assert html.count("leaf leaf") < MOST and "This page shows no more notes within itself" in html
    assert "This page shows no more notes within itself" in await prose(alices, long)


async def test_what_another_person_wrote_is_not_there(alices, bobs, database, reactor, alice, bob):
    await write(database, bob, "Secret", "bobs words")
    note = await write(database, alice, "House", "![[Secret]] \n\n![[Nowhere]]")
    await work_through(reactor)
    html = await prose(alices, note)
    assert "bobs words" not in html
    assert 'class="missing" href="/notes/new?title=Secret"' in html and "title=Nowhere" in html


async def test_a_kept_page_follows_what_it_embeds(alices, database, reactor, alice):
    ada = await write(database, alice, "Ada", "first words")
    note = await write(database, alice, "House", "![[Ada]]")
    await work_through(reactor)
    assert "first words" in await prose(alices, note)
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'other words' where id = $1", ada)
    assert "other words" in await prose(alices, note)
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where id = $1", ada)
    html = await prose(alices, note)
    assert "other words" not in html and 'class="missing"' in html


class Counted:
    """A connection that counts what is asked of it."""

    def __init__(self, connection) -> None:
        self.connection, self.asked = connection, 0

    async def fetch(self, *args):
        self.asked += 1
        return await self.connection.fetch(*args)


@pytest.mark.parametrize(("text", "asked"), [("[[N1]] and ![a](b.png)", 1), ("![[N1]]", 4), ("![[N1]]\n\n![[N2]]", 4)])
async def test_each_level_is_one_query_and_other_notes_ask_none(application, database, reactor, alice, text, asked):
    from app.kinds import KINDS
    from app.notes.queries import show_note
    from app.notes.rendered import note_html
    from app.web.assets import Assets

    for at in range(1, 6):
        await write(database, alice, f"N{at}", f"![[N{at + 1}]]\n\n" * 3)
    note = await write(database, alice, "Top", text)
    await work_through(reactor)
    from app.settings import PROJECT

    async with database.reading(alice.id) as connection:
        row, counted = await show_note(connection, note), Counted(connection)
        await note_html(Renderer(Assets(PROJECT / "static")), counted, row, KINDS)
    # Files are looked up once, for all of the texts together.
    assert counted.asked == asked


async def test_pictures_within_an_embedded_note_are_shown(alices, database, reactor, alice):
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
            "values ($1, 'a.png', 'a.png', 'a.png', $2, 6, 'image/png')", alice.id, "0" * 64,
        )  # fmt: skip
    await write(database, alice, "Ada", "![[a.png]]")
    note = await write(database, alice, "House", "![[Ada]]")
    await work_through(reactor)
    assert re.search(r'class="transclusion">.*<img src="/files/', await prose(alices, note), re.DOTALL)


async def test_contents_stand_beside_a_long_text_alone(alices, database, alice):
    short = await write(database, alice, "Short", "# Short\n\n## a\n\n## b")
    long = await write(database, alice, "Long", "# Long\n\n## One *x*\n\n### Two & two\n\n## 三\n")
    assert 'class="toc' not in (await alices.get(f"/notes/{short}")).text
    page = (await alices.get(f"/notes/{long}")).text
    assert page.count('<a href="#user-content-three">') == 0
    for words, href, depth in (("One x", "one-x", 1), ("Two &amp; two", "two-two", 2), ("三", "三", 1)):
        assert page.count(f'<li class="toc-{depth}"><a href="#user-content-{href}">{words}</a></li>') == 2
        assert f'id="user-content-{href}"' in page


def made_up(texts: list[str]) -> dict[UUID, dict[str, object]]:
    """Notes called N0, N1 …, each linked with all of them."""
    ids = [UUID(int=number + 1) for number in range(len(texts))]
    outgoing = dumps([[fold(f"N{at}"), str(note), "note", False] for at, note in enumerate(ids)])
    given = {"content_format": "markdown", "version": 1, "outgoing": outgoing, "topics": None}
    return {note: {"id": note, "title": f"N{at}", "content": texts[at], **given} for at, note in enumerate(ids)}


PARTS = [*(f"![[N{at}]]" for at in range(5)), "![[N1#One]]", "![[N2#^b1]]", "# One", "words ^b1", "> [!tip]-", "- ",
         "<div title='", "'>", "$a$", "![[N9]]", "![[#One]]", "    ", "```", "<a href='/x'>"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=12).map("\n\n".join), min_size=5, max_size=5))
def test_whatever_embeds_whatever_the_page_ends_and_is_clean(texts):
    notes = made_up(texts)
    page = Embedding({"note": NOTE}, notes, {})
    html = str(render_note(notes[UUID(int=1)], page.targets(notes[UUID(int=1)])))
    assert html.count('<div class="transclusion">') <= MOST + 1
    assert Walker(html).faults == []
    deepest = depth = 0
    for tag in re.findall(r'<div class="transclusion">|<div\b|</div>', html):
        depth += -1 if tag == "</div>" else 1
        deepest = max(deepest, depth)
    # Each note within another may hold a block of its own around the next.
    assert deepest <= 4 * (DEEPEST + 2)


@pytest.mark.parametrize("text", ["![[N0]]\n", "![[N1]]\n", "- ![[N1#One]]\n", "![[N1]] "])
def test_a_note_of_nothing_but_embedded_notes_stays_small(text):
    notes = made_up([text * 5_000, "# One\n\n" + "![[N2]]\n" * 5_000, "leaf\n\n" * 1_000])
    page = Embedding({"note": NOTE}, notes, {})
    html = str(render_note(notes[UUID(int=1)], page.targets(notes[UUID(int=1)])))
    assert html.count('class="transclusion"') <= MOST + 1
    assert len(html) < 10 * LONGEST
