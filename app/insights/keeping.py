"""What was found, as rows: kept once, whatever night finds it again, and never after a person sent it away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.sleep.queries import forget_runs

if TYPE_CHECKING:
    from app.insights.noticing import Draft

KEPT, RUNS_KEPT = timedelta(days=365), timedelta(days=60)

# One that is about what no longer is (a record went while it was looked at) is not kept.
KEEP = """
insert into insights as i (user_id, kind, key, facts, cores, confidence, priority, valid_from, valid_until,
                           week_start, week_end)
select $1, $2, $3, $4, cardinality($5::uuid[]), $6, $7, $8, $9, $10, $11
 where not exists (select from unnest($5) c where not exists (
       select from records r where r.id = c and r.deleted_at is null))
on conflict (user_id, kind, key) do update
   set facts = excluded.facts, confidence = excluded.confidence, priority = excluded.priority,
       valid_until = excluded.valid_until, updated_at = now()
 where i.verdict is null and (i.facts, i.confidence, i.priority, i.valid_until)
       is distinct from (excluded.facts, excluded.confidence, excluded.priority, excluded.valid_until)
returning id, xmax = 0 as is_fresh"""
PROVE = """
insert into insight_evidence (user_id, insight_id, record_id, place, is_core)
select $1, $2, w.id, w.place, w.place <= $4
  from unnest($3::uuid[]) with ordinality w(id, place) join records r on r.id = w.id and r.deleted_at is null
on conflict do nothing"""
# What a person judged or pinned stays as it is.
DROP_OTHERS = """
delete from insights where user_id = app_user_id() and kind = $1 and not key = any($2::text[])
   and verdict is null and not is_pinned"""
FORGET = "delete from insights where user_id = app_user_id() and created_at < $1 and not is_pinned"


async def keep_drafts(connection: asyncpg.Connection, user_id: UUID, kind: str, drafts: Sequence[Draft]) -> int:
    """How many of them are new."""
    fresh = 0
    for draft in drafts:
        row = await connection.fetchrow(
            KEEP, user_id, kind, draft.key, json.dumps(dict(draft.facts)), list(draft.cores), draft.confidence,
            draft.priority, draft.valid_from, draft.valid_until, *(draft.week or (None, None)),
        )  # fmt: skip
        if row is None:
            continue
        others = [record for record in dict.fromkeys(draft.others) if record not in draft.cores]
        await connection.execute(PROVE, user_id, row["id"], [*draft.cores, *others], len(draft.cores))
        fresh += row["is_fresh"]
    return fresh


async def drop_others(connection: asyncpg.Connection, kind: str, keys: Sequence[str]) -> None:
    await connection.execute(DROP_OTHERS, kind, keys)


async def forget_insights(database: Database, now: datetime) -> int:
    """A year is kept, and what is pinned for ever; of the nights themselves two months. As one user at a time."""
    async with database.anonymous() as connection:
        users = await connection.fetch("select user_id from gate_users_with_people()")
    gone = 0
    for (user_id,) in users:
        async with database.reading(user_id) as connection:
            gone += int((await connection.execute(FORGET, now - KEPT)).split()[-1])
            await forget_runs(connection, now - RUNS_KEPT)
    return gone
