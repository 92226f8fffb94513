"""What the people's pages read. Contact Zero is in no list, but has its page."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.properties.filters import PropertyFilter, clauses

FIRST = ("", UUID(int=0))
PAGE_SIZE = 50

LIST = """
select c.id, c.full_name, concat_ws(' · ', nullif(c.role_title, ''), nullif(c.company, ''), nullif(c.location, '')),
       h.warmth, c.is_pinned, lower(c.full_name) as sort_key
  from contacts c left join record_heat h on h.record_id = c.id
 where not c.is_self and c.deleted_at is null and c.archived_at is null and (lower(c.full_name), c.id) > ($1, $2)"""
ORDER = f" order by lower(c.full_name), c.id limit {PAGE_SIZE}"
LIST_ALL = LIST + ORDER
LIST_BY_PROPERTY = {match: LIST + clause + ORDER for match, clause in clauses("c.id", 3).items()}

SHOW = """
select c.*, h.warmth, h.opened_at,
       (select jsonb_agg(b) from (
            select distinct on (r.updated_at, l.source_id) l.source_id, r.kind, r.title, l.evidence
              from entity_links l join records r on r.id = l.source_id
             where l.target_id = c.id and l.rejected_at is null and r.deleted_at is null
             order by r.updated_at desc, l.source_id limit 101) b) as backlinks
  from contacts c left join record_heat h on h.record_id = c.id
 where c.id = $1"""


async def list_contacts(
    connection: asyncpg.Connection, after: tuple[str, UUID] = FIRST, prop: PropertyFilter | None = None
) -> Sequence[asyncpg.Record]:
    """(id, full_name, soft line, warmth, is_pinned, sort_key), by name."""
    if prop:
        return await connection.fetch(LIST_BY_PROPERTY[prop.match], *after, *prop.values)
    return await connection.fetch(LIST_ALL, *after)


async def show_contact(connection: asyncpg.Connection, contact_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, contact_id)
