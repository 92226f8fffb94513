"""A night in which the house counts what it learned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.sleeping import Stretch
from app.kinds import KINDS
from app.learning.counting import LEARN
from app.learning.reading import Learned, read_learned
from tests.conftest import work_through, write
from tests.inbox.conftest import catch  # noqa: F401

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""


async def no_meaning(_connection):
    return None


async def count_anew(database, person, zone: str = "UTC") -> int:
    """All the steps of a night; how many rows were looked at."""
    cursor, rows = {}, 0
    while cursor is not None:
        async with database.reading(person.id, "sleep") as connection:
            stretch = Stretch(person.id, NOW, NOW.date(), zone, 0, 0, cursor, no_meaning)
            step = await LEARN.step(connection, stretch)
        cursor, rows = step.cursor, rows + step.rows
    return rows


async def see(database, person) -> list[Learned]:
    async with database.reading(person.id) as connection:
        return await read_learned(connection, KINDS)


@pytest.fixture
def learn(worker_database, database, reactor, alice):
    """What is known of Alice after a night, by category and what it is about: the value."""

    async def look(category: str, zone: str = "UTC") -> dict[str, str]:
        await work_through(reactor)
        await count_anew(worker_database, alice, zone)
        found = [one for one in await see(database, alice) if one.category == category and one.state != "forgotten"]
        return {one.about or one.key: one.value for one in found}

    return look


@pytest.fixture
def put(database, alice):
    """So many notes, each a day before the other, at that hour of a working day."""

    async def put_notes(times: int, content: str = "", *, hour: int = 9, person=alice, title="Note", **columns):
        made, day = [], NOW
        for nth in range(times):
            day -= timedelta(days=1 + 2 * (day.weekday() == 0))
            at = day.replace(hour=hour)
            made.append(await write(
                database, person, f"{title} {nth}", content, **{"created_at": at, "updated_at": at, **columns}
            ))  # fmt: skip
        return made

    return put_notes


@pytest.fixture
def person_named(database, alice):
    async def make(name: str, person=alice):
        async with database.reading(person.id) as connection:
            return await connection.fetchval(
                "insert into contacts (user_id, full_name) values ($1, $2) returning id", person.id, name
            )

    return make


@pytest.fixture
def folder_named(database, alice):
    async def make(name: str, person=alice):
        async with database.reading(person.id) as connection:
            return await connection.fetchval(
                "insert into folders (user_id, name) values ($1, $2) returning id", person.id, name
            )

    return make
