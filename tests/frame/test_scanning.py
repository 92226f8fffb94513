"""Each night everybody who is active gets a score, the same however often it is computed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.frame.queries import losing_touch, read_trend
from app.frame.scanning import scan_people

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def meet(database, alice):
    async def add(name: str, *days_ago: int, direction: str = "both", person=alice, **columns: object) -> UUID:
        async with database.reading(person.id) as connection:
            made = await connection.fetchval(
                "insert into contacts (user_id, full_name, created_at) values ($1, $2, '2026-01-01') returning id",
                person.id, name,
            )  # fmt: skip
            for column, value in columns.items():
                await connection.execute(
                    "update contacts set (status, wished_days, promises) = (select x.status, x.wished_days, x.promises "
                    "from jsonb_populate_record(contacts, $2) x) where id = $1", made, json.dumps({column: value}),
                )  # fmt: skip
            for ago in days_ago:
                await connection.execute(
                    "insert into interactions (user_id, occurred_at, direction, participant_ids) "
                    "values ($1, $2, $3, $4)", person.id, NOW - timedelta(days=ago), direction, [made],
                )  # fmt: skip
            return UUID(str(made))

    return add


async def scores(owner) -> dict[str, int | None]:
    rows = await owner.fetch(
        "select c.full_name, r.frame_score from contact_rhythm r join contacts c on c.id = r.contact_id"
    )
    return {row[0]: row[1] for row in rows}


async def test_everybody_who_is_active_is_scored_and_nobody_else(worker_database, owner, meet, alice):
    await meet("Close", 3, 10, 17, 24)
    await meet("Cool", 70, 77, 84, 91)
    await meet("Unknown")
    await meet("Wished", wished_days=30)
    await meet("Asleep", 1, status="dormant")
    assert await scan_people(worker_database, NOW) == 3
    found = await scores(owner)
    assert found["Close"] == 100 and found["Cool"] < 45 and found["Unknown"] is None
    assert found["Wished"] < 60 and found.get("Asleep") is None and alice.name not in found


async def test_the_same_night_twice_changes_nothing(worker_database, owner, meet):
    await meet("Ana", 3, 10, 17, 24, direction="me")
    await scan_people(worker_database, NOW)
    before = await owner.fetch("select *, xmin::text from frame_scores order by contact_id, day")
    versions = await owner.fetch("select id, version from contacts order by id")
    await scan_people(worker_database, NOW)
    assert await owner.fetch("select *, xmin::text from frame_scores order by contact_id, day") == before
    # The contact's own row stays as it is: no new version, nothing in its history.
    assert await owner.fetch("select id, version from contacts order by id") == versions


async def test_there_is_a_trend_from_the_first_night_on_and_it_ends_after_ninety_days(
    worker_database, database, owner, alice, meet
):
    ana = await meet("Ana", *range(1, 200, 10))
    await scan_people(worker_database, NOW)
    await scan_people(worker_database, NOW + timedelta(days=1))
    async with database.reading(alice.id) as connection:
        trend = await read_trend(connection, ana, TODAY - timedelta(days=90))
    assert [row["day"] for row in trend[-3:]] == [TODAY - timedelta(days=7), TODAY, TODAY + timedelta(days=1)]
    assert trend[0]["day"] == TODAY - timedelta(days=84)
    await scan_people(worker_database, NOW + timedelta(days=40))
    assert await owner.fetchval("select min(day) from frame_scores") >= TODAY - timedelta(days=50)
    row = await owner.fetchrow("select frame_score, frame_trend from contact_rhythm where contact_id = $1", ana)
    assert row["frame_trend"] < 0


async def test_who_cools_below_their_rhythm_is_listed_and_one_call_takes_them_off(
    worker_database, database, alice, meet, alices
):
    await meet("Close", 3, 10, 17, 24)
    cool = await meet("Cool", 70, 77, 84, 91)
    await meet("Wished", 20, wished_days=10)
    await meet("Rare", 70, 170, 270, 370)
    await scan_people(worker_database, NOW)
    async with database.reading(alice.id) as connection:
        assert [row["full_name"] for row in await losing_touch(connection, "UTC", TODAY)] == ["Cool", "Wished"]
        await connection.execute(
            "insert into interactions (user_id, occurred_at, participant_ids) values ($1, $2, $3)",
            alice.id,
            NOW,
            [cool],
        )
        assert [row["full_name"] for row in await losing_touch(connection, "UTC", TODAY)] == ["Wished"]


async def test_the_shortest_wish_of_a_group_counts_where_the_person_has_none(worker_database, database, alice, meet):
    ana = await meet("Ana", 20)
    async with database.reading(alice.id) as connection:
        for days in (15, 60):
            group = await connection.fetchval(
                "insert into groups (user_id, name, wished_days) values ($1, 'G', $2) returning id", alice.id, days
            )
            await connection.execute(
                "update contacts set groups = groups || jsonb_build_array(jsonb_build_object('group_id', $2::uuid)) "
                "where id = $1", ana, group,
            )  # fmt: skip
        assert [row["wished"] for row in await losing_touch(connection, "UTC", TODAY)] == [15]


async def test_what_is_owed_counts(worker_database, owner, database, alice, meet):
    late = {"by": "me", "text": "the book", "due": "2026-05-01", "done": None}
    ana = await meet("Ana", 1, promises=[late, {"by": "me", "text": "x", "due": "no day"}])
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into reminders (user_id, record_id, text, due_at) values ($1, $2, 'call', '2026-05-01')",
            alice.id,
            ana,
        )
    await scan_people(worker_database, NOW)
    assert (await scores(owner))["Ana"] == 100 - 5 - 2 - 5


async def test_a_day_is_the_person_s_own_and_nobody_s_people_are_mixed(worker_database, owner, meet, alice, bob):
    await owner.execute("update users set time_zone = 'Pacific/Honolulu' where id = $1", alice.id)
    await meet("Ana", 1)
    await meet("Bert", 1, person=bob)
    await scan_people(worker_database, NOW)
    rows = await owner.fetch("select user_id, max(day) as day from frame_scores group by 1")
    assert {row["user_id"]: row["day"] for row in rows} == {alice.id: date(2026, 5, 31), bob.id: TODAY}
