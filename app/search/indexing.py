"""The index slot: records become passages, and passages become vectors of the active model."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np

from app.core.database import Database
from app.core.record import RecordText
from app.ports.embedding import Embedder
from app.search.passages import Passage, split_passages

# Texts per call of the model: enough to fill its matrices, few enough to stay small in memory.
BATCH = 64

KNOWN = """
select record_id, ordinal, text_hash, embedding from passages where model_id = $1 and record_id = any($2)"""

REPLACE = "delete from passages where model_id = $1 and record_id = any($2)"

INSERT = """
insert into passages (user_id, record_id, model_id, ordinal, heading, body_start, body_end, text, text_hash, embedding)
select $1, r.id, $3, p.ordinal, p.heading, p.body_start, p.body_end, p.text, p.text_hash, p.embedding::halfvec
  from unnest($2::uuid[], $4::int[], $5::text[], $6::int[], $7::int[], $8::text[], $9::bytea[], $10::text[])
    as p(record_id, ordinal, heading, body_start, body_end, text, text_hash, embedding)
  join records r on r.id = p.record_id"""


@dataclass(frozen=True, slots=True)
class Pending:
    record_id: UUID
    passage: Passage
    hash: bytes


async def index_texts(
    database: Database, user_id: UUID, texts: Sequence[RecordText], embedder: Embedder, model_id: int
) -> None:
    """Replace the passages of these records. Only passages whose text is new are embedded.

    No transaction is open while the model works: it reads in one, computes, and writes in another.
    """
    pending = [
        Pending(text.id, passage, hashlib.sha256(passage.text.encode()).digest())
        for text in texts
        for passage in split_passages(text.title, text.body)
    ]
    async with database.reading(user_id, "hearth") as connection:
        known = {row[2]: row[3] for row in await connection.fetch(KNOWN, model_id, [t.id for t in texts])}
    vectors = await _embed_new(embedder, pending, known)
    async with database.reading(user_id, "hearth") as connection:
        await connection.execute(REPLACE, model_id, [text.id for text in texts])
        await _insert(connection, user_id, model_id, pending, vectors)


async def _embed_new(embedder: Embedder, pending: Sequence[Pending], known: dict[bytes, object]) -> dict[bytes, str]:
    """Text hash → the vector in pgvector's notation."""
    fresh = {p.hash: p.passage.text for p in pending if p.hash not in known}
    vectors = {hash_: _as_text(np.asarray(_floats(vector))) for hash_, vector in known.items()}
    # Neighbours in length share a batch, so that no text waits for a much longer one.
    ordered = sorted(fresh.items(), key=lambda item: len(item[1]))
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        # A thread for each call, so that a worker that is told to stop need not finish a whole book first.
        computed = await asyncio.to_thread(_checked, embedder, [text for _, text in batch])
        for (hash_, _), vector in zip(batch, computed, strict=True):
            vectors[hash_] = _as_text(vector)
    return vectors


def _checked(embedder: Embedder, texts: Sequence[str]) -> np.ndarray:
    vectors = embedder.embed_documents(texts)
    if vectors.shape != (len(texts), embedder.dimensions) or not np.isfinite(vectors).all():
        raise ValueError(f"The model {embedder.name} answered with vectors that cannot be used.")
    return vectors


def _floats(vector: object) -> list[float]:
    return vector.to_list() if hasattr(vector, "to_list") else list(vector)  # type: ignore[call-overload,no-any-return]


def _as_text(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector) + "]"


async def _insert(
    connection: asyncpg.Connection,
    user_id: UUID,
    model_id: int,
    pending: Sequence[Pending],
    vectors: dict[bytes, str],
) -> None:
    if pending:
        rows = [
            (p.record_id, p.passage.ordinal, p.passage.heading, p.passage.start, p.passage.end, p.passage.text,
             p.hash, vectors[p.hash])
            for p in pending
        ]  # fmt: skip
        ids, *columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(INSERT, user_id, ids, model_id, *columns)


async def register_model(connection: asyncpg.Connection, embedder: Embedder) -> int:
    """The id of the embedder's row in embedding_models, made when it is missing."""
    return int(
        await connection.fetchval(
            "insert into embedding_models (provider, name, dimensions) values ($1, $2, $3) "
            "on conflict (provider, name) do update set state = 'active' returning id",
            embedder.provider, embedder.name, embedder.dimensions,
        )
    )  # fmt: skip
