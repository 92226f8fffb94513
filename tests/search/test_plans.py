"""A search reads the rows of whoever asks, however many others live in the house."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from app.kinds import KINDS
from app.ports.embedding import WordHashEmbedder
from app.search.finding import find
from app.search.queries import COSINES, NEAREST
from tests.conftest import ask_model, work_through

OTHERS = 400
READ = """
select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
 where relname in ('record_words', 'passages', 'vectors', 'names')"""

KEPT_PLANS = "select statement, generic_plans from pg_prepared_statements where statement = any($1)"


@pytest.fixture
async def crowded(database, reactor, owner, alice, bob):
    """Bob has a hundred times what Alice has, in the same words."""
    for person, count in ((alice, 4), (bob, OTHERS)):
        async with database.reading(person.id, "import") as connection:
            await connection.executemany(
                "insert into notes (user_id, title, content) values ($1, $2, 'bread and butter and the harbour')",
                [(person.id, f"Bread {number}") for number in range(count)],
            )
    await work_through(reactor)
    await owner.execute("vacuum analyze")


async def count_read(owner) -> dict[str, int]:
    await owner.execute("select pg_stat_clear_snapshot()")
    return dict(await owner.fetch(READ))


@pytest.mark.parametrize(
    "q", ["bread and the harbour ", "brea", '"bread and butter"', "bread -nothing ", "kind:note bread "]
)
async def test_nobody_pays_for_the_rows_of_others(database, owner, alice, crowded, q):
    before = await count_read(owner)
    async with database.reading(alice.id) as connection:
        # A table of a few pages is read whole whatever its indexes; this one stands for a large one.
        await connection.execute("set local enable_seqscan = off")
        question = await ask_model(connection, q)
        assert question
        answer = await find(connection, q, KINDS, datetime.now(UTC), "UTC", question)
        await connection.execute("select pg_stat_force_next_flush()")
    assert len(answer.rows) == 4
    read = {table: count - before[table] for table, count in (await count_read(owner)).items()}
    assert all(count < OTHERS / 2 for count in read.values()), read


async def test_nobody_is_answered_by_a_plan_that_was_made_for_somebody_else(database, alice, crowded):
    """A connection keeps a plan after five turns, and has it at hand for whoever comes next."""
    async with database.reading(alice.id) as connection:
        question = await ask_model(connection, "bread")
        for _ in range(8):
            await find(connection, "bread ", KINDS, datetime.now(UTC), "UTC", question)
        kept = await connection.fetch(KEPT_PLANS, [NEAREST, COSINES])
    assert len(kept) == 2
    assert {row["generic_plans"] for row in kept} == {0}


async def test_a_plan_for_meaning_reads_one_person_s_vectors_by_their_index(database, owner, alice, crowded):
    async with database.reading(alice.id) as connection:
        await connection.execute("set local enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(
            "explain select text_hash from vectors where model_id = 1 order by embedding <=> $1 limit 5",
            WordHashEmbedder().embed_query("bread"),
        ))  # fmt: skip
    assert "Seq Scan on vectors" not in plan, plan


async def test_meaning_is_looked_for_in_the_index_alone_before_anything_is_measured(database, owner, alice, crowded):
    await owner.execute("vacuum analyze vectors")
    async with database.reading(alice.id) as connection:
        await connection.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
        question = await ask_model(connection, "bread")
        assert question
        plan = "\n".join(row[0] for row in await connection.fetch(
            "explain " + NEAREST, question.vector, question.model_id, "current", 800, 400
        ))  # fmt: skip
    assert re.search(r"Index Only Scan using vectors_pkey on vectors.*\n *Index Cond: \(\(user_id = ", plan), plan
    assert "Seq Scan on vectors" not in plan, plan
