"""Topics: found by any of their names, renamed, merged, thrown away, and all of it undone."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import fold, slug
from app.history.undoing import undo_action
from app.kinds import KINDS
from app.notes.kind import Note
from app.topics.pages import paths_above
from app.topics.texts import as_hashtag
from app.trash.service import delete_forever
from tests.conftest import work_through, write


async def topic_of(owner, name: str):
    return await owner.fetchval("select id from topics where slug = $1", name)


async def listed(browser, path: str) -> set[str]:
    page = (await browser.get(path)).text
    return set(re.findall(r'<span class="row-title">([^<]*)</span>', page))


async def undo_last(browser, owner) -> None:
    action = await owner.fetchval("select action_id from change_log where actor = 'person' order by seq desc limit 1")
    assert (await browser.post(f"/history/{action}/undo")).status_code == 303


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("Straße", "strasse"), ("İstanbul", "i̇stanbul"), ("ılık", "ılık"), ("Año Nuevo", "año-nuevo"), ("北京", "北京"),
        ("القهوة", "القهوة"), ("हिन्दी", "हिन्दी"), ("🌱", "🌱"), ("C++", "c"), ("city/Rail", "city-rail"),
    ],
)  # fmt: skip
def test_a_short_name_keeps_its_script(written, short):
    assert slug(written) == short


@given(st.text(min_size=1))
def test_a_short_name_is_its_own_and_survives_an_address(text):
    short = slug(text)
    assert slug(short) == short
    assert unquote(quote(short)) == short
    assert not set(short) & set("/?#&=,% ")
    assert bool(short) == bool(text.strip())


@given(st.text(alphabet="aäàåAÄ bcßñıİöü北京ü", min_size=1).filter(str.strip))
def test_names_that_differ_in_accents_alone_match(text):
    plain = fold(slug(text))
    assert fold(slug(text.upper())) == plain or "ß" in text.lower()
    assert fold(plain) == plain


async def test_accents_are_folded_for_matching_and_kept_in_the_name(database, reactor, owner, alice, alices):
    await write(database, alice, "One", "#Café")
    await work_through(reactor)
    await write(database, alice, "Two", "#cafe")
    await write(database, alice, "Three", "#İzmir and #izmir")
    await work_through(reactor)
    rows = await owner.fetch("select label, slug from topics order by label")
    assert [tuple(row) for row in rows] == [("Café", "café"), ("İzmir", "i̇zmir")]
    assert await listed(alices, "/notes?topic=cafe") == {"One", "Two"}
    assert await listed(alices, "/notes?topic=caf%C3%A9") == {"One", "Two"}


async def test_two_topics_that_stood_apart_stay_apart(database, reactor, owner, alice):
    for label in ("ano", "año"):
        async with database.reading(alice.id) as connection:
            await connection.execute("insert into topics (user_id, label, slug) values ($1, $2, $2)", alice.id, label)
    note = await write(database, alice, "Year", "#año")
    await work_through(reactor)
    rows = await owner.fetch(
        "select t.slug from record_topics rt join topics t on t.id = rt.topic_id where rt.record_id = $1", note
    )
    assert [row[0] for row in rows] == ["año"]


async def test_a_topic_s_page_shows_notes_people_and_what_stands_with_it(database, reactor, owner, alice, alices):
    await alices.post("/people", {"full_name": "Tomás Silva"})
    await write(database, alice, "Lisbon", "@Tomás #travel #fado")
    await write(database, alice, "Porto", '@"Tomás Silva" #travel #fado')
    await write(database, alice, "Rails", "#travel/rail")
    await work_through(reactor)
    page = (await alices.get(f"/topics/{await topic_of(owner, 'travel')}")).text
    assert "<h1>#travel</h1>" in page
    assert {"Lisbon", "Porto"} == set(re.findall(r'<span class="row-title">([^<]*)</span>', page))
    assert re.search(r'href="/people/[^"]+">Tomás Silva</a>', page)
    assert f'href="/topics/{await topic_of(owner, "fado")}">#fado</a> <span class="soft">2</span>' in page
    assert f'href="/topics/{await topic_of(owner, "travel-rail")}">#travel/rail</a>' in page
    deeper = (await alices.get(f"/topics/{await topic_of(owner, 'travel-rail')}")).text
    assert f'<a href="/topics/{await topic_of(owner, "travel")}">travel</a>' in deeper


def test_a_path_names_what_is_above_it():
    assert paths_above("a/b/c") == ("a", "a/b")
    assert paths_above("a") == ()


async def test_the_list_of_topics_counts_is_searched_and_paged(database, reactor, alice, alices):
    await write(database, alice, "One", "#Über #alles")
    await write(database, alice, "Two", "#alles " + " ".join(f"#t{number:03}" for number in range(70)))
    await work_through(reactor)
    page = (await alices.get("/topics")).text
    assert page.index("#alles") < page.index("#t000")
    assert "2 records" in page
    assert await listed(alices, "/topics?q=uber") == {"#Über"}
    assert await listed(alices, "/topics?q=%23t01") == {f"#t01{digit}" for digit in range(10)}
    following = re.search(r'hx-get="(/topics\?after=[^"]+)"', page)[1]
    more = (await alices.get(following, **{"hx-target": "pager", "hx-request": "true"})).text
    titles = r'<span class="row-title">([^<]*)</span>'
    assert len(set(re.findall(titles, page)) | set(re.findall(titles, more))) == 72


async def test_a_renamed_topic_is_meant_by_its_old_name_too(database, reactor, owner, alice, alices):
    await write(database, alice, "Old", "#cats")
    await work_through(reactor)
    topic = await topic_of(owner, "cats")
    answer = await alices.post(f"/topics/{topic}", {"label": "Felidae", "short": "cats", "description": "Purring."})
    assert answer.headers["location"] == f"/topics/{topic}"
    await write(database, alice, "New", "#cats and #felidae")
    await work_through(reactor)
    assert [tuple(row) for row in await owner.fetch("select label, slug from topics")] == [("Felidae", "felidae")]
    assert await owner.fetchval("select content from notes where title = 'Old'") == "#cats"
    for path in ("/notes?topic=cats", "/notes?topic=felidae", "/notes?q=tag%3Acats", f"/topics/{topic}"):
        assert await listed(alices, path) == {"Old", "New"}, path
    page = (await alices.get(f"/topics/{topic}")).text
    assert "#cats" in page and "Purring." in page
    undone = await owner.fetchval("select action_id from change_log where kind = 'topic' and actor = 'person'")
    await undo_action(database, alice.id, undone, KINDS)
    assert [tuple(row) for row in await owner.fetch("select label, slug from topics")] == [("cats", "cats")]
    assert await owner.fetchval("select array_agg(slug) from topic_slugs") == ["cats"]


async def test_what_lies_below_a_topic_is_renamed_with_it(database, reactor, owner, alice, alices):
    await write(database, alice, "One", "#travel #travel/rail #travel/rail/night #traveller")
    await work_through(reactor)
    await alices.post(f"/topics/{await topic_of(owner, 'travel')}", {"label": "Journeys", "texts": "1"})
    labels = {row[0] for row in await owner.fetch("select label from topics")}
    assert labels == {"Journeys", "Journeys/rail", "Journeys/rail/night", "traveller"}
    assert await owner.fetchval("select content from notes") == (
        "#Journeys #Journeys/rail #Journeys/rail/night #traveller"
    )
    await undo_last(alices, owner)
    await work_through(reactor)
    assert {row[0] for row in await owner.fetch("select label from topics where deleted_at is null")} == {
        "travel", "travel/rail", "travel/rail/night", "traveller",
    }  # fmt: skip


async def test_texts_are_rewritten_only_where_one_asks(database, reactor, owner, alice, alices):
    text = "#cats, `#cats` and \\#cats; ## cats\n\n#cats/big #Cats."
    note = await write(database, alice, "Old", text)
    await work_through(reactor)
    topic = await topic_of(owner, "cats")
    await alices.post(f"/topics/{topic}", {"label": "City Cats", "texts": "1"})
    content = "select content from notes where id = $1"
    assert (
        await owner.fetchval(content, note) == "#city-cats, `#cats` and \\#cats; ## cats\n\n#city-cats-big #city-cats."
    )
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from topics where deleted_at is null") == 2
    await undo_last(alices, owner)
    assert await owner.fetchval(content, note) == text
    assert await owner.fetchval("select label from topics where id = $1", topic) == "cats"


def test_a_name_becomes_a_hashtag_that_means_it():
    assert [as_hashtag(label) for label in ("cats", "City Trips", "a/b", "北京")] == [
        "#cats",
        "#city-trips",
        "#a/b",
        "#北京",
    ]


@pytest.mark.parametrize("label", ["", "  ", "#", "x" * 101])
async def test_a_name_that_is_none_comes_back_in_the_form(database, reactor, owner, alice, alices, label):
    await write(database, alice, "Old", "#cats")
    await work_through(reactor)
    answer = await alices.post(f"/topics/{await topic_of(owner, 'cats')}", {"label": label, "description": "Kept."})
    assert answer.status_code == 400
    assert "Kept." in answer.text
    assert await owner.fetchval("select label || description from topics") == "cats"


async def test_a_name_that_another_has_offers_to_merge(database, reactor, owner, alice, alices):
    await write(database, alice, "One", "#cats")
    await write(database, alice, "Two", "#felidae")
    await work_through(reactor)
    answer = await alices.post(f"/topics/{await topic_of(owner, 'cats')}", {"label": "Felidae"})
    assert answer.status_code == 409
    assert 'name="into" value="felidae"' in answer.text
    assert await owner.fetchval("select count(*) from topics where slug = 'cats'") == 1


async def merged(database, reactor, owner, alice, alices):
    await write(database, alice, "One", "#cats")
    await write(database, alice, "Two", "#felidae #cats")
    await write(database, alice, "Link", "[[cats]]")
    await work_through(reactor)
    cats, felidae = await topic_of(owner, "cats"), await topic_of(owner, "felidae")
    answer = await alices.post(f"/topics/{cats}/merge", {"into": "#Felidae"})
    assert answer.headers["location"] == f"/topics/{felidae}"
    return cats, felidae


async def test_merged_topics_are_one_under_every_name(database, reactor, owner, alice, alices):
    cats, felidae = await merged(database, reactor, owner, alice, alices)
    for path in ("/notes?topic=cats", "/notes?topic=felidae", "/notes?q=tag%3Afelidae", f"/topics/{felidae}"):
        assert await listed(alices, path) == {"One", "Two"}, path
    assert (await alices.get(f"/topics/{cats}")).headers["location"] == f"/topics/{felidae}"
    assert await listed(alices, "/topics") == {"#felidae"}
    assert await owner.fetchval("select target_id from entity_links where target_name = 'cats'") == felidae
    await write(database, alice, "Three", "#cats [[cats]]")
    await work_through(reactor)
    assert await listed(alices, "/notes?topic=felidae") == {"One", "Two", "Three"}
    assert await owner.fetchval("select count(*) from topics where deleted_at is null") == 1
    two = await owner.fetchval("select id from notes where title = 'Two'")
    page = (await alices.get(f"/notes/{two}")).text
    assert page.count('class="topic" href="/topics/') == 1


async def test_a_merge_is_undone_whole(database, reactor, owner, alice, alices):
    cats, felidae = await merged(database, reactor, owner, alice, alices)
    await undo_last(alices, owner)
    assert await listed(alices, "/notes?topic=cats") == {"One", "Two"}
    assert await listed(alices, "/notes?topic=felidae") == {"Two"}
    assert await listed(alices, "/topics") == {"#cats", "#felidae"}
    assert await owner.fetchval("select target_id from entity_links where target_name = 'cats'") == cats
    assert await owner.fetchval("select array_agg(folded) from names where record_id = $1", felidae) == ["felidae"]
    await work_through(reactor)
    assert await listed(alices, "/notes?topic=cats") == {"One", "Two"}


async def test_what_was_merged_before_goes_along(database, reactor, owner, alice, alices):
    cats, felidae = await merged(database, reactor, owner, alice, alices)
    await write(database, alice, "Four", "#animals")
    await work_through(reactor)
    await alices.post(f"/topics/{felidae}/merge", {"into": "animals"})
    assert await listed(alices, "/notes?topic=cats") == {"One", "Two", "Four"}
    await undo_last(alices, owner)
    assert await listed(alices, "/notes?topic=cats") == {"One", "Two"}
    assert await owner.fetchval("select merged_into from topics where id = $1", cats) == felidae


async def test_a_merged_topic_that_is_purged_leaves_its_names_and_notes(
    database, worker_database, reactor, owner, alice, alices
):
    cats, _felidae = await merged(database, reactor, owner, alice, alices)
    async with worker_database.reading(alice.id, "purge") as connection:
        assert await delete_forever(connection, alice.id, {"topic": [cats]}, KINDS) == 1
    assert await listed(alices, "/notes?topic=cats") == {"One", "Two"}
    await write(database, alice, "Five", "#cats")
    await work_through(reactor)
    assert await listed(alices, "/notes?topic=felidae") == {"One", "Two", "Five"}


@pytest.mark.parametrize("into", ["", "nothing-like-it", "cats"])
async def test_a_merge_into_nothing_or_itself_is_refused_in_the_form(database, reactor, owner, alice, alices, into):
    await write(database, alice, "One", "#cats")
    await work_through(reactor)
    answer = await alices.post(f"/topics/{await topic_of(owner, 'cats')}/merge", {"into": into})
    assert answer.status_code == 400
    assert f'name="into" value="{into}"' in answer.text
    assert await owner.fetchval("select count(*) from topics where deleted_at is not null") == 0


async def test_a_topic_in_the_trash_is_that_of_no_note_until_it_is_written_anew(
    database, reactor, owner, alice, alices
):
    note = await write(database, alice, "One", "#cats")
    await work_through(reactor)
    topic = await topic_of(owner, "cats")
    await alices.post(f"/topics/{topic}/discard")
    assert await listed(alices, "/notes?topic=cats") == set()
    assert "/topics/" not in (await alices.get(f"/notes/{note}")).text.split("<main")[1]
    async with database.writing(alice.id) as session:
        (await session.get(Note, note)).content = "#cats, and more"
    await work_through(reactor)
    assert await owner.fetchval("select deleted_at is not null from topics where id = $1", topic)
    await write(database, alice, "Two", "#cats")
    await work_through(reactor)
    assert await listed(alices, "/notes?topic=cats") == {"One", "Two"}


async def test_a_restored_topic_has_its_notes_again(database, reactor, owner, alice, alices):
    await write(database, alice, "One", "#cats")
    await work_through(reactor)
    topic = await topic_of(owner, "cats")
    await alices.post(f"/topics/{topic}/discard")
    assert "in the trash" in (await alices.get(f"/topics/{topic}")).text
    await alices.post(f"/topics/{topic}/restore")
    assert await listed(alices, "/notes?topic=cats") == {"One"}


@pytest.mark.parametrize("deed", ["", "/merge", "/discard", "/restore"])
async def test_another_person_s_topic_is_not_there(database, reactor, owner, alice, alices, bobs, deed):
    await write(database, alice, "One", "#cats #dogs")
    await work_through(reactor)
    topic = await topic_of(owner, "cats")
    answer = await bobs.post(f"/topics/{topic}{deed}", {"label": "mine", "into": "dogs"})
    assert answer.status_code == 404
    assert await owner.fetchval("select max(version) from topics") == 1
