"""What the interactions' pages and panels read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

PAGE_SIZE = 30
NEWEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
"""The cursor before the first of a list."""

SHOW = """
select i.*, h.warmth, a.full_name as author,
       (select jsonb_agg(jsonb_build_object('id', c.id, 'name', c.full_name) order by u.place)
          from unnest(i.participant_ids) with ordinality u(id, place) join contacts c on c.id = u.id) as people,
       (select jsonb_agg(f order by f.created_at, f.id) from (
            select f.id, f.name, f.media_type, f.size, f.width, f.created_at from attachments f
             where f.record_id = i.id and f.deleted_at is null) f) as files
  from interactions i left join record_heat h on h.record_id = i.id
  left join contacts a on a.id = i.author_contact_id
 where i.id = $1"""

# Of one person, newest first; through the rows that say who took part, which have an index.
OF_PERSON = """
select i.id, i.interaction_type, i.occurred_at, i.direction, i.summary, i.is_notable,
       (select string_agg(c.full_name, ', ' order by c.full_name) from participants o join contacts c
            on c.id = o.contact_id where o.interaction_id = i.id and o.contact_id <> $1) as others
  from participants p join interactions i on i.id = p.interaction_id
 where p.user_id = app_user_id() and p.contact_id = $1 and (p.occurred_at, p.interaction_id) < ($2, $3)
 order by p.occurred_at desc, p.interaction_id desc"""
PAGE = OF_PERSON + " limit 30"
PANEL = OF_PERSON + " limit 3"

NAMES = "select id, full_name from contacts where id = any($1) and not is_self and deleted_at is null order by 2, 1"
PERSON = "select id, full_name, is_self, deleted_at from contacts where id = $1"


async def show_interaction(connection: asyncpg.Connection, interaction_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, interaction_id)


async def interactions_with(
    connection: asyncpg.Connection, contact_id: UUID, before: tuple[datetime, UUID]
) -> Sequence[asyncpg.Record]:
    return await connection.fetch(PAGE, contact_id, *before)


async def last_interactions(
    connection: asyncpg.Connection, contact_id: UUID, before: tuple[datetime, UUID]
) -> Sequence[asyncpg.Record]:
    return await connection.fetch(PANEL, contact_id, *before)


async def find_people(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(id, full_name) of those that are here, by name."""
    return await connection.fetch(NAMES, ids)


async def find_contact(connection: asyncpg.Connection, contact_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(PERSON, contact_id)
