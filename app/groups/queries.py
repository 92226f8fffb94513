"""What the groups' pages read. Whoever is in the trash is in no list, and in the group again once they are back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

MOST_SELECTED = 500
LIVING = "c.deleted_at is null and not c.is_self"
LIST = """
select g.id, g.name, g.description, h.warmth, (
       select count(*) from group_members m join contacts c on c.id = m.contact_id
        where m.user_id = g.user_id and m.group_id = g.id and c.deleted_at is null) as members
  from groups g left join record_heat h on h.record_id = g.id
 where g.deleted_at is null and g.archived_at is null order by lower(g.name), g.id limit 500"""
SHOW = """
select g.*, h.warmth, f.id as banner_id, f.name as banner_name
  from groups g left join record_heat h on h.record_id = g.id
  left join attachments f on f.id = g.banner and f.deleted_at is null
 where g.id = $1"""
MEMBERS = """
select c.id, c.full_name, m.joined_at, r.last_contact_at, h.warmth
  from group_members m join contacts c on c.id = m.contact_id
  left join contact_rhythm r on r.contact_id = c.id left join record_heat h on h.record_id = c.id
 where m.user_id = app_user_id() and m.group_id = $1 and c.deleted_at is null
 order by lower(c.full_name), c.id limit 2000"""
GROUPS_OF = """
select g.id, g.name, m.joined_at from group_members m join groups g on g.id = m.group_id
 where m.user_id = app_user_id() and m.contact_id = $1 and g.deleted_at is null order by lower(g.name), g.id"""
NAMES = "select name from groups where deleted_at is null order by lower(name) limit 300"
# With a part of a name, an e-mail address or a company.
SELECT = """
select c.id, c.full_name, concat_ws(' · ', c.role_title, c.company, c.location) as soft, h.warmth
  from contacts c left join record_heat h on h.record_id = c.id
 where c.deleted_at is null and c.archived_at is null and not c.is_self
   and ($1 = '' or exists (select from contact_points p where p.contact_id = c.id
                              and position($1 in fold_text(p.value)) > 0)
        or position($1 in fold_text(coalesce(c.company, ''))) > 0)
 order by lower(c.full_name), c.id limit 500"""
MEMBER_ROWS = """
select to_jsonb(c)::text from group_members m join contacts c on c.id = m.contact_id
 where m.user_id = app_user_id() and m.group_id = $1 and c.deleted_at is null order by lower(c.full_name), c.id"""


async def list_groups(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(LIST)


async def show_group(connection: asyncpg.Connection, group_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, group_id)


async def group_members(connection: asyncpg.Connection, group_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(MEMBERS, group_id)


async def groups_of(connection: asyncpg.Connection, contact_id: UUID) -> Sequence[asyncpg.Record]:
    """(id, name, joined_at) by name."""
    return await connection.fetch(GROUPS_OF, contact_id)


async def group_names(connection: asyncpg.Connection) -> tuple[str, ...]:
    return tuple(row[0] for row in await connection.fetch(NAMES))


async def people_to_select(connection: asyncpg.Connection, q: str) -> Sequence[asyncpg.Record]:
    """`q` is folded."""
    return await connection.fetch(SELECT, q)


async def member_rows(connection: asyncpg.Connection, group_id: UUID) -> list[dict[str, Any]]:
    """Whole rows of contacts, as an export has them."""
    return [json.loads(row[0]) for row in await connection.fetch(MEMBER_ROWS, group_id)]
