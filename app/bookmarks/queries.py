"""What the bookmarks' pages read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.search.listing import ListQuery, ReadQuery

PAGE_SIZE = 50
FIRST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))

LIST = """
select b.id, b.title, b.url, b.description, b.category, b.is_favourite, b.created_at, h.warmth
  from bookmarks b left join record_heat h on h.record_id = b.id
 where b.deleted_at is null and b.archived_at is null and (b.created_at, b.id) < ($1, $2)
   and ($3 = '' or b.category = $3 or starts_with(b.category, $3 || '/')) and (not $4 or b.is_favourite)"""
ORDER = f" order by b.created_at desc, b.id desc limit {PAGE_SIZE}"
CATEGORIES = """
select category, count(*) from bookmarks where deleted_at is null and archived_at is null and category is not null
 group by 1 order by 2 desc, 1 limit 30"""
SHOW = """
select b.*, h.warmth,
       array(select t.label from record_topics rt join topics t on t.id = rt.topic_id
              where rt.record_id = b.id and t.deleted_at is null order by 1) as topics,
       (select jsonb_agg(f) from (select r.id, r.kind, r.title, r.preview from entity_links l
          join records r on r.id = l.target_id where l.source_id = b.id and l.relation = 'filed_from'
          order by l.created_at limit 20) f) as filed_from
  from bookmarks b left join record_heat h on h.record_id = b.id where b.id = $1"""
ALL = """
select b.url, b.title, b.description, b.category, p.favicon, b.created_at, b.last_visited_at,
       array(select t.label from record_topics rt join topics t on t.id = rt.topic_id
              where rt.record_id = b.id and t.deleted_at is null order by 1) as topics
  from bookmarks b left join link_pages p on p.record_id = b.id
 where b.deleted_at is null order by coalesce(b.category, ''), b.created_at, b.id"""


async def list_bookmarks(
    connection: asyncpg.Connection, after: tuple[datetime, UUID], category: str, favourites: bool,
    read: ReadQuery | None,
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:  # fmt: skip
    values: list[Any] = [*after, category, favourites]
    query = await read(len(values) + 1) if read else None
    statement = LIST + (query.sql if query else "") + ORDER
    values += query.values if query else ()
    return await connection.fetch(statement, *values), query


async def list_categories(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """(category, how many), the fullest first."""
    return await connection.fetch(CATEGORIES)


async def show_bookmark(connection: asyncpg.Connection, bookmark_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, bookmark_id)


async def all_bookmarks(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """By category, with their topics."""
    return await connection.fetch(ALL)
