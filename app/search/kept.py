"""What is kept of a person's searches: vectors of questions, queries under a name, the last ones where wanted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import numpy as np
from pgvector import HalfVector

from app.core.errors import NotFound
from app.ports.models import Model, Question

MODEL_SECONDS = 2.0
MOST_VECTORS = 500

RECALL = """
update semantic_cache set uses = uses + 1, used_at = now() where user_id = app_user_id() and query_hash = $1
returning embedding"""
KEEP_VECTOR = """
insert into semantic_cache (user_id, query_hash, embedding) values (app_user_id(), $1, $2)
on conflict (user_id, query_hash) do nothing"""
DROP_VECTORS = """
delete from semantic_cache where user_id = app_user_id() and used_at < (
    select used_at from semantic_cache where user_id = app_user_id() order by used_at desc offset $1 limit 1)"""

SAVED = """
select id, name, query, place, kept from saved_searches where $1 in ('', place) order by lower(name), id"""
SAVE = """
insert into saved_searches (user_id, name, query, place, kept) values (app_user_id(), $1, $2, $3, $4)
on conflict (user_id, name) do update set query = excluded.query, place = excluded.place, kept = excluded.kept"""

# Only of those who want it: the setting is asked for in the same statement.
REMEMBER = """
insert into search_history (user_id, query) select id, $1 from users where id = app_user_id() and keeps_searches
on conflict (user_id, query) do update set at = now()"""
LAST = "select query from search_history order by at desc limit 12"


async def embed_query(connection: asyncpg.Connection, model: Model, text: str) -> Question:
    """The vector of a question, which the model reads once. Raises whatever the model does, and TimeoutError."""
    embedder = model.embedder
    digest = hashlib.sha256(f"{model.id} {model.query_prefix}\n{text}".encode()).digest()
    known = await connection.fetchval(RECALL, digest)
    if known is not None:
        return Question(model.id, np.asarray(known.to_list(), np.float32), model.least_cosine)
    async with asyncio.timeout(MODEL_SECONDS):
        vector = await asyncio.to_thread(embedder.embed_query, text)
    if vector.shape != (embedder.dimensions,) or not np.isfinite(vector).all():
        raise ValueError(f"{embedder.name}: unusable vector")
    await connection.execute(KEEP_VECTOR, digest, HalfVector(vector))
    await connection.execute(DROP_VECTORS, MOST_VECTORS)
    return Question(model.id, vector, model.least_cosine)


async def list_saved(connection: asyncpg.Connection, place: str = "") -> Sequence[asyncpg.Record]:
    """(id, name, query, place, kept) by name; of one list, or of all."""
    return await connection.fetch(SAVED, place)


async def save_search(connection: asyncpg.Connection, name: str, query: str, place: str, kept: str) -> None:
    """A name that is there already gets the new query. `kept` is the rest of the list's address."""
    await connection.execute(SAVE, name, query, place, kept)


async def drop_saved(connection: asyncpg.Connection, search_id: UUID) -> None:
    if await connection.fetchval("delete from saved_searches where id = $1 returning id", search_id) is None:
        raise NotFound


async def remember_search(connection: asyncpg.Connection, query: str) -> None:
    """Nothing is kept of those who did not ask for it."""
    await connection.execute(REMEMBER, query)


async def last_searches(connection: asyncpg.Connection) -> list[str]:
    return [row[0] for row in await connection.fetch(LAST)]


async def forget_searches(connection: asyncpg.Connection) -> None:
    await connection.execute("delete from search_history")
    await connection.execute("delete from semantic_cache")
