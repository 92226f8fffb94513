"""A night: as the worker does it, stopped and gone on with, killed at any moment, and the next one with nothing new."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

import app.sleep.leasing
import app.sleep.running
from app.account.service import open_session
from app.core.sleeping import SleepKind, Step
from app.core.words import Word
from app.sleep.queries import forget_runs
from tests.conftest import write
from tests.sleep.conftest import MIDNIGHT, Counting, runs, sleep_through

# More than twenty workers get done in the time that each of them lives.
STEPS = 240


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(app.sleep.running, "BEAT_SECONDS", 0.02)


async def test_a_night_is_one_row_for_each_kind_and_the_next_one_does_nothing(sleeper, owner, database, alice):
    await write(database, alice, "New")
    one, other = Counting("one", 3), Counting("other", 1)
    assert await sleep_through(sleeper(one.kind, other.kind)) == 2
    assert await runs(owner) == [("one", "done", 30), ("other", "done", 10)]
    assert await owner.fetchval("select output from sleep_runs where kind = 'one'") == '{"found": 3}'
    assert await sleep_through(sleeper(one.kind, other.kind, at=MIDNIGHT + timedelta(days=1))) == 0
    assert len(await runs(owner)) == 2
    await write(database, alice, "Newer")
    assert await sleep_through(sleeper(one.kind, at=MIDNIGHT + timedelta(days=2))) == 1
    # Only what is new since.
    assert one.seen[-1][1] == one.seen[0][2] < one.seen[-1][2]


async def test_what_the_house_does_itself_is_no_news(sleeper, database, owner, alice):
    async with database.reading(alice.id, "sleep") as connection:
        await connection.execute("insert into topics (user_id, label, slug) values ($1, 'Found', 'found')", alice.id)
    await owner.execute("delete from change_log where actor <> 'sleep'")
    assert await sleep_through(sleeper()) == 0


async def test_a_night_ends_where_its_budget_does_and_the_next_goes_on(sleeper, counting, owner, database, alice):
    counting.steps = 25
    await write(database, alice, "New")
    await owner.execute("update users set sleep_rows = 100 where id = $1", alice.id)
    assert await sleep_through(sleeper()) == 1
    assert await sleep_through(sleeper(at=MIDNIGHT + timedelta(days=1))) == 1
    assert await sleep_through(sleeper(at=MIDNIGHT + timedelta(days=2))) == 1
    assert await runs(owner) == [("count", "spent", 100), ("count", "spent", 100), ("count", "done", 50)]
    assert [done for done, *_ in counting.seen] == list(range(1, 26))


async def test_it_stops_when_the_person_comes_back_and_goes_on_later(sleeper, counting, owner, database, alice):
    counting.steps, counting.seconds = 50, 0.05
    await write(database, alice, "New")
    night = asyncio.create_task(sleep_through(sleeper()))
    while len(counting.seen) < 3:
        await asyncio.sleep(0.02)
    await open_session(database, alice.id, agent="tests")
    async with asyncio.timeout(3):
        await night
    (_kind, state, rows) = (await runs(owner))[0]
    assert state == "woken" and 30 <= rows < 400
    counting.seconds = 0
    # Of the session that was opened just now it is long ago by then.
    await owner.execute("update sessions set last_seen_at = $1", MIDNIGHT + timedelta(hours=1))
    assert await sleep_through(sleeper(at=MIDNIGHT + timedelta(hours=2))) == 1
    assert sum(row[2] for row in await runs(owner)) == 500
    assert (await runs(owner))[-1][1] == "done"


async def test_it_stops_when_the_night_is_over_and_when_somebody_says_so(sleeper, counting, owner, database, alice):
    counting.steps, counting.seconds = 100, 0.02
    await write(database, alice, "New")
    runner = sleeper()
    night = asyncio.create_task(sleep_through(runner))
    while len(counting.seen) < 2:
        await asyncio.sleep(0.02)
    runner.now = lambda: MIDNIGHT + timedelta(hours=7)
    async with asyncio.timeout(3):
        await night
    assert [row[1] for row in await runs(owner)] == ["morning"]
    runner.now = lambda: MIDNIGHT
    night = asyncio.create_task(sleep_through(runner))
    while not await owner.fetchval("select 1 from sleep_runs where state = 'running'"):
        await asyncio.sleep(0.02)
    await owner.execute("update sleep_runs set stop_asked_at = now() where state = 'running'")
    async with asyncio.timeout(3):
        await night
    assert [row[1] for row in await runs(owner)] == ["morning", "stopped"]


async def test_a_kind_that_fails_holds_back_no_other_and_tells_no_words(sleeper, counting, owner, database, alice):
    async def fail(connection, stretch) -> Step:
        raise ValueError("secret words of a note")

    await write(database, alice, "New")
    broken = SleepKind("broken", "broken", Word("broken"), fail)
    await sleep_through(sleeper(broken, counting.kind))
    assert await runs(owner) == [("broken", "failed", 0), ("count", "done", 30)]
    assert await owner.fetchval("select error from sleep_runs where state = 'failed'") == "ValueError"


async def test_killed_at_any_moment_it_goes_on_and_does_each_step_once(sleeper, owner, database, alice, monkeypatch):
    """Twenty workers that die without a word; the steps write, and no write is there twice or half."""
    monkeypatch.setattr(app.sleep.leasing, "LEASE_SECONDS", 0.05)

    async def step(connection, stretch) -> Step:
        done = stretch.cursor.get("done", 0) + 1
        await asyncio.sleep(0.004)
        await connection.execute(
            "insert into insights (user_id, kind, key, confidence, priority, valid_from) "
            "values ($1, 'kill', $2, 1, 1, current_date)", stretch.user_id, str(done),
        )  # fmt: skip
        await asyncio.sleep(0.004)
        return Step(1, {"done": done} if done < STEPS else None)

    await write(database, alice, "New")
    kind = SleepKind("kill", "kill", Word("kill"), step)
    chance, killed = random.Random(5), 0
    while killed < 20 and not await owner.fetchval("select 1 from sleep_runs where state = 'done'"):
        runner = sleeper(kind, name=f"worker {killed}")
        # A killed process ends nothing: what it would still say is cut off here.
        monkeypatch.setattr(runner, "_end", _say_nothing)
        night = asyncio.create_task(runner.run_next())
        await asyncio.sleep(chance.uniform(0.01, 0.09))
        night.cancel()
        await asyncio.gather(night, return_exceptions=True)
        killed += 1
        await asyncio.sleep(0.07)
        # It does not count against what dies of itself.
        await owner.execute("update sleep_runs set attempts = 1")
    await sleep_through(sleeper(kind))
    states = [row[1] for row in await runs(owner)]
    assert await owner.fetch("select error from sleep_runs where state = 'failed'") == []
    assert killed == 20 and states[-1] == "done" and set(states[:-1]) == {"interrupted"}
    assert sum(row[2] for row in await runs(owner)) == STEPS
    assert await owner.fetchval("select count(*) from insights where kind = 'kill'") == STEPS
    assert await owner.fetchval("select count(resumes) from sleep_runs") == len(states) - 1


async def test_killed_after_its_last_step_nothing_is_left_to_do(sleeper, counting, owner, database, alice, monkeypatch):
    await write(database, alice, "New")
    runner = sleeper()
    monkeypatch.setattr(runner, "_end", _say_nothing)
    assert await sleep_through(runner) == 1
    assert await runs(owner) == [("count", "done", 30)]
    assert await sleep_through(sleeper()) == 0


async def _say_nothing(*_given) -> None:
    return None


async def test_a_worker_that_ends_in_peace_says_so_at_once(sleeper, counting, owner, database, alice):
    counting.seconds = 0.5
    await write(database, alice, "New")
    night = asyncio.create_task(sleeper().run_next())
    while not await runs(owner):
        await asyncio.sleep(0.02)
    night.cancel()
    await asyncio.gather(night, return_exceptions=True)
    assert await runs(owner) == [("count", "interrupted", 0)]


async def test_a_dry_run_keeps_nothing_but_its_count(sleeper, owner, database, alice):
    async def step(connection, stretch) -> Step:
        await connection.execute(
            "insert into insights (user_id, kind, key, confidence, priority, valid_from) "
            "values ($1, 'dry', 'x', 1, 1, current_date)", stretch.user_id,
        )  # fmt: skip
        return Step(7, None, {"found": 2})

    await write(database, alice, "New")
    await owner.execute(
        "insert into sleep_runs (user_id, kind, state, is_asked, is_dry, night, day) "
        "values ($1, 'dry', 'waiting', true, true, current_date, current_date)", alice.id,
    )  # fmt: skip
    kind = SleepKind("dry", "dry", Word("dry"), step)
    runner = sleeper(kind)
    await runner.run_next()
    assert await runs(owner) == [("dry", "done", 7)]
    assert await owner.fetchval("select output from sleep_runs") == '{"found": 2}'
    assert await owner.fetchval("select count(*) from insights") == 0
    # And the night that follows begins where it would have begun without.
    await sleep_through(runner)
    assert await owner.fetchval("select count(*) from insights") == 1


async def test_two_workers_never_think_for_one_person_at_once(sleeper, counting, owner, database, alice, bob):
    counting.seconds = 0.05
    await write(database, alice, "New")
    await write(database, bob, "New")
    first, second = sleeper(name="first"), sleeper(name="second")
    await asyncio.gather(*(sleep_through(runner) for runner in (first, second)))
    assert await runs(owner) == [("count", "done", 30)] * 2
    assert await owner.fetchval("select count(distinct user_id) from sleep_runs") == 2


async def test_old_runs_go_and_the_last_whole_one_stays(sleeper, owner, database, worker_database, alice):
    await write(database, alice, "New")
    await sleep_through(sleeper())
    await write(database, alice, "Newer")
    await sleep_through(sleeper())
    async with worker_database.reading(alice.id) as connection:
        await forget_runs(connection, MIDNIGHT + timedelta(days=365))
    assert len(await runs(owner)) == 1
    assert await sleep_through(sleeper()) == 0
