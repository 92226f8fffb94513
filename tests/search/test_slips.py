"""Names that are what was typed with a slip of the finger, in a house where many are alike."""

from __future__ import annotations

import random

import pytest

from app.search.slips import find_near_names

FIRST = ["Garden", "Harbour", "Kitchen", "Letter", "Morning", "Winter", "Window", "Bicycle", "Journey", "Orchard"]
SECOND = ["plan", "notes", "budget", "meeting", "ideas", "photos", "costs", "recipes", "repairs", "walk"]
TITLES = [f"{first} {second} {year}" for first in FIRST for second in SECOND for year in range(2010, 2026)]


@pytest.fixture
async def titles(database, alice):
    async with database.reading(alice.id, "import") as connection:
        await connection.executemany(
            "insert into notes (user_id, title, content) values ($1, $2, '')", [(alice.id, title) for title in TITLES]
        )


def slip(chance: random.Random, title: str) -> str:
    """A letter wrong, left out, put in, or changed places with the next."""
    at, letter = chance.randrange(len(title) - 1), chance.choice("aeioulnrst")
    before, here, after = title[:at], title[at], title[at + 1 :]
    return before + chance.choice([letter + after, after, letter + here + after, after[0] + here + after[1:]])


async def test_one_slip_anywhere_still_leads_to_nearly_every_name(database, alice, titles):
    chance = random.Random(5)
    missed = []
    async with database.reading(alice.id) as connection:
        for title in chance.sample(TITLES, 100):
            typed = slip(chance, title)
            near = await find_near_names(connection, typed, 10)
            if title not in [row["name"] for row in near]:
                missed.append((typed, title))
    assert len(missed) <= 2, missed


async def test_what_holds_but_one_piece_is_found_where_nothing_holds_two(database, alice):
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into notes (user_id, title, content) values ($1, 'Straßenbahnhaltestelle', '')", alice.id
        )
        near = await find_near_names(connection, "Strasenbahnhaltestele", 10)
        assert [row["name"] for row in near] == ["Straßenbahnhaltestelle"]
        assert await find_near_names(connection, "Bahnhofshaltepunkt", 10) == []


async def test_neither_what_is_somebody_else_s_nor_what_is_in_the_trash_is_found(database, alice, bob, titles):
    async with database.reading(bob.id) as connection:
        assert not await find_near_names(connection, "Garden plen 2012", 10)
    async with database.reading(alice.id) as connection:
        assert await find_near_names(connection, "Garden plen 2012", 10)
        await connection.execute("update notes set deleted_at = now()")
        assert not await find_near_names(connection, "Garden plen 2012", 10)
