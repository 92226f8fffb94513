"""“Did you mean”: only of words that stand in what may be shown, and only where a word is held by nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.kinds import KINDS
from app.search.finding import find
from app.search.suggesting import suggest
from tests.conftest import work_through, write


@pytest.fixture
async def garden(database, reactor, worker_database, owner, alice, bob):
    async def grow(person, *texts: str) -> None:
        for number, text in enumerate(texts):
            await write(database, person, f"{person.name} {number}", text)
        await work_through(reactor)
        async with worker_database.reading(person.id, "hearth") as connection:
            await connection.execute("select gate_count_words()")

    await grow(
        alice, "quince marmalade", "quince jelly", "marmalade of oranges", "the harbour at night", "a harbour wall"
    )
    await grow(bob, "persimmon cake", "persimmon tree")


async def meant(database, person, q: str) -> str:
    async with database.reading(person.id) as connection:
        return await suggest(connection, await find(connection, q, KINDS, datetime.now(UTC), "UTC"))


async def test_a_slip_is_taken_for_the_word_of_one_s_own_that_is_like_it(database, garden, alice):
    for q, wanted in (
        ("quicne", "quince"),
        ("qiunce", "quince"),
        ("uqince", "quince"),
        ("quinces jelly", "quince jelly"),
        ("mamralade", "marmalade"),
        ("marmelate", "marmalade"),
        ("kind:note harbor -wall", 'kind:note harbour -"wall"'),
        ('jelly quinze "of oranges"', 'jelly quince "of oranges"'),
    ):
        assert await meant(database, alice, q) == wanted, q


async def test_nothing_is_guessed_where_nothing_is_like_it(database, garden, alice):
    for q in ("quince", "qui", "zeppelin", "quince zeppelin", "persimon", "C++", '"quicne jelly"', "is:hot"):
        assert await meant(database, alice, q) == "", q


async def test_what_was_put_away_since_it_was_counted_is_not_offered(database, garden, owner, alice, bob):
    assert await meant(database, bob, "persimon") == "persimmon"
    await owner.execute("update notes set archived_at = now() where user_id = $1", bob.id)
    assert await meant(database, bob, "persimon") == ""
    assert await meant(database, bob, "is:archived persimon") == "is:archived persimmon"
    await owner.execute("update notes set archived_at = null, deleted_at = now() where user_id = $1", bob.id)
    assert await meant(database, bob, "persimon") == ""


async def test_the_page_offers_it(alices, garden):
    page = (await alices.get("/search?q=quicne")).text
    assert '<a href="/search?q=quince">quince</a>' in page
    assert "Did you mean" not in (await alices.get("/search?q=quince")).text
