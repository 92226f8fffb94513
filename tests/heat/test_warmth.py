"""Heat fades by its formula, is counted once, and never glows for what is old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.heat.warming import warm_opened
from app.heat.warmth import CREATE, EPOCH, add_weight, least_warmth, score, tier
from tests.conftest import work_through, write

NOW = datetime(2026, 11, 1, tzinfo=UTC)
moments = st.integers(0, 10 * 365 * 24).map(lambda hours: EPOCH + timedelta(hours=hours))
touches = st.lists(st.tuples(st.sampled_from([1.3, 0.8, 0.4, 0.15]), moments), min_size=1, max_size=20)


def warmth_of(history: list[tuple[float, datetime]]) -> float:
    warmth = None
    for weight, at in history:
        warmth = add_weight(warmth, weight, at)
    assert warmth is not None
    return warmth


@pytest.mark.parametrize(("weeks", "expected"), [(0, 0.73), (1, 0.48), (2, 0.28), (3, 0.15)])
def test_a_record_that_was_only_made_cools_by_weeks(weeks: int, expected: float):
    warmth = add_weight(None, CREATE, NOW)
    assert score(warmth, NOW + timedelta(weeks=weeks)) == pytest.approx(expected, abs=0.005)


@given(touches, touches, moments)
def test_order_by_warmth_is_order_by_score_at_any_time(first, second, at):
    a, b = warmth_of(first), warmth_of(second)
    if abs(a - b) > 1e-6:
        assert (score(a, at) <= score(b, at)) if a < b else (score(a, at) >= score(b, at))


@given(touches)
def test_the_order_in_which_attention_is_counted_does_not_matter(history):
    assert warmth_of(history) == pytest.approx(warmth_of(history[::-1]), abs=1e-6)


@given(st.floats(0.01, 0.99))
def test_a_bound_of_warmth_is_a_bound_of_the_score(value: float):
    assert score(least_warmth(value, NOW), NOW) == pytest.approx(value, abs=1e-6)


def test_the_tiers_have_names():
    assert [tier(value) for value in (0.1, 0.3, 0.6, 0.8)] == ["cold", "warm", "warmer", "hot"]


async def heat(owner, note) -> float:
    return score(await owner.fetchval("select warmth from record_heat where record_id = $1", note), datetime.now(UTC))


async def test_a_new_note_is_hot_and_an_imported_old_one_is_cold(database, reactor, owner, alice):
    new = await write(database, alice, "New")
    async with database.reading(alice.id, "import") as connection:
        old = await connection.fetchval(
            "insert into notes (user_id, title, created_at, updated_at) values ($1, 'Old', $2, $2) returning id",
            alice.id, datetime(2020, 5, 1, tzinfo=UTC),
        )  # fmt: skip
    await work_through(reactor)
    assert await heat(owner, new) > 0.7
    assert await heat(owner, old) < 0.01


async def test_an_autosave_every_few_seconds_is_one_edit(database, reactor, owner, alice):
    note = await write(database, alice, "New")
    await work_through(reactor)
    for number in range(4):
        async with database.reading(alice.id) as connection:
            await connection.execute("update notes set content = $2 where id = $1", note, str(number))
        await work_through(reactor)
    now = datetime.now(UTC)
    assert await heat(owner, note) == pytest.approx(
        score(add_weight(add_weight(None, 1.3, now), 0.8, now), now), abs=0.01
    )


async def test_a_reload_is_no_second_visit(database, reactor, owner, alice):
    note = await write(database, alice, "New")
    await work_through(reactor)
    async with database.reading(alice.id) as connection:
        await warm_opened(connection, alice.id, note)
    once = await owner.fetchval("select warmth from record_heat where record_id = $1", note)
    async with database.reading(alice.id) as connection:
        await warm_opened(connection, alice.id, note)
    assert await owner.fetchval("select warmth from record_heat where record_id = $1", note) == once


async def test_what_a_job_does_warms_nothing(database, reactor, owner, alice):
    note = await write(database, alice, "New")
    await work_through(reactor)
    before = await owner.fetchval("select warmth from record_heat where record_id = $1", note)
    async with database.reading(alice.id, "hearth") as connection:
        await connection.execute("update notes set content = 'by a job' where id = $1", note)
    await work_through(reactor)
    assert await owner.fetchval("select warmth from record_heat where record_id = $1", note) == before
