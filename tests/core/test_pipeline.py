"""The pipeline loses nothing and holds back nobody."""

from __future__ import annotations

import asyncio

import asyncpg

from app.core.database import Database
from app.core.pipeline import MOST_ATTEMPTS, count_work, fail_work, finish_work, lease_work, release_leases
from app.ports.embedding import WordHashEmbedder
from app.ports.models import Models
from app.reactions import Reactor
from tests.conftest import Person, work_through, write


async def lease(database: Database, worker: str, at_most: int = 10, seconds: int = 60):
    async with database.anonymous() as connection:
        return await lease_work(connection, "index", worker, at_most, seconds)


async def finish(database: Database, user_id, works) -> None:
    async with database.reading(user_id, "hearth") as connection:
        await finish_work(connection, "index", works)


async def test_every_write_queues_each_slot_once(database: Database, owner: asyncpg.Connection, alice: Person):
    note = await write(database, alice, "One")
    async with database.reading(alice.id) as connection:
        for number in range(5):
            await connection.execute("update notes set content = $2 where id = $1", note, f"text {number}")
    rows = await owner.fetch("select slot, count(*) from pipeline where record_id = $1 group by slot", note)
    assert {row[0]: row[1] for row in rows} == {"index": 1, "connect": 1, "heat": 1, "react": 1}


async def test_two_workers_never_hold_the_same_record(database: Database, worker_database: Database, alice: Person):
    for number in range(20):
        await write(database, alice, f"Note {number}")
    first, second = await asyncio.gather(lease(worker_database, "a"), lease(worker_database, "b"))
    assert first and second
    assert not {work.record_id for work in first} & {work.record_id for work in second}


async def test_a_lease_that_ran_out_is_taken_again(database: Database, worker_database: Database, alice: Person):
    await write(database, alice, "One")
    held = await lease(worker_database, "dead", seconds=0)
    again = await lease(worker_database, "living")
    assert {work.record_id for work in held} == {work.record_id for work in again}


async def test_a_lease_of_a_dead_worker_is_given_back(database: Database, worker_database: Database, alice: Person):
    await write(database, alice, "One")
    held = await lease(worker_database, "dead")
    assert not await lease(worker_database, "living")
    async with worker_database.anonymous() as connection:
        await release_leases(connection, ["dead"])
    assert len(await lease(worker_database, "living")) == len(held)


async def test_work_that_moved_on_is_not_done(database: Database, worker_database: Database, alice: Person):
    note = await write(database, alice, "One")
    works = await lease(worker_database, "a")
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'newer' where id = $1", note)
    await finish(worker_database, alice.id, works)
    left = await lease(worker_database, "a")
    assert [work.record_id for work in left] == [note]
    assert left[0].attempts == 1


async def test_a_failing_record_is_put_off_and_then_parked_with_its_error(
    database: Database, worker_database: Database, owner: asyncpg.Connection, alice: Person
):
    await write(database, alice, "One")
    for _attempt in range(MOST_ATTEMPTS):
        works = await lease(worker_database, "a")
        async with worker_database.reading(alice.id, "hearth") as connection:
            for work in works:
                await fail_work(connection, "index", work, "ValueError: no")
        assert await owner.fetchval("select bool_and(due_at > now()) from pipeline where slot = 'index'")
        await owner.execute("update pipeline set due_at = now()")
    assert not await lease(worker_database, "a")
    async with worker_database.reading(alice.id) as connection:
        counts = await count_work(connection)
        assert counts["index"]["parked"] == len(works)
    assert await owner.fetchval("select error from pipeline where slot = 'index' limit 1") == "ValueError: no"


async def test_a_person_s_write_goes_before_the_backlog_of_an_import(
    database: Database, worker_database: Database, alice: Person
):
    async with database.reading(alice.id, "import") as connection:
        await connection.execute(
            "insert into notes (user_id, title) select $1, 'old ' || n from generate_series(1, 50) n", alice.id
        )
    mine = await write(database, alice, "Mine")
    works = await lease(worker_database, "a", at_most=2)
    assert mine in {work.record_id for work in works}


class ChokingEmbedder(WordHashEmbedder):
    def embed_documents(self, texts):
        if any("poison" in text for text in texts):
            raise RuntimeError("cannot take this")
        return super().embed_documents(texts)


async def test_a_bad_record_holds_back_no_other(
    database: Database, worker_database: Database, owner: asyncpg.Connection, alice: Person
):
    bad = await write(database, alice, "Bad", "poison")
    good = [await write(database, alice, f"Good {number}", "bread") for number in range(5)]
    await work_through(Reactor(worker_database, Models(ChokingEmbedder()), "tests"))
    waiting = {row[0] for row in await owner.fetch("select record_id from pipeline")}
    assert waiting == {bad}
    assert await owner.fetchval("select error from pipeline where slot = 'index'") == "RuntimeError: cannot take this"
    indexed = {row[0] for row in await owner.fetch("select distinct record_id from passages")}
    assert set(good) <= indexed


class BrokenEmbedder(WordHashEmbedder):
    def embed_documents(self, texts):
        return super().embed_documents(texts) * float("nan")


async def test_vectors_that_are_no_numbers_are_never_stored(
    database: Database, worker_database: Database, owner: asyncpg.Connection, alice: Person
):
    await write(database, alice, "One", "bread")
    await work_through(Reactor(worker_database, Models(BrokenEmbedder()), "tests"))
    assert await owner.fetchval("select count(*) from passages") == 0
    assert await owner.fetchval("select count(*) from pipeline where slot = 'index' and error is not null") > 0


async def test_a_repeated_reaction_changes_nothing(
    database: Database, reactor: Reactor, owner: asyncpg.Connection, alice: Person
):
    await write(database, alice, "One", "[[Two]] #topic @Ana bread")
    await work_through(reactor)
    tables = ("entity_links", "passages", "record_heat", "record_topics", "topics")
    before = {table: await owner.fetch(f"select * from {table} order by 1, 2") for table in tables}  # noqa: S608
    await owner.execute(
        "insert into pipeline (record_id, slot, user_id, seq) select r.id, s.slot, r.user_id, "
        "(select max(seq) from change_log c where c.record_id = r.id) "
        "from records r, unnest(array['index', 'connect', 'heat']) s(slot)"
    )
    await work_through(reactor)
    after = {table: await owner.fetch(f"select * from {table} order by 1, 2") for table in tables}  # noqa: S608
    for table in tables:
        assert before[table] == after[table], table
