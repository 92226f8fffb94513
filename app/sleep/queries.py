"""What is known of a person's nights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from app.core.sleeping import night_of
from app.sleep.deciding import Last, Situation, Spent, Wishes

WISHES = """
select sleeps, sleep_seconds, sleep_rows, sleep_tokens, sleep_from, sleep_until, sleep_idle_minutes, sleep_without
  from users where id = app_user_id()"""
# What it may be given is judged record by record, where it is sent.
MAY_ASK = """
select exists (select from language_model m where m.is_local
                  or (select may_leave from users where id = app_user_id()) <> 'nothing')"""
# What a person asks for is bounded by itself and takes nothing from the night.
SPENT = """
select coalesce(sum(worked_ms), 0) / 1000.0, coalesce(sum(rows), 0)::bigint, coalesce(sum(tokens), 0)::bigint,
       coalesce(sum(cost), 0)
  from sleep_runs where night = $1 and not is_asked"""
# Not what a transaction that is still open may yet go before, nor what the house did itself.
NEWEST = """
select seq from change_log
 where user_id = app_user_id() and actor <> 'sleep' and xid < pg_snapshot_xmin(pg_current_snapshot())
 order by seq desc limit 1"""
LAST = """
select distinct on (r.kind) r.kind, r.id, r.state, r.night, r.day, r.seq_from, r.seq_to, r.cursor, r.attempts,
       d.seen_seq, d.done_day, d.done_at
  from sleep_runs r
  left join (select kind, max(seq_to) as seen_seq, max(day) as done_day, max(ended_at) as done_at
               from sleep_runs where state = 'done' and not is_dry group by kind) d using (kind)
 where not r.is_dry and r.state not in ('waiting', 'running')
 order by r.kind, r.began_at desc, r.id desc"""
RUNS = """
select id, kind, state, is_asked, is_dry, night, worked_ms, rows, tokens, cost, output, error, attempts,
       resumes is not null as goes_on, stop_asked_at is not null as is_stopping, began_at, ended_at
  from sleep_runs order by (ended_at is null) desc, began_at desc, id desc limit 60"""
STAMP = "select coalesce((extract(epoch from max(updated_at)) * 1000)::bigint, 0) from sleep_runs"
# Each night that anything was done in: how long, over how much, and what was found.
NIGHT = """
select count(distinct kind)::int as kinds, coalesce(sum(worked_ms), 0)::bigint as worked_ms,
       coalesce(sum(rows), 0)::bigint as rows, coalesce(sum((output ->> 'found')::int), 0)::bigint as found,
       max(ended_at) as ended_at
  from sleep_runs where not is_dry and ended_at > $1"""
FORGET = """
delete from sleep_runs r
 where r.user_id = app_user_id() and r.ended_at < $1
   and not exists (select from sleep_runs n where n.resumes = r.id)
   and r.id not in (select distinct on (kind) id from sleep_runs where state = 'done' and not is_dry
                     order by kind, ended_at desc)"""


async def read_wishes(connection: asyncpg.Connection) -> Wishes:
    row = await connection.fetchrow(WISHES)
    assert row is not None  # whoever asks is somebody
    return Wishes(
        row["sleeps"], row["sleep_seconds"], row["sleep_rows"], row["sleep_tokens"], row["sleep_from"],
        row["sleep_until"], row["sleep_idle_minutes"], frozenset(row["sleep_without"]),
    )  # fmt: skip


async def read_situation(
    connection: asyncpg.Connection, now: datetime, zone: str, seen_at: datetime | None
) -> Situation:
    wishes = await read_wishes(connection)
    # Which night it is depends on the clock alone.
    bare = Situation(now, zone, seen_at, wishes, Spent(), 0, {})
    spent = await read_spent(connection, night_of(bare.local))
    newest = await connection.fetchval(NEWEST) or 0
    may_ask = await read_may_ask(connection)
    return Situation(now, zone, seen_at, wishes, spent, newest, await read_last(connection), may_ask)


async def read_may_ask(connection: asyncpg.Connection) -> bool:
    """Whether there is a language model that anything of this person may be sent to."""
    return bool(await connection.fetchval(MAY_ASK))


async def read_spent(connection: asyncpg.Connection, night: date) -> Spent:
    row = await connection.fetchrow(SPENT, night)
    assert row is not None
    return Spent(float(row[0]), row[1], row[2], row[3])


async def read_last(connection: asyncpg.Connection) -> dict[str, Last]:
    return {row["kind"]: _last(row) for row in await connection.fetch(LAST)}


async def list_runs(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """The latest sixty, what is at work first."""
    return await connection.fetch(RUNS)


async def read_stamp(connection: asyncpg.Connection) -> int:
    """A number that moves with every change of a run."""
    return int(await connection.fetchval(STAMP))


async def read_night(connection: asyncpg.Connection, since: datetime) -> asyncpg.Record:
    """(kinds, worked_ms, rows, found, ended_at) of what was thought since then."""
    row = await connection.fetchrow(NIGHT, since)
    assert row is not None
    return row


async def forget_runs(connection: asyncpg.Connection, before: datetime) -> None:
    """But for the last whole one of each kind, which says up to where it has looked."""
    await connection.execute(FORGET, before)


def _last(row: asyncpg.Record) -> Last:
    return Last(
        UUID(str(row["id"])), row["state"], row["night"], row["day"], row["seq_from"], row["seq_to"],
        json.loads(row["cursor"]), row["attempts"], row["seen_seq"] or 0, row["done_day"], row["done_at"],
    )  # fmt: skip
