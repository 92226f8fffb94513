"""What the pages of imports read, and the doors that the report of one ends with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

UNFINISHED = ("uploading", "waiting", "running")

SHOWN = """
select id, name, place, size, received, state, action_id, done, total, report, error, cancel_asked_at, created_at,
       ended_at, is_undone(action_id) as is_undone
  from imports """
ONE = SHOWN + "where id = $1"
LIST = SHOWN + "order by created_at desc limit 50"

# Whether there is anything to take back: what an import left untouched was no change of it.
HAS_CHANGES = "select exists (select from change_log where user_id = $1 and action_id = $2)"
IS_AHEAD = """
select exists (select from imports where state = 'running' and id <> $1) as is_ahead,
       exists (select from heartbeats where role = 'worker' and at > now() - interval '30 seconds') as worker_lives"""
WAITING = """
select count(distinct record_id) as records, coalesce(bool_or(slot in ('connect', 'heat')), false) as unsettled
  from pipeline where parked_at is null"""

# By the index of targets; a note in the trash is passed over, so a few more than the one are looked at.
MOST_LINKED = """
select r.id, r.kind, r.title, most.sources from (
    select target_id, count(distinct source_id) as sources from entity_links
     where target_id is not null and rejected_at is null and valid_to is null and origin <> 'inferred'
     group by target_id order by 2 desc, 1 limit 20) most
  join records r on r.id = most.target_id
 where r.kind = 'note' and r.deleted_at is null order by most.sources desc, r.id limit 1"""

FIRST_DAY = """
select least((select min(date_key) from notes where date_key is not null),
             (select min(created_at) from notes where deleted_at is null)::date)"""

# One look-up by index for each year, of the days that notes stand for and of when they were made.
THIS_DAY = """
select d.day, r.id, r.kind, r.title, r.preview
  from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) d(day, begins, ends)
 cross join lateral (
    (select id from notes n where n.date_key = d.day and n.deleted_at is null limit 3)
    union all
    (select id from notes n where n.date_key is null and n.deleted_at is null
        and n.created_at >= d.begins and n.created_at < d.ends order by n.created_at limit 3)) found
  join records r on r.id = found.id
 order by d.day desc, r.title limit 5"""

# The nearest before and after that day, in each year.
NEAREST = """
select coalesce(found.date_key, (found.created_at at time zone $4)::date) as day, r.id, r.kind, r.title, r.preview
  from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) d(day, begins, ends)
 cross join lateral (
    (select id, date_key, created_at from notes n
      where n.date_key < d.day and n.date_key > d.day - 183 and n.deleted_at is null order by n.date_key desc limit 1)
    union all
    (select id, date_key, created_at from notes n
      where n.date_key > d.day and n.date_key < d.day + 183 and n.deleted_at is null order by n.date_key limit 1)
    union all
    (select id, date_key, created_at from notes n
      where n.created_at < d.begins and n.created_at > d.begins - interval '183 days' and n.date_key is null
        and n.deleted_at is null order by n.created_at desc limit 1)
    union all
    (select id, date_key, created_at from notes n
      where n.created_at >= d.ends and n.created_at < d.ends + interval '183 days' and n.date_key is null
        and n.deleted_at is null order by n.created_at limit 1)) found
  join records r on r.id = found.id"""


async def read_import(connection: asyncpg.Connection, import_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(ONE, import_id)


async def list_imports(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(LIST)


async def has_changes(connection: asyncpg.Connection, user_id: UUID, action_id: UUID) -> bool:
    return bool(await connection.fetchval(HAS_CHANGES, user_id, action_id))


async def read_queue(connection: asyncpg.Connection, import_id: UUID) -> tuple[bool, bool]:
    """Whether another of the user's is being brought in, and whether there is a worker at all."""
    row = await connection.fetchrow(IS_AHEAD, import_id)
    assert row is not None
    return row["is_ahead"], row["worker_lives"]


async def count_waiting(connection: asyncpg.Connection) -> tuple[int, bool]:
    """Records that wait for the worker, and whether links or heat are among what they wait for."""
    row = await connection.fetchrow(WAITING)
    assert row is not None
    return row["records"], row["unsettled"]


async def most_linked(connection: asyncpg.Connection) -> asyncpg.Record | None:
    """(id, kind, title, sources)"""
    return await connection.fetchrow(MOST_LINKED)


async def first_day(connection: asyncpg.Connection) -> date | None:
    return await connection.fetchval(FIRST_DAY)  # type: ignore[no-any-return]


async def notes_of_days(
    connection: asyncpg.Connection, days: Sequence[tuple[date, datetime, datetime]]
) -> Sequence[asyncpg.Record]:
    """(day, id, kind, title, preview) of up to five, the latest year first."""
    return await connection.fetch(THIS_DAY, *_columns(days))


async def notes_near_days(
    connection: asyncpg.Connection, days: Sequence[tuple[date, datetime, datetime]], zone: str
) -> Sequence[asyncpg.Record]:
    """As above, of the days before and after each, in no order."""
    return await connection.fetch(NEAREST, *_columns(days), zone)


def _columns(days: Sequence[tuple[date, datetime, datetime]]) -> list[list[Any]]:
    return [list(column) for column in zip(*days, strict=True)]


def told(row: asyncpg.Record) -> dict[str, Any]:
    """The report as the worker last wrote it."""
    return json.loads(row["report"])  # type: ignore[no-any-return]
