"""Whose birthday is when, through what is derived from each person's dates; and the feed of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.birthdays.days import Birthday, read_birthday

BIRTHDAYS = """
select c.id, c.full_name, p.value, c.updated_at
  from contact_points p join contacts c on c.id = p.contact_id
 where p.user_id = app_user_id() and p.kind = 'date' and fold_text(p.label) in ('birthday', 'bday')
   and c.deleted_at is null and c.archived_at is null and not c.is_self and c.status <> 'blocked'
 order by p.normal, lower(c.full_name), c.id, p.place limit 20000"""
FEED = "select created_at, last_used_at from feeds where purpose = 'birthdays'"
OPEN = "delete from feeds where purpose = 'birthdays'"
KEEP = "insert into feeds (user_id, purpose, token_hash) values ($1, 'birthdays', $2)"
OPENED = "select user_id, locale, time_zone from gate_open_feed($1, 'birthdays')"


async def read_birthdays(connection: asyncpg.Connection) -> list[tuple[asyncpg.Record, Birthday]]:
    """Each with its person's row (id, full_name, updated_at). Nobody has two: the first of the list counts."""
    found: dict[UUID, tuple[asyncpg.Record, Birthday]] = {}
    for row in await connection.fetch(BIRTHDAYS):
        birthday = read_birthday(row["value"])
        if birthday is not None:
            found.setdefault(row["id"], (row, birthday))
    return list(found.values())


async def find_feed(connection: asyncpg.Connection) -> asyncpg.Record | None:
    return await connection.fetchrow(FEED)


async def end_feed(connection: asyncpg.Connection) -> bool:
    """Whether there was one."""
    return bool(await connection.execute(OPEN) != "DELETE 0")


async def keep_feed(connection: asyncpg.Connection, user_id: UUID, token_hash: bytes) -> None:
    """The address before it opens nothing any more."""
    await end_feed(connection)
    await connection.execute(KEEP, user_id, token_hash)


async def open_feed(connection: asyncpg.Connection, token_hash: bytes) -> asyncpg.Record | None:
    """The transaction becomes whoever's feed it is; None where it is nobody's."""
    rows: Sequence[asyncpg.Record] = await connection.fetch(OPENED, token_hash)
    return rows[0] if rows else None
