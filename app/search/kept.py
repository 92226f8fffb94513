"""What is kept of a person's searches: vectors of questions, queries under a name, the last ones where wanted."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import numpy as np
from pgvector import HalfVector

from app.core.errors import NotFound
from app.ports.leaving import Stays
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
    """The vector of a question, which the model reads once. Raises Stays where it may not go to the model, and
    TimeoutError and whatever the model does where there is no answer."""
    embedder = model.embedder
    digest = hashlib.sha256(f"{model.id} {model.query_prefix}\n{text}".encode()).digest()
    known = await connection.fetchval(RECALL, digest)
    if known is not None:
        return Question(model.id, np.asarray(known.to_list(), np.float32), model.least_cosine)
    vector = await _ask(connection, model, text)
    if vector.shape != (embedder.dimensions,) or not np.isfinite(vector).all():
        raise ValueError(f"{embedder.name}: unusable vector")
    await _keep(connection, digest, vector)
    return Question(model.id, vector, model.least_cosine)


async def _keep(connection: asyncpg.Connection, digest: bytes, vector: np.ndarray) -> None:
    """A vector that Postgres will not keep takes nothing else along. By hand: asyncpg makes no savepoint in a
    transaction that it did not begin itself (app/core/database.py begins it in one round trip with the session)."""
    await connection.execute("savepoint question")
    try:
        await connection.execute(KEEP_VECTOR, digest, HalfVector(vector))
        await connection.execute(DROP_VECTORS, MOST_VECTORS)
    except asyncpg.PostgresError:
        await connection.execute("rollback to savepoint question")
        raise


async def _ask(connection: asyncpg.Connection, model: Model, text: str) -> np.ndarray:
    reader, began, error = model.reader, time.monotonic(), ""
    if reader is not None and not await model.door.lets_ask(connection, reader, text):
        raise Stays(model.embedder.name)
    try:
        async with asyncio.timeout(MODEL_SECONDS):
            return await asyncio.to_thread(model.embedder.embed_query, text)
    except Exception as trouble:
        error = type(trouble).__name__
        raise
    finally:
        if reader is not None:
            await model.door.tell_asked(connection, reader, text, time.monotonic() - began, error)


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
