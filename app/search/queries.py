"""The two signals of a search: words, through a gate function that reaches the index, and meaning, exactly.

A user's own passages are scanned exactly: an index shared by all users returned between 0 and 21 rows of 50 when
filtered by user, and iterative scans made a small user thirty times slower than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np
from pgvector import HalfVector

from app.search.asking import Asked

CANDIDATES = 200

FIND_WORDS = """
select record_id, score, coverage, exactly, matched, points from gate_search($1, $2, $3, $4, $5, $6, $7, $8)"""

# Filtered before the limit, so that what may not be shown takes no place from what may.
MEANING = """
select p.record_id, p.ordinal, 1 - (p.embedding <=> $1) as cosine
  from passages p join records r on r.id = p.record_id
 where p.model_id = $2 and r.deleted_at is null and (r.archived_at is null) = ($3 = 'current')
   and ($4::text[] is null or r.kind = any($4)) and ($5::uuid[] is null or r.id in (select unnest($5::uuid[])))
 order by p.embedding <=> $1 limit $6"""

# How near those are that the words brought.
COSINES = """
select distinct on (p.record_id) p.record_id, p.ordinal, 1 - (p.embedding <=> $1) as cosine
  from passages p where p.model_id = $2 and p.record_id = any($3) order by p.record_id, p.embedding <=> $1"""

PASSAGES = """
select p.record_id, p.heading, p.text from passages p
  join unnest($2::uuid[], $3::int[]) w(record_id, ordinal) on w.record_id = p.record_id and w.ordinal = p.ordinal
 where p.model_id = $1"""

NAMED = """
select n.record_id, n.name, n.folded = fold_text($1) as exactly from names n
 where n.folded >= fold_text($1) and n.folded < fold_text($1) || U&'\\FFFF'
 order by n.folded = fold_text($1) desc, length(n.folded), n.folded limit 20"""

HITS = """
select r.id, r.kind, r.title, r.preview, r.updated_at, r.archived_at, h.warmth
  from records r left join record_heat h on h.record_id = r.id
 where r.id = any($1) and r.deleted_at is null and (r.archived_at is null) = ($2 = 'current')
   and ($3::text[] is null or r.kind = any($3))
   and not exists (select from contacts c where c.id = r.id and c.is_self)"""

COVERAGE = """
select (select count(*) from records where deleted_at is null) as records,
       (select count(*) from pipeline where slot = 'index') as waiting"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is looked: on which shelf, in which kinds, among which records; None stands for all."""

    shelf: str = "current"
    kinds: tuple[str, ...] | None = None
    among: list[UUID] | None = None


async def find_by_words(
    connection: asyncpg.Connection, asked: Asked, scope: Scope, at_most: int = CANDIDATES
) -> Sequence[asyncpg.Record]:
    """(record_id, score by BM25, coverage: 0 to 1 of what was asked, exactly: 0 to 2, matched words, their points)."""
    return await connection.fetch(
        FIND_WORDS, asked.text, asked.beginning, asked.phrases, asked.refused,
        scope.shelf, scope.kinds, scope.among, at_most,
    )  # fmt: skip


async def find_by_name(connection: asyncpg.Connection, query: str) -> Sequence[asyncpg.Record]:
    """(record_id, name, exactly) of records whose title or alias begins with the query."""
    return await connection.fetch(NAMED, query)


async def answering_model(connection: asyncpg.Connection) -> int | None:
    return await connection.fetchval(  # type: ignore[no-any-return]
        "select id from embedding_models where state = 'active' order by id desc limit 1"
    )


async def find_by_meaning(
    connection: asyncpg.Connection, model: int, vector: np.ndarray, scope: Scope, at_most: int = 2 * CANDIDATES
) -> Sequence[asyncpg.Record]:
    """(record_id, ordinal, cosine) of the nearest passages, several of one record among them."""
    return await connection.fetch(MEANING, HalfVector(vector), model, scope.shelf, scope.kinds, scope.among, at_most)


async def measure_cosines(
    connection: asyncpg.Connection, model: int, vector: np.ndarray, ids: Sequence[UUID]
) -> Sequence[asyncpg.Record]:
    """(record_id, ordinal, cosine) of the nearest passage of each of these records."""
    return await connection.fetch(COSINES, HalfVector(vector), model, ids)


async def read_passages(
    connection: asyncpg.Connection, model: int, wanted: Sequence[tuple[UUID, int]]
) -> Sequence[asyncpg.Record]:
    """(record_id, heading, text) of the passages of these (record, ordinal)."""
    return await connection.fetch(PASSAGES, model, [w[0] for w in wanted], [w[1] for w in wanted])


async def read_hits(connection: asyncpg.Connection, ids: Sequence[UUID], scope: Scope) -> Sequence[asyncpg.Record]:
    return await connection.fetch(HITS, ids, scope.shelf, scope.kinds)


async def meaning_coverage(connection: asyncpg.Connection) -> float:
    """The share of the user's records whose meaning has been computed, 0 to 1."""
    (records, waiting), *_ = await connection.fetch(COVERAGE)
    return 1.0 if not records else max(0.0, 1 - waiting / records)
