"""What the people's pages read. Contact Zero is in no list, but has its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.properties.filters import PropertyFilter, clauses
from app.search.listing import ListQuery, ReadQuery

FIRST = ("", UUID(int=0))
PAGE_SIZE = 50

LIST = """
select c.id, c.full_name, concat_ws(' · ', nullif(c.role_title, ''), nullif(c.company, ''), nullif(c.location, '')),
       h.warmth, c.is_pinned, lower(c.full_name) as sort_key
  from contacts c left join record_heat h on h.record_id = c.id
 where not c.is_self and c.deleted_at is null and (lower(c.full_name), c.id) > ($1, $2)"""
ORDER = f" order by lower(c.full_name), c.id limit {PAGE_SIZE}"
LISTS = {
    "current": LIST + " and c.archived_at is null" + ORDER,
    "archived": LIST + " and c.archived_at is not null" + ORDER,
}

SHOW = """
select c.*, h.warmth, h.opened_at,
       (select jsonb_agg(b) from (
            select distinct on (r.updated_at, l.source_id) l.source_id, r.kind, r.title, l.evidence
              from entity_links l join records r on r.id = l.source_id
             where l.target_id = c.id and l.rejected_at is null and r.deleted_at is null and l.origin <> 'structural'
             order by r.updated_at desc, l.source_id limit 101) b) as backlinks,
       (select jsonb_agg(b) from (
            select l.relation, l.source_id, r.kind, r.title, r.preview
              from entity_links l join records r on r.id = l.source_id
             where l.target_id = c.id and l.origin = 'structural' and l.relation in ('author', 'target')
               and l.rejected_at is null and r.deleted_at is null
             order by r.updated_at desc, l.id limit 100) b) as related
  from contacts c left join record_heat h on h.record_id = c.id
 where c.id = $1"""


async def list_contacts(
    connection: asyncpg.Connection, after: tuple[str, UUID] = FIRST, prop: PropertyFilter | None = None,
    read: ReadQuery | None = None,
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:  # fmt: skip
    """(id, full_name, soft line, warmth, is_pinned, sort_key), by name; and the box's query where there is one."""
    values: list[Any] = list(after)
    sql = ""
    if prop:
        sql, values = clauses("c.id", 3)[prop.match], [*values, *prop.values]
    query = await read(len(values) + 1) if read else None
    if query:
        sql, values = sql + query.sql, [*values, *query.values]
    statement = LISTS[query.narrowed.shelf if query else "current"].replace(ORDER, sql + ORDER)
    return await connection.fetch(statement, *values), query


async def show_contact(connection: asyncpg.Connection, contact_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, contact_id)
