"""How the quick switcher finds a record by what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.text import fold

MOST = 10
LONGEST = 200

LAST_OPENED = """
select r.id, r.kind, r.title, r.preview from record_heat h join records r on r.id = h.record_id
 where h.user_id = $1 and h.opened_at is not null and r.deleted_at is null
 order by h.opened_at desc limit 8"""

# The whole name, its beginning, a word's beginning, initials, all the words anywhere: each is looked up by an index, so
# that a large house takes no longer (of very many, some hundreds are ranked). Among equals first what is current, then
# what is warm, then what is short.
NAMED = """
with found as (
    (select record_id, folded from names
      where user_id = $1 and folded >= $2 and folded < $2 || U&'\\FFFF' order by folded limit 300)
    union
    (select record_id, folded from names
      where user_id = $1 and initials >= $3 and initials < $3 || U&'\\FFFF' order by initials limit 300)
    union
    select record_id, folded from gate_find_names(array[case when length($2) < 3 then ' ' || $2 else $2 end], 500)
    union
    select record_id, folded from gate_find_names($4::text[], 500) where cardinality($4::text[]) > 1),
placed as (
    select n.record_id, n.name, length(n.folded) as length,
           case when n.folded = $2 then 0 when starts_with(n.folded, $2) then 1
                when position(' ' || $2 in n.folded) > 0 then 2
                when starts_with(n.initials, $3) then 3 else 4 end as place
      from found f join names n on n.user_id = $1 and n.record_id = f.record_id and n.folded = f.folded),
best as (
    select distinct on (record_id) * from placed order by record_id, place, length)
select r.id, r.kind, r.title, r.preview, b.name, b.place
  from best b join records r on r.id = b.record_id left join record_heat h on h.record_id = r.id
 where r.deleted_at is null
 order by b.place, r.archived_at is not null, h.warmth desc nulls last, b.length, r.id limit 10"""

RECORDS = "select id, kind, title, preview from records where id = any($1) and deleted_at is null"


async def last_opened(connection: asyncpg.Connection, user_id: UUID) -> Sequence[asyncpg.Record]:
    """(id, kind, title, preview) of the last eight."""
    return await connection.fetch(LAST_OPENED, user_id)


async def find_named(connection: asyncpg.Connection, user_id: UUID, q: str) -> Sequence[asyncpg.Record]:
    """(id, kind, title, preview, name, place), best first."""
    folded = fold(q)
    # Nothing begins with a NUL, so a query that is no initials matches none.
    initials = folded.replace(" ", "") if len(folded) > 1 else "\x01"
    return await connection.fetch(NAMED, user_id, folded, initials, folded.split())


async def read_records(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    return {row["id"]: row for row in await connection.fetch(RECORDS, ids)}
