"""What a day's page reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

LOG = """
select u.asks_mood, (select n.id from notes n where n.note_kind = 'log' and n.date_key = $1 and n.deleted_at is null)
       as log_id
  from users u where u.id = app_user_id()"""
ROWS = """
select r.id, r.kind, r.title, r.preview, r.updated_at, h.warmth
  from records r left join record_heat h on h.record_id = r.id
 where r.deleted_at is null and r.archived_at is null """
OF_DAY = (
    ROWS
    + """
   and r.id in (select id from notes where date_key = $1 and note_kind = 'note') order by r.title, r.id limit 50"""
)
# By their own dates, which an import keeps: what was made or last changed between two moments.
TOUCHED = (
    ROWS
    + """
   and r.kind <> 'topic' and r.id <> all($3) and not exists (select from contacts c where c.id = r.id and c.is_self)
   and not exists (select from notes n where n.id = r.id and n.note_kind = 'system')
   and ((r.updated_at >= $1 and r.updated_at < $2)
        or r.id in (select id from notes where created_at >= $1 and created_at < $2 and deleted_at is null))
 order by r.updated_at desc, r.id limit 50"""
)
WRITTEN = """
select distinct date_key from notes
 where date_key >= $1 and date_key < $2 and deleted_at is null and note_kind <> 'system'"""


async def find_log(connection: asyncpg.Connection, day: date) -> tuple[UUID | None, bool]:
    """The day's log, and whether its writer wants to be asked for mood and weather."""
    row = await connection.fetchrow(LOG, day)
    assert row is not None  # whoever asks is somebody
    return row["log_id"], row["asks_mood"]


async def notes_of_day(connection: asyncpg.Connection, day: date) -> Sequence[asyncpg.Record]:
    """(id, kind, title, preview, updated_at, warmth) of what has this day besides its log; so does the next."""
    return await connection.fetch(OF_DAY, day)


async def touched_between(
    connection: asyncpg.Connection, begins: datetime, ends: datetime, but: Sequence[UUID]
) -> Sequence[asyncpg.Record]:
    return await connection.fetch(TOUCHED, begins, ends, but)


async def days_written(connection: asyncpg.Connection, first: date, after: date) -> set[date]:
    """The days between that have a log or a note of their own."""
    return {row[0] for row in await connection.fetch(WRITTEN, first, after)}
