"""What the topics' pages and lists read. A merged topic lies in the trash and stands for another: its records are
those of that one, whose *family* is itself and whatever was merged into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.text import fold

FIRST = ("", UUID(int=0))
# A literal: with a parameter the statement would be planned anew at each execution.
PAGE_SIZE = 60

FIND = """
with found as (
    select w.slug as asked, coalesce(
           (select s.topic_id from topic_slugs s where s.user_id = app_user_id() and s.slug = w.slug),
           (select s.topic_id from topic_slugs s where s.user_id = app_user_id() and s.folded = w.folded
             order by s.created_at, s.slug limit 1)) as topic_id
      from unnest($1::text[], $2::text[]) w(slug, folded))
select f.asked, l.id, l.label, l.slug, array(select m.id from topics m where m.merged_into = l.id) || l.id as family
  from found f join topics t on t.id = f.topic_id join topics l on l.id = coalesce(t.merged_into, t.id)
 where l.deleted_at is null"""

LIST = """
select t.id, t.label, lower(t.label) as sort_key, h.warmth
  from topics t left join record_heat h on h.record_id = t.id
 where t.deleted_at is null and (lower(t.label), t.id) > ($1, $2)"""
NAMED = " and exists (select from names n where n.record_id = t.id and position($3 in n.folded) > 0)"
ORDER = f" order by lower(t.label), t.id limit {PAGE_SIZE}"
ALL, SOME = LIST + ORDER, LIST + NAMED + ORDER
# Of a page at once: one by one they took 1.3 s with 100,000 notes.
COUNTS = """
select coalesce(t.merged_into, t.id) as id, count(distinct rt.record_id) as records
  from topics t join record_topics rt on rt.topic_id = t.id join records r on r.id = rt.record_id
 where (t.id = any($1) or t.merged_into = any($1)) and r.deleted_at is null group by 1"""

SHOW = """
select t.id, t.label, t.slug, t.description, t.deleted_at, t.merged_into, h.warmth,
       array(select m.id from topics m where m.merged_into = t.id) || t.id as family,
       array(select n.name from names n where n.record_id = t.id and n.origin = 'alias' order by n.folded) as aliases
  from topics t left join record_heat h on h.record_id = t.id where t.id = $1"""

# Of a topic that half of a life stands under, the newest thousands say enough.
FILED = """
with filed as materialized (
    select distinct rt.record_id from record_topics rt join records r on r.id = rt.record_id
     where rt.topic_id = any($1) and r.deleted_at is null order by rt.record_id desc limit 5000) """
NOTES = """
select r.id, r.title, r.preview, r.updated_at, n.is_pinned, h.warmth from (
       select r.id, r.title, r.preview, r.updated_at from records r
        where r.kind = 'note' and r.deleted_at is null and r.archived_at is null and exists (
              select from record_topics rt where rt.record_id = r.id and rt.topic_id = any($1))
        order by r.updated_at desc, r.id desc limit 20) r
  join notes n on n.id = r.id left join record_heat h on h.record_id = r.id
 order by r.updated_at desc, r.id desc"""
COUNT = """
select count(distinct n.id) from record_topics rt join notes n on n.id = rt.record_id
 where rt.topic_id = any($1) and n.deleted_at is null and n.archived_at is null"""
PEOPLE = (
    FILED
    + """
select r.id, r.title, count(*) as times from (
        select record_id from filed
        union all select l.target_id from filed f join entity_links l on l.source_id = f.record_id
         where l.target_id is not null and l.rejected_at is null and l.origin <> 'inferred') p(id)
  join records r on r.id = p.id join contacts c on c.id = r.id
 where r.deleted_at is null and not c.is_self group by r.id order by 3 desc, 2, 1 limit 12"""
)
RELATED = (
    FILED
    + """
select l.id, l.label, count(distinct f.record_id) as times
  from filed f join record_topics rt on rt.record_id = f.record_id
  join topics t on t.id = rt.topic_id join topics l on l.id = coalesce(t.merged_into, t.id)
 where t.id <> all($1) and l.deleted_at is null group by l.id order by 3 desc, 2, 1 limit 12"""
)

# Those of the path above it, whatever they are called by now, and those right below or deeper.
ABOVE = """
select distinct on (n.folded) n.folded, t.id from names n join topics t on t.id = n.record_id
 where n.user_id = app_user_id() and n.folded = any($1) and t.deleted_at is null
 order by n.folded, n.origin desc, t.id"""
BELOW = """
select t.id, t.label from names n join topics t on t.id = n.record_id
 where n.user_id = app_user_id() and n.folded >= $1 || '/' and n.folded < $1 || '0' and n.origin = 'title'
   and t.deleted_at is null order by n.folded limit 200"""

BUSIEST = """
select l.label, l.slug, count(distinct rt.record_id) as records
  from record_topics rt join topics t on t.id = rt.topic_id join topics l on l.id = coalesce(t.merged_into, t.id)
 where l.deleted_at is null group by l.id order by 3 desc, 1 limit 200"""


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic that is in use; `family`: by whose ids its records are found."""

    id: UUID
    label: str
    slug: str
    family: tuple[UUID, ...]


async def find_topics(connection: asyncpg.Connection, slugs: Iterable[str]) -> Mapping[str, FoundTopic]:
    """What each of these short names means by now; without those that mean nothing."""
    wanted = list(slugs)
    rows = await connection.fetch(FIND, wanted, [fold(one) for one in wanted])
    return {row["asked"]: FoundTopic(row["id"], row["label"], row["slug"], tuple(row["family"])) for row in rows}


async def list_topics(
    connection: asyncpg.Connection, after: tuple[str, UUID] = FIRST, part: str = ""
) -> Sequence[asyncpg.Record]:
    """A page of (id, label, sort_key, warmth) by name; of those one of whose names has `part` in it."""
    if part:
        return await connection.fetch(SOME, *after, part)
    return await connection.fetch(ALL, *after)


async def count_records(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many records stand under each of these; none for one that is not in it."""
    return {row["id"]: row["records"] for row in await connection.fetch(COUNTS, ids)}


async def show_topic(connection: asyncpg.Connection, topic_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, topic_id)


async def topic_notes(connection: asyncpg.Connection, family: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(id, title, preview, updated_at, is_pinned, warmth) of the last twenty."""
    return await connection.fetch(NOTES, family)


async def count_notes(connection: asyncpg.Connection, family: Sequence[UUID]) -> int:
    return await connection.fetchval(COUNT, family)  # type: ignore[no-any-return]


async def topic_people(connection: asyncpg.Connection, family: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(id, title, times) of those who stand under it, or are named by what does, the most often named first."""
    return await connection.fetch(PEOPLE, family)


async def related_topics(connection: asyncpg.Connection, family: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(id, label, times) of those that most often stand with it."""
    return await connection.fetch(RELATED, family)


async def topics_above(connection: asyncpg.Connection, paths: Sequence[str]) -> dict[str, UUID]:
    rows = await connection.fetch(ABOVE, [fold(path) for path in paths]) if paths else []
    return {row["folded"]: row["id"] for row in rows}


async def topics_below(connection: asyncpg.Connection, label: str) -> Sequence[asyncpg.Record]:
    """(id, label) of those whose path begins with it."""
    return await connection.fetch(BELOW, fold(label))


async def busiest_topics(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """(label, slug, records) of the two hundred that most records are filed under: what a field offers."""
    return await connection.fetch(BUSIEST)
