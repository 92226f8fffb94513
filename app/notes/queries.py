"""What the notes' pages read. Row-level security binds every query here to the transaction's user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.notes.filters import NoteFilter as NoteFilter
from app.notes.filters import filter_clauses
from app.search.listing import ListQuery, ReadQuery

FIRST = (True, datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""The cursor before the first row: pinned, newer than everything."""

Cursor = tuple[bool, datetime, UUID]

KEYS = """
select n.id, n.version, n.is_pinned, n.updated_at, h.warmth
  from notes n left join record_heat h on h.record_id = n.id
 where (n.is_pinned, n.updated_at, n.id) < ($1, $2, $3) and n.deleted_at is null and n.note_kind <> 'system' """
# A literal and not a parameter: a limit that the planner does not know makes every plan look dear, so that it plans
# each execution anew, which took longer (0.4 ms) than the query (0.25 ms).
PAGE_SIZE = 30
ORDER = f" order by n.is_pinned desc, n.updated_at desc, n.id desc limit {PAGE_SIZE}"

LIST = {
    "current": KEYS + "and n.archived_at is null" + ORDER,
    "archived": KEYS + "and n.archived_at is not null" + ORDER,
}
ROWS = "select id, title, preview from records where id = any($1)"
# The first picture of each; a drawing has no width, and no thumbnail.
COVERS = """
select distinct on (record_id) record_id, id, name from attachments
 where record_id = any($1) and deleted_at is null and width is not null order by record_id, created_at, id"""

# Everything that a note's page shows, in one round trip.
SHOW = """
select n.id, n.title, n.content, n.content_format, n.version, n.is_pinned, n.archived_at, n.deleted_at,
       n.created_at, n.updated_at, n.custom_fields, n.icon, h.warmth, h.opened_at,
       n.colour, n.note_kind, n.date_key, n.template_for, n.is_pinned_home,
       (select jsonb_build_array(c.id, c.full_name) from contacts c
         where c.id = n.author_contact_id and c.deleted_at is null and not c.is_self) as author,
       (select jsonb_agg(jsonb_build_array(c.id, c.full_name) order by c.full_name, c.id)
          from note_targets t join contacts c on c.id = t.contact_id where t.note_id = n.id) as targets,
       (select jsonb_build_array(m.title, m.id) from notes m where m.id = n.merged_into) as merged_into,
       (select jsonb_agg(jsonb_build_array(l.target_name, l.target_id, r.kind, l.is_ambiguous) order by l.target_name)
          from entity_links l left join records r on r.id = l.target_id and r.deleted_at is null
         where l.source_id = n.id and l.origin = 'written' and l.rejected_at is null) as outgoing,
       (select jsonb_agg(b) from (
            select l.source_id, r.kind, r.title, l.evidence, l.written_as
              from entity_links l join records r on r.id = l.source_id
             where l.target_id = n.id and l.rejected_at is null and l.valid_to is null and r.deleted_at is null
               and l.origin <> 'inferred'
             order by r.updated_at desc, l.id limit 101) b) as backlinks,
       (select jsonb_agg(t) from (
            select distinct t.label, t.slug, t.id from record_topics rt join topics w on w.id = rt.topic_id
              join topics t on t.id = coalesce(w.merged_into, w.id)
             where rt.record_id = n.id and t.deleted_at is null order by t.label) t) as topics,
       (select jsonb_agg(a order by a.created_at, a.id) from (
            select f.id, f.name, f.media_type, f.size, f.width, f.created_at from attachments f
             where f.record_id = n.id and f.deleted_at is null) a) as files,
       (with recursive up as (
            select f.id, f.parent_id, f.name, 1 as depth from folders f where f.id = n.folder_id
            union all
            select f.id, f.parent_id, f.name, up.depth + 1 from folders f join up on f.id = up.parent_id
             where up.depth < 50)
        select jsonb_agg(jsonb_build_array(id, name) order by depth desc) from up) as folders
  from notes n left join record_heat h on h.record_id = n.id
 where n.id = $1"""

TO_EDIT = """
select id, title, content, version, content_format, updated_at, deleted_at from notes where id = $1"""

TARGETS = """
select distinct on (n.folded) n.folded, n.record_id, r.kind from names n join records r on r.id = n.record_id
 where n.folded = any($1) and r.deleted_at is null order by n.folded, r.kind <> 'note', r.created_at"""

# One in the trash too, where no other has the name: a text that shows it keeps it (app/history/company.py).
FILES_BY_NAME = """
select distinct on (folded) folded, id, name, media_type, width, height from attachments where folded = any($1)
 order by folded, deleted_at nulls first, created_at"""


async def list_keys(
    connection: asyncpg.Connection, wanted: NoteFilter, after: Cursor = FIRST, read: ReadQuery | None = None,
    families: Sequence[Sequence[UUID]] = (), time_zone: str = "UTC",
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:  # fmt: skip
    """A page of (id, version, is_pinned, updated_at, warmth), pinned first, newest first; and the query as `read`."""
    sql, values = narrow_list(wanted, after, families, time_zone)
    query = await read(len(values) + 1) if read else None
    if query:
        sql, values = sql + query.sql, [*values, *query.values]
    statement = LIST["archived" if is_archived(wanted, query) else "current"].replace(ORDER, sql + ORDER)
    return await connection.fetch(statement, *values), query


def narrow_list(
    wanted: NoteFilter, after: Cursor = FIRST, families: Sequence[Sequence[UUID]] = (), time_zone: str = "UTC"
) -> tuple[str, list[Any]]:
    """What stands before the list's order, and the statement's parameters so far."""
    sql, values = filter_clauses(wanted, len(after) + 1, families, time_zone)
    return sql, [*after, *values]


def is_archived(wanted: NoteFilter, query: ListQuery | None) -> bool:
    return wanted.archived or (query is not None and query.narrowed.shelf == "archived")


async def read_rows(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(id, title, preview) of these records, in no order."""
    return await connection.fetch(ROWS, ids)


async def read_covers(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(record_id, id and name of its first picture) of those that have one."""
    return await connection.fetch(COVERS, ids)


async def show_note(connection: asyncpg.Connection, note_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, note_id)


async def note_to_edit(connection: asyncpg.Connection, note_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(TO_EDIT, note_id)
