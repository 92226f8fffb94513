"""A day's digest as a row: taken before anything is sent, and told how it went."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

# To write it; and to hand it over, which the port bounds far below that.
WRITING, SENDING = timedelta(minutes=2), timedelta(minutes=10)
KEPT = timedelta(days=60)

# Whoever moves the row has it. One that is with the server is never taken again.
CLAIM = """
insert into digests as d (user_id, day, claimed_by, claimed_until, stop_hash) values ($1, $2, $3, $4, $5)
on conflict (user_id, day) do update
   set state = 'claimed', attempts = d.attempts + 1, claimed_by = excluded.claimed_by,
       claimed_until = excluded.claimed_until, stop_hash = excluded.stop_hash, retry_at = null, ended_at = null
 where (d.state = 'claimed' and d.claimed_until < $6) or (d.state = 'failed' and d.retry_at <= $6)
returning id, attempts"""
HAND_OVER = """
update digests set state = 'sending', claimed_until = $3
 where id = $1 and claimed_by = $2 and state = 'claimed' and stop_hash = $4 returning id"""
END = """
update digests set state = $3, ended_at = $4, retry_at = $5, error = $6, told = $7, left_out = $8
 where id = $1 and claimed_by = $2 and state in ('claimed', 'sending')"""
TIDY = "delete from digests where user_id = app_user_id() and day < $1"
LATEST = """
select day, case when state = 'sending' and claimed_until < now() then 'unknown' else state end as state, retry_at,
       error, told, left_out, ended_at
  from digests order by day desc limit 1"""


async def claim(
    connection: asyncpg.Connection, user_id: UUID, day: date, worker: str, stop_hash: bytes, now: datetime
) -> asyncpg.Record | None:
    """(id, attempts); None where it is another's, done, or not to be tried again yet."""
    return await connection.fetchrow(CLAIM, user_id, day, worker, now + WRITING, stop_hash, now)


async def hand_over(
    connection: asyncpg.Connection, digest_id: UUID, worker: str, stop_hash: bytes, now: datetime
) -> bool:
    """Committed before the server hears of it; False where another worker took it meanwhile."""
    return bool(await connection.fetchval(HAND_OVER, digest_id, worker, now + SENDING, stop_hash))


async def end(
    connection: asyncpg.Connection, digest_id: UUID, worker: str, state: str, now: datetime, *,
    retry: datetime | None = None, error: str = "", told: int = 0, left_out: int = 0,
) -> None:  # fmt: skip
    await connection.execute(END, digest_id, worker, state, now, retry, error[:500], told, left_out)


async def tidy(connection: asyncpg.Connection, today: date) -> None:
    await connection.execute(TIDY, today - KEPT)


async def read_latest(connection: asyncpg.Connection) -> asyncpg.Record | None:
    return await connection.fetchrow(LATEST)
