"""What is known of people, read as the facts of the frame score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg

from app.frame.scoring import Facts, Promise, Touch

# $1 is the reader's time zone: a day is theirs. More interactions than a score reads, for the days before.
FACTS = """
select c.id, c.promises, (c.created_at at time zone $1)::date as since,
       coalesce(c.wished_days, (select min(g.wished_days) from group_members m join groups g on g.id = m.group_id
                                 where m.contact_id = c.id and g.deleted_at is null)) as wished,
       (select jsonb_agg(jsonb_build_array((t.occurred_at at time zone $1)::date, t.direction)
                         order by t.occurred_at desc)
          from (select p.occurred_at, i.direction from participants p join interactions i on i.id = p.interaction_id
                 where p.user_id = c.user_id and p.contact_id = c.id
                 order by p.occurred_at desc limit 120) t) as touches,
       array(select (coalesce(m.snoozed_until, m.due_at) at time zone $1)::date from reminders m
              where m.user_id = c.user_id and m.record_id = c.id and m.done_at is null and m.deleted_at is null
              order by 1) as follow_ups,
       exists (select from frame_scores f where f.contact_id = c.id) as is_known
  from contacts c where """
ACTIVE = "c.status = 'active' and c.deleted_at is null and c.archived_at is null and not c.is_self"
OF_MANY = FACTS + ACTIVE + " and c.id > $2 order by c.id limit 500"
OF_ONE = FACTS + "c.id = $2 and not c.is_self and c.deleted_at is null"
TREND = "select day, score from frame_scores where contact_id = $1 and day >= $2 order by day"

# Live, so that whoever is called back today is off the list at once. `measured` is what the last scan found.
LOSING = (
    """
select c.id, c.full_name, r.last_contact_at, r.frame_score, r.frame_trend, w.wished, w.patience, w.days, h.warmth
  from contacts c left join contact_rhythm r on r.contact_id = c.id left join record_heat h on h.record_id = c.id
 cross join lateral (select coalesce(c.wished_days,
           (select min(g.wished_days) from group_members m join groups g on g.id = m.group_id
             where m.contact_id = c.id and g.deleted_at is null)) as wished) own
 cross join lateral (
       select own.wished, coalesce(own.wished, r.measured_days * 1.5) as patience,
              $2::date - (coalesce(r.last_contact_at, c.created_at) at time zone $1)::date as days) w
 where """
    + ACTIVE
    + """ and w.days > w.patience
 order by w.days / w.patience desc, c.id limit 200"""
)


async def read_facts(connection: asyncpg.Connection, zone: str, after: UUID) -> list[tuple[UUID, bool, Facts]]:
    """Of the next 500 who are active: whose, whether they have scores of former days, and what is known."""
    return [_read(row) for row in await connection.fetch(OF_MANY, zone, after)]


async def read_facts_of(connection: asyncpg.Connection, zone: str, contact_id: UUID) -> Facts | None:
    row = await connection.fetchrow(OF_ONE, zone, contact_id)
    return _read(row)[2] if row else None


async def read_trend(connection: asyncpg.Connection, contact_id: UUID, since: date) -> Sequence[asyncpg.Record]:
    """(day, score) of the nights since then, oldest first."""
    return await connection.fetch(TREND, contact_id, since)


async def losing_touch(connection: asyncpg.Connection, zone: str, today: date) -> Sequence[asyncpg.Record]:
    """Who cools below their rhythm, the furthest below first."""
    return await connection.fetch(LOSING, zone, today)


def _read(row: asyncpg.Record) -> tuple[UUID, bool, Facts]:
    touches = (Touch(date.fromisoformat(day), direction) for day, direction in json.loads(row["touches"] or "[]"))
    promises = (
        Promise(str(one.get("by", "me")), _day(one.get("due")), _day(one.get("done")))
        for one in json.loads(row["promises"]) if isinstance(one, dict)
    )  # fmt: skip
    facts = Facts(tuple(touches), tuple(promises), tuple(row["follow_ups"]), row["wished"], row["since"])
    return row["id"], row["is_known"], facts


def _day(given: object) -> date | None:
    """What an import left there may be no day."""
    try:
        return date.fromisoformat(str(given)[:10]) if given else None
    except ValueError:
        return None
