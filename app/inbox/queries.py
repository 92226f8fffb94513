"""What waits in the inbox: captures, and notes that were left there. What returns from its sleep heads the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.search.listing import ListQuery, ReadQuery

PAGE_SIZE = 50
FIRST = (False, datetime.min.replace(tzinfo=UTC), UUID(int=0))

WAITING = """
(select c.id, 'capture' as kind, c.title, c.content, c.url, c.capture_type, c.created_at, c.snoozed_until, c.source
   from captures c
  where c.processed_at is null and c.discarded_at is null and c.deleted_at is null and c.archived_at is null
 union all
 select n.id, 'note', n.title, n.content, null, 'note', n.created_at, n.snoozed_until, n.source
   from notes n
  where n.is_inbox and n.deleted_at is null and n.archived_at is null and n.template_for is null) q"""
# By its place in the queue: what has returned first, then the oldest.
AWAKE = " (q.snoozed_until is null or q.snoozed_until <= now()) "
COLUMNS = (
    "q.id, q.kind, q.title, left(q.content, 400) as content, q.url, q.capture_type, q.created_at, q.source, "
    "q.snoozed_until, q.snoozed_until is not null as has_returned "
)
ORDER = f" order by q.snoozed_until is null, q.created_at, q.id limit {PAGE_SIZE}"
LIST = (
    "select " + COLUMNS + "from " + WAITING + " where" + AWAKE
    + "and (q.snoozed_until is null, q.created_at, q.id) > ($1, $2, $3) and ($4 = '' or q.capture_type = $4)"
)  # fmt: skip
ASLEEP = (
    "select " + COLUMNS + "from " + WAITING + " where q.snoozed_until > now() and ($1 = '' or q.capture_type = $1) "
    "order by q.snoozed_until, q.id limit 200"
)
COUNTS = (
    "select q.capture_type, count(*) filter (where" + AWAKE + ") as awake, "
    "count(*) filter (where not" + AWAKE + ") as asleep from " + WAITING + " group by 1"
)
# The one that was asked for, else the first of the queue.
ONE = (
    "select q.id, q.kind, q.title, q.content, q.url, q.capture_type, q.created_at, q.source, q.snoozed_until, "
    "q.snoozed_until <= now() as has_returned from "
    + WAITING
    + " where ($1::uuid is null and"
    + AWAKE
    + "or q.id = $1) "
    "order by q.snoozed_until is null, q.created_at, q.id limit 1"
)
AROUND = (
    "select (select q.id from "
    + WAITING
    + " where"
    + AWAKE
    + "and (q.snoozed_until is null, q.created_at, q.id) > ($1, $2, $3) "
    "order by q.snoozed_until is null, q.created_at, q.id limit 1) as after, "
    "(select q.id from "
    + WAITING
    + " where"
    + AWAKE
    + "and (q.snoozed_until is null, q.created_at, q.id) < ($1, $2, $3) "
    "order by q.snoozed_until is null desc, q.created_at desc, q.id desc limit 1) as before"
)
FILES = "select id, name from attachments where record_id = $1 and deleted_at is null order by name limit 50"
TOPICS = """
select distinct t.label from record_topics rt join topics t on t.id = rt.topic_id
 where rt.record_id = $1 and t.deleted_at is null order by 1 limit 20"""
# Of the last thirty days: how much came, how much found its place, and how long half of that waited at most.
FLOW = """
select (select count(*) from captures where created_at > now() - interval '30 days'
           and (deleted_at is null or discarded_at is not null)) as captured,
       (select count(*) from captures where processed_at > now() - interval '30 days') as filed,
       (select percentile_cont(0.5) within group (order by extract(epoch from processed_at - created_at))
          from captures where processed_at > now() - interval '30 days') as median_seconds"""


async def list_items(
    connection: asyncpg.Connection, after: tuple[bool, datetime, UUID], capture_type: str, read: ReadQuery | None
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:
    values: list[Any] = [*after, capture_type]
    query = await read(len(values) + 1) if read else None
    statement = LIST + (query.sql if query else "") + ORDER
    values += query.values if query else ()
    return await connection.fetch(statement, *values), query


async def list_asleep(connection: asyncpg.Connection, capture_type: str) -> Sequence[asyncpg.Record]:
    return await connection.fetch(ASLEEP, capture_type)


async def count_items(connection: asyncpg.Connection) -> Mapping[str, tuple[int, int]]:
    """By type: how many wait, and how many sleep."""
    return {row["capture_type"]: (row["awake"], row["asleep"]) for row in await connection.fetch(COUNTS)}


async def find_item(connection: asyncpg.Connection, item_id: UUID | None) -> asyncpg.Record | None:
    return await connection.fetchrow(ONE, item_id)


async def find_around(connection: asyncpg.Connection, row: asyncpg.Record) -> asyncpg.Record:
    """(after, before): the neighbours in the queue."""
    around = await connection.fetchrow(AROUND, row["snoozed_until"] is None, row["created_at"], row["id"])
    assert around is not None
    return around


async def files_of(connection: asyncpg.Connection, item_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(FILES, item_id)


async def topics_of(connection: asyncpg.Connection, item_id: UUID) -> list[str]:
    return [row[0] for row in await connection.fetch(TOPICS, item_id)]


async def read_flow(connection: asyncpg.Connection) -> asyncpg.Record:
    row = await connection.fetchrow(FLOW)
    assert row is not None
    return row
