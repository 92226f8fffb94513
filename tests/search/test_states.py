"""Whatever was done to whose records: only what is there, current and one's own is ever found, completed or counted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.database import Database
from app.kinds import KINDS
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from app.search.asking import read_query
from app.search.completing import complete
from app.search.counting import attend_words
from app.search.filters import all_filters
from app.search.finding import find
from app.search.near import find_near
from app.search.suggesting import suggest
from tests.conftest import ask_model, make_person, work_through, write

WORDS = ["harbour", "kettle", "winter", "Zoë", "図書館"]
DEEDS = {
    "archive": "update notes set archived_at = now() where id = $1",
    "unarchive": "update notes set archived_at = null where id = $1",
    "discard": "update notes set deleted_at = now() where id = $1",
    "restore": "update notes set deleted_at = null where id = $1",
    "reword": "update notes set title = 'Kettle', content = 'kettle #winter' where id = $1",
    "delete": "delete from notes where id = $1",
}
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
notes = st.lists(st.tuples(st.booleans(), texts, texts), min_size=1, max_size=6)
deeds = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(sorted(DEEDS))), max_size=8)
QUERIES = [*WORDS, "harbour kettle", '"kettle"', "kettle -winter", "is:archived", "is:archived kettle", "kind:note",
           "tag:winter", "kind:note kettle", "ketle", "harbuor", "is:archived wintr"]  # fmt: skip
BEGINNINGS = ["tag:", "linked:", "person:", "in:", "linked:k"]


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(made=notes, done=deeds)
def test_nothing_but_what_is_there_and_one_s_own_is_found(made, done, settings):
    asyncio.run(live_and_search(made, done, settings))


async def live_and_search(made, done, settings) -> None:
    database, worker = Database(settings.app_database_url), Database(settings.worker_database_url)
    owner = await asyncpg.connect(settings.database_url)
    try:
        people = [await make_person(owner, f"P{uuid4().hex}") for _ in range(2)]
        ids = [(people[mine], await write(database, people[mine], title, f"{text} #{text.split()[0]}"))
               for mine, title, text in made]  # fmt: skip
        reactor = Reactor(worker, Models(make_embedder("fake")), "tests")
        for number, deed in done:
            person, note = ids[number % len(ids)]
            async with database.reading(person.id) as connection:
                await connection.execute(DEEDS[deed], note)
            if number % 2:
                await work_through(reactor)
                await attend_words(worker)
        await work_through(reactor)
        for person in people:
            await look(database, owner, person)
    finally:
        for door in (database, worker, owner):
            await door.close()


async def look(database: Database, owner: asyncpg.Connection, person) -> None:
    shelves = {
        "current": await _ids(owner, person, "deleted_at is null and archived_at is null"),
        "archived": await _ids(owner, person, "deleted_at is null and archived_at is not null"),
    }
    async with database.reading(person.id) as connection:
        for q in QUERIES:
            allowed = shelves["archived" if "is:archived" in q else "current"]
            for question in (None, await ask_model(connection, q)):
                answer = await find(connection, q, KINDS, datetime.now(UTC), "UTC", question)
                assert {row["id"] for row in answer.rows} <= allowed, q
                assert set(answer.passages) <= allowed, q
                for word in (await suggest(connection, answer)).lower().split() if question is None else ():
                    assert word in {"is:archived", "kind:note"} or await _ids(
                        owner, person, f"id = any($2) and title || ' ' || content ~* '{word}'", "notes", allowed
                    ), (q, word)
        words = await find(connection, "kettle ", KINDS, datetime.now(UTC), "UTC")
        assert {row["id"] for row in words.rows} >= await _ids(
            owner, person, "deleted_at is null and archived_at is null and content ~* '(^|[^a-z])kettle'", "notes"
        )
        names = {row[0] for row in await connection.fetch(
            "select name from names join records r on r.id = record_id "
            "where r.deleted_at is null and r.archived_at is null union select name from folders")}  # fmt: skip
        for q in BEGINNINGS:
            asked = read_query(q, {one.name for one in all_filters(KINDS)})
            for completion in await complete(connection, asked, q, KINDS):
                assert completion.text.partition(":")[2].strip('"') in names, completion
        for note in shelves["current"]:
            assert {row["id"] for row in await find_near(connection, Models(make_embedder("fake")), note)} <= shelves[
                "current"
            ]


async def _ids(owner: asyncpg.Connection, person, where: str, table: str = "records", *more) -> set:
    rows = await owner.fetch(f"select id from {table} where user_id = $1 and {where}", person.id, *more)  # noqa: S608
    return {row[0] for row in rows}
