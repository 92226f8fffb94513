"""What is read of properties, for records of any kind. Row-level security binds every query to its user."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

RECORD = """
select r.kind, r.title, r.preview, r.deleted_at, show_row($2::text::regclass, r.id) ->> 'custom_fields' as fields
  from records r where r.id = $1"""

KIND = "select kind from records where id = $1"

STAMP = "select md5(($1::jsonb -> $2)::text)"

TYPES = "select key, type from property_definitions where key = any($1)"

# The next name is looked up behind the last one, so that it costs as many look-ups as there are names and not as
# many as there are values.
NAMES = """
with recursive names as (
    (select v.user_id, v.key, v.name, 1 as place from property_values v where v.user_id = app_user_id()
      order by v.key limit 1)
    union all
    select next.user_id, next.key, next.name, names.place + 1 from names cross join lateral (
        select v.user_id, v.key, v.name from property_values v
         where v.user_id = names.user_id and v.key > names.key order by v.key limit 1) next
     where names.place < 500)
select name from names
 union select d.name from property_definitions d where not exists (select from names n where n.key = d.key)
 order by name"""

DEFINE = """
insert into property_definitions (user_id, key, name, type) values ($1, $2, $3, $4)
on conflict (user_id, key) do update set name = excluded.name, type = excluded.type, updated_at = now()"""

SET = "select set_property($1::text::regclass, $2, $3, $4, $5, $6::jsonb)"


async def read_kind(connection: asyncpg.Connection, record_id: UUID) -> str | None:
    return await connection.fetchval(KIND, record_id)  # type: ignore[no-any-return]


async def read_record(connection: asyncpg.Connection, record_id: UUID, table: str) -> asyncpg.Record | None:
    """(kind, title, preview, deleted_at, fields) of one record; `fields` as jsonb writes it."""
    return await connection.fetchrow(RECORD, record_id, table)


async def read_stamp(connection: asyncpg.Connection, fields: str, name: str) -> str:
    """What tells whether a property is still as somebody saw it."""
    return await connection.fetchval(STAMP, fields, name) or ""


async def read_types(connection: asyncpg.Connection, keys: Sequence[str]) -> dict[str, str]:
    """The types that the user chose, by key (app/properties/names.py)."""
    rows = await connection.fetch(TYPES, list(keys)) if keys else []
    return {row[0]: row[1] for row in rows}


async def known_names(connection: asyncpg.Connection) -> tuple[str, ...]:
    """The names of the user's properties, each in one of its spellings."""
    return tuple(row[0] for row in await connection.fetch(NAMES))


async def define_type(connection: asyncpg.Connection, user_id: UUID, key: str, name: str, kind: str) -> None:
    await connection.execute(DEFINE, user_id, key, name, kind)


async def set_property(
    connection: asyncpg.Connection, table: str, record_id: UUID, former: str | None, stamp: str, name: str | None,
    value: str | None,
) -> str:  # fmt: skip
    """`done`, `same`, `gone`, `moved`, `taken` or `full` (migrations/versions/20261121_1090_type_properties.py)."""
    return await connection.fetchval(SET, table, record_id, former, stamp, name, value)  # type: ignore[no-any-return]
