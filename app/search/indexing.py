"""The index slot: records become passages, and passages become vectors of the model that answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np

from app.core.database import Database
from app.core.record import RecordText
from app.ports.embedding import Embedder, EmbeddingError
from app.ports.models import Model
from app.search.passages import Passage, split_passages

# Texts per call of the model: enough to fill its matrices, few enough to stay small in memory.
BATCH = 64

KNOWN = "select text_hash from vectors where model_id = $1 and text_hash = any($2)"

KEEP = """
insert into vectors (user_id, model_id, text_hash, embedding)
select $1, $2, v.text_hash, v.embedding::halfvec from unnest($3::bytea[], $4::text[]) v(text_hash, embedding)
on conflict do nothing"""

REPLACE = "delete from passages where record_id = any($1)"

INSERT = """
insert into passages (user_id, record_id, ordinal, heading, body_start, body_end, text, text_hash)
select $1, r.id, p.ordinal, p.heading, p.body_start, p.body_end, p.text, p.text_hash
  from unnest($2::uuid[], $3::int[], $4::text[], $5::int[], $6::int[], $7::text[], $8::bytea[])
    as p(record_id, ordinal, heading, body_start, body_end, text, text_hash)
  join records r on r.id = p.record_id"""


@dataclass(frozen=True, slots=True)
class Text:
    """A passage's words, whose they are, and what they are known by."""

    record_id: UUID
    hash: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Pending:
    record_id: UUID
    passage: Passage
    hash: bytes


async def index_texts(database: Database, user_id: UUID, texts: Sequence[RecordText], model: Model | None) -> None:
    """Replace the passages of these records. Only passages whose text the model never read are embedded.

    No transaction is open while the model works: it reads in one, computes, and writes in another. Without a model
    the passages alone are kept, for whichever is chosen one day.
    """
    pending = [
        Pending(text.id, passage, hashlib.sha256(passage.text.encode()).digest())
        for text in texts
        for passage in split_passages(text.title, text.body)
    ]
    if model is not None:
        await embed_missing(database, user_id, model, [Text(p.record_id, p.hash, p.passage.text) for p in pending])
    async with database.reading(user_id, "hearth") as connection:
        await connection.execute(REPLACE, [text.id for text in texts])
        await _insert(connection, user_id, pending)


async def embed_missing(database: Database, user_id: UUID, model: Model, texts: Sequence[Text]) -> int:
    """Vectors of those texts that the model has not read for this person yet, and may; how many they were."""
    async with database.reading(user_id, "hearth") as connection:
        known = {row[0] for row in await connection.fetch(KNOWN, model.id, [text.hash for text in texts])}
        unread = [text for text in texts if text.hash not in known]
        held = await _hold_back(connection, model, unread)
    readable = {text.hash: text for text in unread if text.record_id not in held}
    # Neighbours in length share a batch, so that no text waits for a much longer one.
    fresh = sorted(readable.values(), key=lambda text: len(text.words))
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        vectors = await _read(database, user_id, model, batch)
        # Kept batch by batch: what the model has read is not read again, even if the next batch fails.
        async with database.reading(user_id, "hearth") as connection:
            hashes = [text.hash for text in batch]
            await connection.execute(KEEP, user_id, model.id, hashes, [_as_text(vector) for vector in vectors])
    return len(fresh)


async def _hold_back(connection: asyncpg.Connection, model: Model, texts: Sequence[Text]) -> Collection[UUID]:
    """The records that stay, looked at from the very words that would go, right before they do."""
    if model.reader is None or not texts:
        return ()
    words: dict[UUID, list[str]] = {}
    for text in texts:
        words.setdefault(text.record_id, []).append(text.words)
    joined = {record: "\n".join(pieces) for record, pieces in words.items()}
    return await model.door.hold_back(connection, model.reader, joined)


async def _read(database: Database, user_id: UUID, model: Model, batch: Sequence[Text]) -> np.ndarray:
    words = [text.words for text in batch]
    if model.reader is None:
        # A thread for each call, so that a worker that is told to stop need not finish a whole book first.
        return await asyncio.to_thread(_checked, model.embedder, words)
    size = sum(len(text.encode("utf-8", "replace")) for text in words)
    async with model.door.sending(database, user_id, model.reader, [text.record_id for text in batch], size):
        return await asyncio.to_thread(_checked, model.embedder, words)


def _checked(embedder: Embedder, texts: Sequence[str]) -> np.ndarray:
    vectors = embedder.embed_documents(texts)
    if vectors.shape != (len(texts), embedder.dimensions) or not np.isfinite(vectors).all():
        raise EmbeddingError(f"The model {embedder.name} answered with vectors that cannot be used.")
    return vectors


def _as_text(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector) + "]"


async def _insert(connection: asyncpg.Connection, user_id: UUID, pending: Sequence[Pending]) -> None:
    if pending:
        rows = [
            (p.record_id, p.passage.ordinal, p.passage.heading, p.passage.start, p.passage.end, p.passage.text, p.hash)
            for p in pending
        ]
        await connection.execute(INSERT, user_id, *(list(column) for column in zip(*rows, strict=True)))
