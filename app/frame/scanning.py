"""Each night's scan: the score of everybody who is active, one user after the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.database import Database
from app.frame.queries import read_facts
from app.frame.scoring import Facts, Frame, frame, measure_rhythm

# Whoever is new gets a past as well, from what was logged with its own dates: a point for each week.
TREND_DAYS, WEEK = 90, 7
Scored = tuple[UUID, date, Frame]

KEEP = """
insert into frame_scores (user_id, contact_id, day, score, breakdown)
select $1, w.* from unnest($2::uuid[], $3::date[], $4::int[], $5::jsonb[]) w
on conflict (contact_id, day) do update set score = excluded.score, breakdown = excluded.breakdown
 where (frame_scores.score, frame_scores.breakdown) is distinct from (excluded.score, excluded.breakdown)"""
TELL = """
insert into contact_rhythm as r (user_id, contact_id, frame_score, frame_trend, measured_days, scanned_at)
select $1, w.id, w.score, w.score - before.score, w.measured, $5
  from unnest($2::uuid[], $3::int[], $4::real[]) w(id, score, measured)
  left join lateral (select f.score from frame_scores f
                      where f.contact_id = w.id and f.day <= $6::date - 30 and f.day > $6::date - 45
                      order by f.day desc limit 1) before on true
 order by w.id
on conflict (contact_id) do update
   set frame_score = excluded.frame_score, frame_trend = excluded.frame_trend,
       measured_days = excluded.measured_days, scanned_at = excluded.scanned_at"""
FORGET = "delete from frame_scores where user_id = $1 and day < $2"
# Nobody keeps the score of a day on which they were active still.
RETIRE = """
update contact_rhythm r set frame_score = null, frame_trend = null
 where r.user_id = $1 and r.frame_score is not null and exists (
       select from contacts c where c.id = r.contact_id
          and (c.status <> 'active' or c.deleted_at is not null or c.archived_at is not null))"""


async def scan_people(database: Database, now: datetime) -> int:
    """How many people have a score. Runs as the worker, as one user at a time; again on the same day it is the same."""
    async with database.anonymous() as connection:
        users = await connection.fetch("select * from gate_users_with_people()")
    return sum([await scan_user(database, user_id, zone, now) for user_id, zone in users])


async def scan_user(database: Database, user_id: UUID, zone: str, now: datetime) -> int:
    today, after, scored = now.astimezone(ZoneInfo(zone)).date(), UUID(int=0), 0
    while True:
        async with database.reading(user_id, "hearth") as connection:
            known = await read_facts(connection, zone, after)
            if not known:
                await connection.execute(FORGET, user_id, today - timedelta(days=TREND_DAYS))
                await connection.execute(RETIRE, user_id)
                return scored
            found = await asyncio.to_thread(_score, known, today)
            await _keep(connection, user_id, found)
            scored += await _tell(connection, user_id, known, found, now, today)
            after = known[-1][0]


def _score(known: Sequence[tuple[UUID, bool, Facts]], today: date) -> list[Scored]:
    days = [(contact_id, facts, day) for contact_id, is_known, facts in known for day in _days(today, is_known)]
    return [(contact_id, day, score) for contact_id, facts, day in days if (score := frame(facts, day)) is not None]


def _days(today: date, is_known: bool) -> Iterable[date]:
    return [today] if is_known else [today - timedelta(days=back) for back in range(0, TREND_DAYS, WEEK)]


async def _keep(connection: asyncpg.Connection, user_id: UUID, found: Sequence[Scored]) -> None:
    await connection.execute(
        KEEP, user_id, [one[0] for one in found], [one[1] for one in found], [one[2].score for one in found],
        [json.dumps(asdict(one[2])) for one in found],
    )  # fmt: skip


async def _tell(
    connection: asyncpg.Connection, user_id: UUID, known: Sequence[tuple[UUID, bool, Facts]],
    found: Sequence[Scored], now: datetime, today: date,
) -> int:  # fmt: skip
    """Whoever has no score is scanned, too."""
    scores = {contact_id: score.score for contact_id, day, score in found if day == today}
    measured = [
        measure_rhythm([touch for touch in facts.touches if touch.day <= today]) for _id, _known, facts in known
    ]
    ids = [contact_id for contact_id, _known, _facts in known]
    await connection.execute(TELL, user_id, ids, [scores.get(one) for one in ids], measured, now, today)
    return len(scores)
