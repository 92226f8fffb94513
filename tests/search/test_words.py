"""Words: weighed by BM25, found however they are spelled and in whatever script, with a language's stems or without."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.kinds import KINDS
from app.search.counting import attend_words
from app.search.finding import find
from tests.conftest import write


async def find_titles(database, person, q: str) -> list[str]:
    async with database.reading(person.id) as connection:
        answer = await find(connection, q, KINDS, datetime.now(UTC), "UTC")
    return [row["title"] for row in answer.rows]


async def choose(database, worker_database, person, language: str, stems: str | None = None) -> None:
    async with database.reading(person.id) as connection:
        await connection.execute(
            "update users set search_language = $1, search_stems = coalesce($2, search_stems)", language, stems
        )
    await attend_words(worker_database)


async def test_a_rare_word_weighs_more_than_a_common_one(database, alice):
    for number in range(12):
        await write(database, alice, f"Bread {number}", "bread and butter")
    await write(database, alice, "Rye", "rye")
    await write(database, alice, "Both", "bread of something")
    assert (await find_titles(database, alice, "bread rye "))[0] == "Rye"


async def test_what_is_in_the_title_weighs_more_than_what_is_in_the_text(database, alice):
    await write(database, alice, "Something", "the lighthouse keeper")
    await write(database, alice, "The lighthouse keeper", "something")
    assert (await find_titles(database, alice, "keeper "))[0] == "The lighthouse keeper"


async def test_a_short_text_is_found_before_a_long_one_that_says_it_as_often(database, alice):
    await write(database, alice, "Long", "harbour " + "and other words about nothing in particular " * 30)
    await write(database, alice, "Short", "harbour at night")
    assert (await find_titles(database, alice, "harbour "))[0] == "Short"


@pytest.mark.parametrize(
    ("text", "q"),
    [
        ("call getUserName() first", "getUserName"),
        ("call getUserName() first", "user name"),
        ("set max_connections = 60", "max_connections"),
        ("set max_connections = 60", "connections"),
        ("order XK-2301/b today", "XK-2301/b"),
        ("order XK-2301/b today", "xk 2301"),
        ("mail ana.lima@example.org", "ana.lima@example.org"),
        ("see https://example.org/a/b?c=d", "example.org/a/b"),
        ("in app/search/finding.py", "finding.py"),
        ("we wrote it in C++ then", "C++"),
        ("we wrote it in C# then", "c#"),
        ("version 1.2.3 is out", "1.2.3"),
        ("it’s Zoë’s café", "zoe cafe"),
        ("Straße in Łódź", "strasse lodz"),
        ("東京大学の図書館", "大学"),
        ("東京大学の図書館", "図書館"),
        ("東京大学の図書館", "館"),
        ("我们昨天去了长城", "长城"),
        ("서울에서 만나자", "서울"),
        ("ร้านอาหารไทย", "อาหาร"),
        ("हिन्दी में लिखा", "हिन्दी"),
        ("كتاب قديم", "كتاب"),
    ],
)
async def test_what_was_written_is_found(database, alice, text, q):
    await write(database, alice, "It", text)
    await write(database, alice, "Other", "nothing to do with that")
    assert await find_titles(database, alice, q) == ["It"]


async def test_c_and_c_plus_plus_are_two_languages(database, alice):
    await write(database, alice, "Plus", "written in C++")
    await write(database, alice, "Sharp", "written in C#")
    assert await find_titles(database, alice, "C++ ") == ["Plus"]
    assert await find_titles(database, alice, "C# ") == ["Sharp"]


async def test_a_phrase_of_a_script_without_blanks_stands_as_it_is_written(database, alice):
    await write(database, alice, "Yes", "東京大学の図書館")
    await write(database, alice, "No", "大学は東京にある")
    assert await find_titles(database, alice, '"東京大学"') == ["Yes"]


async def test_stems_are_a_choice(database, worker_database, alice):
    await write(database, alice, "Houses", "They were running along the houses.")
    assert await find_titles(database, alice, "ran house runs ") == []
    await choose(database, worker_database, alice, "english", "english")
    assert await find_titles(database, alice, "house runs ") == ["Houses"]
    assert await find_titles(database, alice, '"the house"') == []
    assert await find_titles(database, alice, '"the houses"') == ["Houses"]
    await choose(database, worker_database, alice, "simple", "simple")
    assert await find_titles(database, alice, "house runs ") == []


async def test_a_text_written_after_the_choice_has_its_stems_at_once(database, worker_database, alice):
    await choose(database, worker_database, alice, "german", "german")
    await write(database, alice, "Häuser", "Alte Häuser am Fluss")
    assert await find_titles(database, alice, "haus ") == ["Häuser"]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("english", ["The cat and the dog with that of this.", "And this is the end of it with that."]),
        ("german", ["Der Hund und das Haus ist nicht mit.", "Und das ist der Anfang, nicht mit mir."]),
        ("simple", ["Kissa koira talo", "lintu kala vesi"]),
    ],
)
async def test_a_language_is_detected_from_what_is_written(database, worker_database, alice, language, texts):
    for number in range(12):
        for text in texts:
            await write(database, alice, f"Note {number}", text)
    await choose(database, worker_database, alice, "auto")
    await choose(database, worker_database, alice, "auto")
    async with database.reading(alice.id) as connection:
        assert await connection.fetchval("select search_stems from users") == language


async def test_the_beginning_of_a_word_finds_it_while_it_is_typed(database, alice):
    await write(database, alice, "Harbour", "boats")
    assert await find_titles(database, alice, "boa") == ["Harbour"]
    assert await find_titles(database, alice, "boa ") == []


async def test_what_is_counted_does_not_change_what_is_found(database, worker_database, alice):
    """Beyond what is looked up at once, common words are weighed for the best of the rest only."""
    for number in range(40):
        await write(database, alice, f"Note {number}", "the common words and " + "rare " * (number % 3))
    before = await find_titles(database, alice, "the rare words ")
    await attend_words(worker_database)
    assert await find_titles(database, alice, "the rare words ") == before
    async with database.reading(alice.id) as connection:
        assert await connection.fetchval("select records from vocabulary where word = 'common' and is_stem") == 40
        assert await connection.fetchval("select records from word_statistics") >= 40
