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
       h.warmth, c.is_pinned, p.normal as sort_key
  from contact_points p join contacts c on c.id = p.contact_id left join record_heat h on h.record_id = c.id
 where p.place = 0 and not c.is_self and c.deleted_at is null and (p.normal, p.contact_id) > ($1, $2)"""
ORDER = f" order by p.normal, p.contact_id limit {PAGE_SIZE}"
LISTS = {
    "current": LIST + " and c.archived_at is null" + ORDER,
    "archived": LIST + " and c.archived_at is not null" + ORDER,
}


async def list_contacts(
    connection: asyncpg.Connection, after: tuple[str, UUID] = FIRST, prop: PropertyFilter | None = None,
    read: ReadQuery | None = None, among: Sequence[UUID] | None = None,
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:  # fmt: skip
    """(id, full_name, soft line, warmth, is_pinned, sort_key), by name; and the box's query where there is one.

    `among`: whom a search as one types found; then there is no query.
    """
    values: list[Any] = list(after)
    sql = ""
    if prop:
        sql, values = clauses("c.id", 3)[prop.match], [*values, *prop.values]
    if among is not None:
        sql, values = sql + f" and p.contact_id = any(${len(values) + 1})", [*values, among]
    query = await read(len(values) + 1) if read else None
    if query:
        sql, values = sql + query.sql, [*values, *query.values]
    statement = LISTS[query.narrowed.shelf if query else "current"].replace(ORDER, sql + ORDER)
    return await connection.fetch(statement, *values), query


async def show_contact(connection: asyncpg.Connection, contact_id: UUID) -> asyncpg.Record | None:
    """The row alone, as its form shows it."""
    return await connection.fetchrow("select * from contacts where id = $1", contact_id)


# One step of the index for each letter, however many people there are.
LETTERS = """
with recursive l(letter) as (
    (select left(p.normal, 1) from contact_points p where p.place = 0 order by p.normal limit 1)
    union all
    select (select left(p.normal, 1) from contact_points p
             where p.place = 0 and p.normal >= l.letter || U&'\\FFFF' order by p.normal limit 1)
      from l where l.letter is not null)
select letter from l where letter is not null limit 60"""


async def read_letters(connection: asyncpg.Connection) -> list[str]:
    """With which the names begin, folded."""
    return [row[0] for row in await connection.fetch(LETTERS)]
