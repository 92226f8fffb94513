"""Records fall from tier to tier on the days that the formula gives, and nothing else is touched as time goes by."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.heat.warming import cool_records, warm_opened
from app.heat.warmth import CREATE, HOT, WARM, add_weight, coarse_tier, cools_at, score
from tests.conftest import work_through, write

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@given(st.floats(0.1, 30), st.sampled_from([HOT, WARM]))
def test_it_cools_when_it_was_said_to(weight, bound):
    warmth = add_weight(None, weight, NOW)
    moment = cools_at(warmth, bound)
    assert score(warmth, moment) == pytest.approx(bound, abs=1e-6)


@given(st.lists(st.tuples(st.sampled_from([1.3, 0.8, 0.4]), st.integers(0, 2000)), min_size=2, max_size=30))
def test_tiers_never_rise_by_themselves(touches):
    warmth = None
    for weight, hours in touches:
        warmth = add_weight(warmth, weight, NOW + timedelta(hours=hours))
    order = {"cold": 0, "warm": 1, "hot": 2}
    ranks = [order[coarse_tier(score(warmth, NOW + timedelta(hours=2000 + day * 24)))] for day in range(60)]
    assert ranks == sorted(ranks, reverse=True)


async def tier_of(owner, note) -> str:
    return await owner.fetchval("select tier from record_heat where record_id = $1", note)


async def test_a_record_that_was_only_made_falls_on_the_computed_days(database, worker_database, reactor, owner, alice):
    note = await write(database, alice, "New")
    await work_through(reactor)
    made = datetime.now(UTC)
    told = {}
    for day in range(22):
        async with worker_database.anonymous() as connection:
            await cool_records(connection, made + timedelta(days=day))
        told[day] = await tier_of(owner, note)
    expected = {
        day: coarse_tier(score(add_weight(None, CREATE, made), made + timedelta(days=day))) for day in range(22)
    }
    assert told == expected
    assert (told[0], told[1], told[14], told[21]) == ("hot", "warm", "warm", "cold")


async def test_cooling_touches_only_what_changes_its_tier(database, worker_database, reactor, owner, alice, bob):
    for person in (alice, bob):
        await write(database, person, "New")
    async with database.reading(alice.id, "import") as connection:
        await connection.execute(
            "insert into notes (user_id, title, created_at, updated_at) values ($1, 'Old', $2, $2)",
            alice.id, datetime(2020, 5, 1, tzinfo=UTC),
        )  # fmt: skip
    await work_through(reactor)
    rows = dict(await owner.fetch("select record_id, xmin::text from record_heat"))
    async with worker_database.anonymous() as connection:
        assert await cool_records(connection, datetime.now(UTC)) == 0
        assert dict(await owner.fetch("select record_id, xmin::text from record_heat")) == rows
        assert await cool_records(connection, datetime.now(UTC) + timedelta(days=2)) == 2
        assert await cool_records(connection, datetime.now(UTC) + timedelta(days=3)) == 0


async def test_others_may_react_when_a_record_cools(database, worker_database, reactor, owner, alice):
    note = await write(database, alice, "New")
    await work_through(reactor)
    async with worker_database.anonymous() as connection:
        await cool_records(connection, datetime.now(UTC) + timedelta(days=2))
    assert await owner.fetchval("select slot from pipeline where record_id = $1", note) == "react"
    await work_through(reactor)
    assert not await owner.fetchval("select count(*) from pipeline")


async def test_opens_at_the_same_time_lose_no_warmth(database, reactor, owner, alice):
    notes = [await write(database, alice, f"Note {number}") for number in range(3)]
    await work_through(reactor)

    async def open_one(note) -> None:
        async with database.reading(alice.id) as connection:
            await warm_opened(connection, alice.id, note)

    await owner.execute("update record_heat set opened_at = null")
    await asyncio.gather(*[open_one(note) for note in notes for _ in range(5)])
    for note in notes:
        causes = await owner.fetch("select reason, weight, at from attention where record_id = $1 order by id", note)
        assert [cause["reason"] for cause in causes] == ["create", "open"]
        warmth = None
        for cause in causes:
            warmth = add_weight(warmth, cause["weight"], cause["at"])
        kept = await owner.fetchval("select warmth from record_heat where record_id = $1", note)
        assert kept == pytest.approx(warmth, abs=1e-9)


async def test_an_explanation_says_what_warmed_it_and_when_it_cools(alices, database, reactor, alice):
    note = await write(database, alice, "New")
    await work_through(reactor)
    page = (await alices.get(f"/records/{note}/heat")).text
    assert "Made on" in page
    assert "Untouched, it stays hot until" in page
    assert "Untouched, it is cold from" in page


async def test_what_was_once_hot_and_is_cold_is_remembered(alices, database, reactor, owner, alice):
    long_ago = datetime.now(UTC) - timedelta(days=300)
    for title, weights in (("Loved", [1.3, 0.8, 0.8, 0.4]), ("Seen once", [1.3])):
        async with database.reading(alice.id, "import") as connection:
            note = await connection.fetchval(
                "insert into notes (user_id, title, created_at, updated_at) values ($1, $2, $3, $3) returning id",
                alice.id, title, long_ago,
            )  # fmt: skip
            for weight in weights[1:]:
                await connection.execute(
                    "insert into attention (user_id, record_id, reason, weight, at) values ($1, $2, 'edit', $3, $4)",
                    alice.id, note, weight, long_ago,
                )  # fmt: skip
    await work_through(reactor)
    page = (await alices.get("/heat")).text
    forgotten = page.partition("Forgotten, but once hot")[2]
    assert "Loved" in forgotten
    assert "Seen once" not in forgotten


async def test_nobody_learns_how_warm_another_s_record_is(bobs, database, reactor, alice):
    note = await write(database, alice, "Secret")
    await work_through(reactor)
    assert (await bobs.get(f"/records/{note}/heat")).status_code == 404
    assert (await bobs.get(f"/records/{note}/near")).status_code == 404
