"""What stands in other tables about a record and belongs into its readable form: folders, topics, further names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import asyncpg

from app.core.portable import Surroundings
from app.exporting.names import safe_name

FOLDERS = "select id::text, parent_id::text, name from folders"
TAGS = """
select rt.record_id, t.label from record_topics rt join topics t on t.id = rt.topic_id
 where rt.record_id = any($1) and rt.origin not in ('written', 'property') and t.deleted_at is null
 order by t.label"""
ALIASES = "select record_id, name from names where record_id = any($1) and origin = 'alias' order by name"

Near = Callable[[str, str], Surroundings]


async def read_folders(connection: asyncpg.Connection) -> dict[str, str]:
    """The path of each folder by its id, of names that are safe."""
    rows = {row[0]: (row[1], row[2]) for row in await connection.fetch(FOLDERS)}
    return {folder: "/".join(_names_above(folder, rows)) for folder in rows}


def _names_above(folder: str, rows: dict[str, tuple[str | None, str]]) -> list[str]:
    names: list[str] = []
    here: str | None = folder
    while here in rows and len(names) < len(rows):
        here, name = rows[here]
        names.append(safe_name(name, 80))
    return names[::-1]


async def read_surroundings(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[str, Near]:
    """By record: its surroundings, once its file's stem and folder are known."""
    tags, aliases = [_gathered(await connection.fetch(query, ids)) for query in (TAGS, ALIASES)]
    return {
        str(record): partial(Surroundings, tags=tuple(tags.get(record, ())), aliases=tuple(aliases.get(record, ())))
        for record in ids
    }  # fmt: skip


def _gathered(rows: Sequence[asyncpg.Record]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for record_id, name in rows:
        found.setdefault(record_id, []).append(name)
    return found
