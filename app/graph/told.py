"""The rows of names that a language model found: read beside a text for as long as it says the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.record import RecordText
from app.graph.extracting.told import ToldName

FORGET = "delete from told_names where record_id = any($1)"
READ = "select record_id, digest, names, model from told_names where record_id = any($1)"
# The connect slot makes of them what it makes of all that a text names.
KEEP = """
insert into told_names (record_id, user_id, digest, names, model)
select r.id, r.user_id, $2, $3, $4 from records r where r.id = $1 and r.deleted_at is null
on conflict (record_id) do update
   set digest = excluded.digest, names = excluded.names, model = excluded.model, told_at = now()
returning record_id"""
CONNECT = "select queue_connect($1)"


async def read_told(connection: asyncpg.Connection, texts: Sequence[RecordText]) -> dict[UUID, tuple[ToldName, ...]]:
    """Of those whose texts say what they said when the model read them; what was told of others is forgotten."""
    rows = {row["record_id"]: row for row in await connection.fetch(READ, [text.id for text in texts])}
    stale = {text.id for text in texts if text.id in rows and rows[text.id]["digest"] != text.digest}
    if stale:
        await connection.execute(FORGET, list(stale))
    return {
        record_id: tuple(ToldName(one["name"], one["type"], row["model"]) for one in json.loads(row["names"]))
        for record_id, row in rows.items()
        if record_id not in stale
    }


async def keep_told(
    connection: asyncpg.Connection, record_id: UUID, digest: bytes, names: Sequence[ToldName], model: str
) -> bool:
    """False where the record is gone."""
    told = json.dumps([{"name": one.name, "type": one.type} for one in names])
    kept = await connection.fetchval(KEEP, record_id, digest, told, model)
    if kept is not None:
        await connection.execute(CONNECT, [record_id])
    return kept is not None
