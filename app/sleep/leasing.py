"""A run's row as the worker moves it: each statement as the one user, and only while the run is this worker's."""

from __future__ import annotations

import json
from uuid import UUID

import asyncpg

from app.core.sleeping import Step
from app.sleep.deciding import Plan, Situation

LEASE_SECONDS = 15

ASKED = "select id, kind, is_dry from sleep_runs where state = 'waiting' order by began_at, id limit 1"
# Two workers that look at the same moment: one of them has the turn.
BEGIN = """
insert into sleep_runs (user_id, kind, night, day, seq_from, seq_to, cursor, resumes, attempts, claimed_by,
                        claimed_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(secs => $11))
on conflict (user_id) where state = 'running' do nothing returning id"""
TAKE = """
update sleep_runs r set state = 'running', night = $2, day = $3, seq_from = $4, seq_to = $5, cursor = $6, resumes = $7,
       attempts = $8, claimed_by = $9, claimed_until = now() + make_interval(secs => $10), began_at = now(),
       updated_at = now()
 where id = $1 and state = 'waiting'
   and not exists (select from sleep_runs o where o.user_id = r.user_id and o.state = 'running')
returning id"""
REFUSE = "update sleep_runs set state = 'failed', error = 'UnknownKind', ended_at = now() where id = $1"
# What is told adds up over the steps. The last one ends the run with what it found: a worker that dies right after it
# leaves nothing to be done once more.
ADVANCE = """
update sleep_runs r
   set state = case when $10 then 'done' else state end, ended_at = case when $10 then now() end,
       claimed_by = case when $10 then null else claimed_by end,
       rows = rows + $3, tokens = tokens + $4, cost = cost + $5, cursor = $6, worked_ms = $7, updated_at = now(),
       claimed_until = case when $10 then null else now() + make_interval(secs => $9) end,
       output = (select coalesce(jsonb_object_agg(key, n), '{}') from (
                 select key, sum(value::int) as n from (
                        select * from jsonb_each_text(r.output) union all select * from jsonb_each_text($8)) w
                  group by key) told)
 where id = $1 and claimed_by = $2 and state = 'running' returning id"""
KEEP = """
update sleep_runs set claimed_until = now() + make_interval(secs => $3), worked_ms = $4, updated_at = now()
 where id = $1 and claimed_by = $2 and state = 'running'
returning stop_asked_at is not null as is_stopped, gate_last_seen() as seen_at"""
END = """
update sleep_runs set state = $3, error = $4, worked_ms = $5, claimed_by = null, claimed_until = null,
       updated_at = now(), ended_at = now()
 where id = $1 and claimed_by = $2 and state = 'running'"""


async def read_asked(connection: asyncpg.Connection) -> asyncpg.Record | None:
    """(id, kind, is_dry) of what the person asked for first and is not begun."""
    return await connection.fetchrow(ASKED)


async def begin(
    connection: asyncpg.Connection, user_id: UUID, worker: str, plan: Plan, situation: Situation
) -> UUID | None:
    return await connection.fetchval(  # type: ignore[no-any-return]
        BEGIN, user_id, plan.kind.name, situation.night, plan.day, plan.seq_from, plan.seq_to,
        json.dumps(dict(plan.cursor)), plan.resumes, plan.attempts, worker, LEASE_SECONDS,
    )  # fmt: skip


async def take(connection: asyncpg.Connection, run_id: UUID, worker: str, plan: Plan, situation: Situation) -> bool:
    """Begin what was asked for; False where another worker was faster."""
    return bool(await connection.fetchval(
        TAKE, run_id, situation.night, plan.day, plan.seq_from, plan.seq_to, json.dumps(dict(plan.cursor)),
        plan.resumes, plan.attempts, worker, LEASE_SECONDS,
    ))  # fmt: skip


async def refuse(connection: asyncpg.Connection, run_id: UUID) -> None:
    await connection.execute(REFUSE, run_id)


async def advance(connection: asyncpg.Connection, run_id: UUID, worker: str, step: Step, seconds: float) -> bool:
    """Within the step's own transaction; False where the run is another's by now."""
    return bool(await connection.fetchval(
        ADVANCE, run_id, worker, step.rows, step.tokens, step.cost, json.dumps(dict(step.cursor or {})),
        int(seconds * 1000), json.dumps(dict(step.output)), LEASE_SECONDS,
        step.cursor is None,
    ))  # fmt: skip


async def keep(connection: asyncpg.Connection, run_id: UUID, worker: str, seconds: float) -> asyncpg.Record | None:
    """(is_stopped, seen_at); None where the run is another's by now."""
    return await connection.fetchrow(KEEP, run_id, worker, LEASE_SECONDS, int(seconds * 1000))


async def end(
    connection: asyncpg.Connection, run_id: UUID, worker: str, state: str, error: str, seconds: float
) -> None:
    await connection.execute(END, run_id, worker, state, error, int(seconds * 1000))
