"""What the notes' pages read. Row-level security binds every query here to the transaction's user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.properties.filters import PropertyFilter, clauses
from app.search.listing import ListQuery, ReadQuery

FIRST = (True, datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""The cursor before the first row: pinned, newer than everything."""

Cursor = tuple[bool, datetime, UUID]

KEYS = """
select n.id, n.version, n.is_pinned, n.updated_at, h.warmth
  from notes n left join record_heat h on h.record_id = n.id
 where (n.is_pinned, n.updated_at, n.id) < ($1, $2, $3) and n.deleted_at is null """
# A literal and not a parameter: a limit that the planner does not know makes every plan look dear, so that it plans
# each execution anew, which took longer (0.4 ms) than the query (0.25 ms).
PAGE_SIZE = 30
ORDER = f" order by n.is_pinned desc, n.updated_at desc, n.id desc limit {PAGE_SIZE}"

LIST = {
    "current": KEYS + "and n.archived_at is null" + ORDER,
    "archived": KEYS + "and n.archived_at is not null" + ORDER,
}
BY_TOPIC = (
    " and exists (select from record_topics rt join topics t on t.id = rt.topic_id "
    "where rt.record_id = n.id and t.slug = ${})"
)
IN_FOLDER = " and n.folder_id = ${}"

ROWS = "select id, title, preview from records where id = any($1)"

# Everything that a note's page shows, in one round trip.
SHOW = """
select n.id, n.title, n.content, n.content_format, n.version, n.is_pinned, n.archived_at, n.deleted_at,
       n.created_at, n.updated_at, n.custom_fields, n.icon, h.warmth, h.opened_at,
       (select jsonb_agg(jsonb_build_array(l.target_name, l.target_id, r.kind, l.is_ambiguous) order by l.target_name)
          from entity_links l left join records r on r.id = l.target_id and r.deleted_at is null
         where l.source_id = n.id and l.origin = 'written' and l.rejected_at is null) as outgoing,
       (select jsonb_agg(b) from (
            select l.source_id, r.kind, r.title, l.evidence, l.written_as
              from entity_links l join records r on r.id = l.source_id
             where l.target_id = n.id and l.rejected_at is null and r.deleted_at is null
             order by r.updated_at desc, l.id limit 101) b) as backlinks,
       (select jsonb_agg(t) from (
            select distinct t.label, t.slug, t.id from record_topics rt join topics t on t.id = rt.topic_id
             where rt.record_id = n.id order by t.label) t) as topics,
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
select distinct on (folded) folded, id, name, media_type from attachments where folded = any($1)
 order by folded, deleted_at nulls first, created_at"""


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """What a list is narrowed to: all of it must hold. `words` is a query of the list's box (app/search/listing.py).

    `selecting` narrows nothing: the list is shown with a box at each row.
    """

    topic: str = ""
    words: str = ""
    folder: UUID | None = None
    archived: bool = False
    selecting: bool = False
    prop: PropertyFilter | None = None


async def list_keys(
    connection: asyncpg.Connection, wanted: NoteFilter, after: Cursor = FIRST, read: ReadQuery | None = None
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:
    """A page of (id, version, is_pinned, updated_at, warmth), pinned first, newest first; and the query as `read`."""
    sql, values = narrow_list(wanted, after)
    query = await read(len(values) + 1) if read else None
    if query:
        sql, values = sql + query.sql, [*values, *query.values]
    archived = wanted.archived or (query is not None and query.narrowed.shelf == "archived")
    statement = LIST["archived" if archived else "current"].replace(ORDER, sql + ORDER)
    return await connection.fetch(statement, *values), query


def narrow_list(wanted: NoteFilter, after: Cursor = FIRST) -> tuple[str, list[Any]]:
    """What stands before the list's order, and the statement's parameters so far."""
    values: list[Any] = list(after)
    sql = ""
    for part, value in ((BY_TOPIC, wanted.topic), (IN_FOLDER, wanted.folder)):
        if value:
            values.append(value)
            sql += part.format(len(values))
    if wanted.prop:
        sql += clauses("n.id", len(values) + 1)[wanted.prop.match]
        values += wanted.prop.values
    return sql, values


async def read_rows(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    """(id, title, preview) of these records, in no order."""
    return await connection.fetch(ROWS, ids)


async def show_note(connection: asyncpg.Connection, note_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, note_id)


async def note_to_edit(connection: asyncpg.Connection, note_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(TO_EDIT, note_id)


async def topic_label(connection: asyncpg.Connection, slug: str) -> str | None:
    return await connection.fetchval("select label from topics where slug = $1 and deleted_at is null", slug)  # type: ignore[no-any-return]


async def busiest_topics(connection: asyncpg.Connection, at_most: int = 12) -> Sequence[asyncpg.Record]:
    """(label, slug, records) of the topics that most records are filed under."""
    return await connection.fetch(
        "select t.label, t.slug, count(distinct rt.record_id) as records from topics t "
        "join record_topics rt on rt.topic_id = t.id where t.deleted_at is null "
        "group by t.id order by 3 desc, 1 limit $1",
        at_most,
    )
