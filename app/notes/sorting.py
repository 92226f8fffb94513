"""The list in other orders than its own: by creation, by title, by warmth; each a walk along an index.

Two of them walk another table than the notes', and have a second part for the notes that it does not know: those
without a title, and those that were never warm. It is asked for only where the first part ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.notes.filters import NoteFilter, filter_clauses
from app.notes.queries import PAGE_SIZE, is_archived
from app.search.listing import ListQuery, ReadQuery
from app.web.paging import decode_cursor, encode_cursor

LAST = UUID(int=2**128 - 1)
COLUMNS = "select n.id, n.version, n.is_pinned, {when} as updated_at, h.warmth, {key} as sort_key, {part} as part"
SHELF = " and n.deleted_at is null and n.note_kind <> 'system' and n.archived_at is null"
ARCHIVE = " and n.deleted_at is null and n.note_kind <> 'system' and n.archived_at is not null"
HEAT = " left join record_heat h on h.record_id = n.id"
# Looked up row by row (`offset 0` keeps it so): an anti-join read the warmth of the whole house, 117 ms for 1,000
# notes beside 100,000 of another person.
PROBED = (
    " left join lateral (select w.record_id, w.warmth from record_heat w where w.record_id = n.id offset 0) h on true"
)
LIMIT = f" limit {PAGE_SIZE}"


@dataclass(frozen=True, slots=True)
class Part:
    """`first` is where it begins; `sql` ends before what narrows it, and `order` is all that follows."""

    sql: str
    order: str
    first: tuple[Any, UUID]


@dataclass(frozen=True, slots=True)
class Order:
    parts: tuple[Part, ...]
    read: Callable[[Any], Any]
    """How a cursor's text becomes a place in it."""


CREATED = Part(
    COLUMNS.format(when="n.created_at", key="n.created_at", part=0) + " from notes n" + HEAT
    + " where (n.created_at, n.id) < ($1, $2)" + SHELF,
    " order by n.created_at desc, n.id desc" + LIMIT, (datetime.max.replace(tzinfo=UTC), LAST),
)  # fmt: skip
# What a name is compared by has no case and no accents, whatever the script.
TITLED = Part(
    COLUMNS.format(when="n.updated_at", key="t.folded", part=0)
    + " from names t join notes n on n.id = t.record_id" + HEAT
    + " where t.origin = 'title' and (t.folded, t.record_id) > ($1, $2)" + SHELF,
    " order by t.folded, t.record_id" + LIMIT, ("", UUID(int=0)),
)  # fmt: skip
UNTITLED = Part(
    COLUMNS.format(when="n.updated_at", key="''", part=1) + " from notes n" + HEAT
    + " where n.title !~ '\\S' and $1::text is not null and n.id > $2" + SHELF,
    " order by n.id" + LIMIT, ("", UUID(int=0)),
)  # fmt: skip
WARMED = Part(
    COLUMNS.format(when="n.updated_at", key="h.warmth", part=0)
    + " from record_heat h join notes n on n.id = h.record_id where (h.warmth, h.record_id) < ($1, $2)" + SHELF,
    " order by h.warmth desc, h.record_id desc" + LIMIT, (float("inf"), LAST),
)  # fmt: skip
NEVER_WARM = Part(
    COLUMNS.format(when="n.updated_at", key="0::float8", part=1) + " from notes n" + PROBED
    + " where h.record_id is null and $1::float8 is not null and n.id < $2" + SHELF,
    " order by n.id desc" + LIMIT, (0.0, LAST),
)  # fmt: skip

ORDERS = {
    "created": Order((CREATED,), datetime.fromisoformat),
    "title": Order((TITLED, UNTITLED), str),
    "warm": Order((WARMED, NEVER_WARM), float),
}

Place = tuple[int, Any, UUID]
"""Where a page ended: the part, and the key and id in it."""


def read_place(order: str, cursor: str | None) -> Place | None:
    if not cursor:
        return None
    part, key, record_id = decode_cursor(cursor, int, ORDERS[order].read, UUID)
    return min(max(part, 0), len(ORDERS[order].parts) - 1), key, record_id


def next_place(keys: Sequence[asyncpg.Record]) -> str:
    last = keys[-1]
    key = last["sort_key"]
    return encode_cursor(str(last["part"]), key.isoformat() if isinstance(key, datetime) else str(key), last["id"])


async def sort_keys(
    connection: asyncpg.Connection, wanted: NoteFilter, after: Place | None, read: ReadQuery | None,
    families: Sequence[Sequence[UUID]], time_zone: str,
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:  # fmt: skip
    """As `list_keys`, in the order that is wanted; with `part` and `sort_key`."""
    sql, values = filter_clauses(wanted, 3, families, time_zone)
    query = await read(len(values) + 3) if read else None
    if query:
        sql, values = sql + query.sql, [*values, *query.values]
    parts = ORDERS[wanted.sort].parts
    begin, *place = after or (0, *parts[0].first)
    rows: list[asyncpg.Record] = []
    for part in parts[begin:]:
        statement = (part.sql.replace(SHELF, ARCHIVE) if is_archived(wanted, query) else part.sql) + sql + part.order
        rows += await connection.fetch(statement, *(place if part is parts[begin] else part.first), *values)
        if len(rows) >= PAGE_SIZE:
            break
    return rows[:PAGE_SIZE], query
