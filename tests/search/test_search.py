"""Search: own words first, meaning beside them, nothing of others, nothing that was discarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.kinds import KINDS
from app.ports.models import Models
from app.search.finding import find
from app.search.snippets import make_snippet
from tests.conftest import ask_model, work_through, write


async def titles(database, person, q: str, *, meaning: bool = True) -> list[str]:
    async with database.reading(person.id) as connection:
        question = await ask_model(connection, q) if meaning else None
        answer = await find(connection, q, KINDS, datetime.now(UTC), "UTC", question)
    return [row["title"] for row in answer.rows]


async def test_an_exact_title_comes_first(database, reactor, alice):
    await write(database, alice, "Bread and more bread", "bread bread bread bread")
    await write(database, alice, "Bread")
    await work_through(reactor)
    assert (await titles(database, alice, "bread"))[0] == "Bread"


async def test_a_question_does_not_die_of_and(database, reactor, alice):
    await write(database, alice, "Sourdough", "How the starter is fed every morning.")
    await work_through(reactor)
    assert await titles(database, alice, "what do I feed my starter in the morning", meaning=False) == ["Sourdough"]


async def test_more_of_the_words_weigh_more_than_one_of_them_often(database, reactor, alice):
    await write(database, alice, "One", "salt salt salt salt salt")
    await write(database, alice, "Both", "salt for the bread we bake")
    await work_through(reactor)
    assert (await titles(database, alice, "bread salt", meaning=False))[0] == "Both"


@pytest.mark.parametrize("q", ["Café", "cafe", "CAFÉ", "caf"])
async def test_accents_case_and_unfinished_words_are_understood(database, reactor, alice, q):
    await write(database, alice, "Trip", "We sat in a café.")
    await work_through(reactor)
    assert await titles(database, alice, q, meaning=False) == ["Trip"]


async def test_a_phrase_and_an_exclusion_are_obeyed(database, reactor, alice):
    await write(database, alice, "One", "old bread and new salt")
    await write(database, alice, "Two", "old salt and new bread")
    await work_through(reactor)
    assert await titles(database, alice, '"old bread"', meaning=False) == ["One"]
    assert await titles(database, alice, "bread -salt", meaning=False) == []


async def test_an_empty_phrase_takes_no_need_away(database, reactor, alice):
    await write(database, alice, "One", "old bread and new salt")
    await write(database, alice, "Two", "old salt and new bread")
    await work_through(reactor)
    assert await titles(database, alice, '"old bread" "—" -"!"', meaning=False) == ["One"]


@pytest.mark.parametrize("q", ["'", '"', "\\", ":*", "& | !", "-", "<script>", "a:b", "%", "(", "''", '-"', "😀"])
async def test_no_query_breaks_the_search(alices, q):
    assert (await alices.get("/search?" + str(__import__("httpx").QueryParams({"q": q})))).status_code == 200


async def test_nobody_finds_what_is_another_s(database, reactor, alice, bob):
    await write(database, bob, "Secret bread", "bread")
    await work_through(reactor)
    assert await titles(database, alice, "bread") == []


async def test_what_was_discarded_is_not_found_and_what_was_archived_is_when_asked_for(database, reactor, alice):
    await write(database, alice, "Kept bread")
    for column in ("deleted_at", "archived_at"):
        note = await write(database, alice, f"{column} bread")
        async with database.reading(alice.id) as connection:
            statement = {"deleted_at": "update notes set deleted_at = now() where id = $1",
                         "archived_at": "update notes set archived_at = now() where id = $1"}[column]  # fmt: skip
            await connection.execute(statement, note)
    await work_through(reactor)
    assert await titles(database, alice, "bread") == ["Kept bread"]
    assert await titles(database, alice, "bread is:archived") == ["archived_at bread"]
    assert await titles(database, alice, "is:archived") == ["archived_at bread"]


async def test_without_a_model_words_still_answer(settings, database, alice, alices, application):
    await write(database, alice, "Bread")
    given = application.dependencies["shared"]
    without = replace(given.dependency(), models=Models(None))
    given.dependency = lambda: without
    page = await alices.get("/search?q=bread")
    assert "Bread" in page.text


def test_a_snippet_marks_words_and_never_breaks_out():
    snippet = make_snippet("before <script>alert(1)</script> the bréad after", "bread")
    assert "<mark>bréad</mark>" in snippet
    assert "<script" not in snippet
