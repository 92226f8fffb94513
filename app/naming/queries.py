"""What the pages of names read."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

FIRST = ("", UUID(int=0))
PAGE_SIZE = 60

LIST = """
select e.id, e.name, e.entity_type, e.last_seen, lower(e.name) as sort_key,
       (select count(distinct l.source_id) from entity_links l
         where l.target_id = e.id and l.rejected_at is null and l.valid_to is null and l.origin <> 'inferred') as times
  from entities e
 where e.deleted_at is null and (lower(e.name), e.id) > ($1, $2)
 order by lower(e.name), e.id limit 60"""

SHOW = """
select e.*, array(
       select n.name from names n where n.record_id = e.id and n.origin <> 'title' order by n.name) as aliases
  from entities e where e.id = $1"""

MENTIONS = """
select l.source_id as id, r.kind, r.title, r.preview, l.evidence, r.created_at
  from entity_links l join records r on r.id = l.source_id and r.deleted_at is null
 where l.target_id = $1 and l.rejected_at is null and l.valid_to is null and l.origin <> 'inferred'
 order by r.created_at desc, l.id limit 101"""

# Whoever is spoken of in the same records, most often first.
BESIDE = """
select r.id, r.kind, r.title, r.preview, count(distinct o.source_id) as times
  from entity_links l
  join entity_links o on o.source_id = l.source_id and o.target_id <> l.target_id
       and o.rejected_at is null and o.valid_to is null and o.origin <> 'inferred' and not o.is_ambiguous
  join records r on r.id = o.target_id and r.deleted_at is null and r.kind in ('entity', 'contact', 'topic')
 where l.target_id = $1 and l.rejected_at is null and l.valid_to is null and l.origin <> 'inferred'
 group by r.id, r.kind, r.title, r.preview order by 5 desc, r.title, r.id limit 12"""

# Who could be the same: the first or the last word in common, and beside it whatever else speaks for it.
ALIKE = """
with own as (
    select n.first_word, n.last_word from names n where n.record_id = $1),
near as (
    select n.record_id from own join names n on n.user_id = app_user_id() and n.first_word = own.first_word
    union select n.record_id from own join names n on n.user_id = app_user_id() and n.last_word = own.last_word),
beside as (
    select distinct o.target_id as id from entity_links l join entity_links o on o.source_id = l.source_id
     where l.target_id = $1 and o.target_id <> $1 and l.rejected_at is null and o.rejected_at is null
       and l.origin <> 'inferred' and o.origin <> 'inferred')
select r.id, r.kind, r.title, r.preview,
       (select count(distinct o.target_id) from entity_links l
          join entity_links o on o.source_id = l.source_id and o.target_id <> r.id
         where l.target_id = r.id and l.rejected_at is null and l.origin <> 'inferred' and o.origin <> 'inferred'
           and o.target_id in (select id from beside)
       ) as shared
  from near join records r on r.id = near.record_id and r.deleted_at is null
  left join entities e on e.id = r.id
 where r.id <> $1 and (r.kind = 'entity' and e.entity_type = $2
       or r.kind = 'contact' and $2 = 'person' or r.kind = 'topic' and $2 = 'topic')
   and not exists (select from contacts c where c.id = r.id and c.is_self)
 order by shared desc, r.title, r.id limit 8"""


async def list_entities(connection: asyncpg.Connection, after: tuple[str, UUID]) -> Sequence[asyncpg.Record]:
    return await connection.fetch(LIST, *after)


async def show_entity(connection: asyncpg.Connection, entity_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, entity_id)


async def read_mentions(connection: asyncpg.Connection, entity_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(MENTIONS, entity_id)


async def read_beside(connection: asyncpg.Connection, entity_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(BESIDE, entity_id)


async def read_alike(connection: asyncpg.Connection, entity_id: UUID, kind: str) -> Sequence[asyncpg.Record]:
    return await connection.fetch(ALIKE, entity_id, kind)
