"""What the reminders' pages and panels read. One of a record in the trash waits with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

MOST_DUE = 30
COLUMNS = """
select m.id, m.text, m.due_at, m.snoozed_until, m.repeat, m.done_at, m.deleted_at, m.record_id,
       r.kind, r.title, r.preview
  from reminders m left join records r on r.id = m.record_id """
OPEN = "where m.done_at is null and m.deleted_at is null and r.deleted_at is null and m.archived_at is null "
BY_TIME = "order by coalesce(m.snoozed_until, m.due_at), m.id "

DUE = COLUMNS + OPEN + "and coalesce(m.snoozed_until, m.due_at) <= $1 " + BY_TIME + "limit 30"
ALL_OPEN = COLUMNS + OPEN + BY_TIME + "limit 500"
LAST_DONE = COLUMNS + "where m.done_at is not null and m.deleted_at is null order by m.done_at desc, m.id limit 20"
OPEN_OF = COLUMNS + "where m.record_id = $1 and m.done_at is null and m.deleted_at is null " + BY_TIME + "limit 100"
ONE = COLUMNS + "where m.id = $1"
RECORD = "select id, kind, title, preview, deleted_at from records where id = $1"


async def due_reminders(connection: asyncpg.Connection, until: datetime) -> Sequence[asyncpg.Record]:
    return await connection.fetch(DUE, until)


async def open_reminders(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(ALL_OPEN)


async def last_done(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(LAST_DONE)


async def reminders_of(connection: asyncpg.Connection, record_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(OPEN_OF, record_id)


async def show_reminder(connection: asyncpg.Connection, reminder_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(ONE, reminder_id)


async def find_record(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(RECORD, record_id)
