"""The two signals of a search: words, through a gate function that reaches the index, and meaning, exactly.

A user's own passages are scanned exactly: an index shared by all users returned between 0 and 21 rows of 50 when
filtered by user, and iterative scans made a small user thirty times slower than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import numpy as np
from pgvector import HalfVector

CANDIDATES = 200

FIND_WORDS = "select record_id, rank, share from gate_search($1, $2)"

MEANING = """
with nearest as (
    select p.record_id, p.text, p.heading, p.embedding <=> $1 as distance,
           row_number() over (partition by p.record_id order by p.embedding <=> $1) as place
      from passages p where p.model_id = $2
)
select record_id, text, heading, 1 - distance as cosine from nearest where place = 1 order by distance limit $3"""

NAMED = """
select n.record_id, n.folded = fold_text($1) as exactly from names n
 where n.folded >= fold_text($1) and n.folded < fold_text($1) || U&'\\FFFF'
 order by n.folded = fold_text($1) desc, length(n.folded), n.folded limit 20"""

HITS = """
select r.id, r.kind, r.title, r.preview, r.updated_at, r.archived_at, h.warmth
  from records r left join record_heat h on h.record_id = r.id
 where r.id = any($1) and r.deleted_at is null and ($2::text is null or r.kind = $2)
   and not exists (select from contacts c where c.id = r.id and c.is_self)"""

COVERAGE = """
select (select count(*) from records where deleted_at is null) as records,
       (select count(*) from pipeline where slot = 'index') as waiting"""


async def find_by_words(
    connection: asyncpg.Connection, query: str, at_most: int = CANDIDATES
) -> Sequence[asyncpg.Record]:
    """(record_id, rank, share of the words that the record has)."""
    return await connection.fetch(FIND_WORDS, query, at_most)


async def find_by_name(connection: asyncpg.Connection, query: str) -> Sequence[asyncpg.Record]:
    """(record_id, exactly) of records whose title or alias begins with the query."""
    return await connection.fetch(NAMED, query)


async def find_by_meaning(
    connection: asyncpg.Connection, vector: np.ndarray, at_most: int = CANDIDATES
) -> Sequence[asyncpg.Record]:
    """(record_id, text and heading of the best passage, cosine)."""
    model = await connection.fetchval("select id from embedding_models where state = 'active' order by id desc limit 1")
    return await connection.fetch(MEANING, HalfVector(vector), model, at_most) if model else []


async def read_hits(connection: asyncpg.Connection, ids: Sequence[UUID], kind: str | None) -> Sequence[asyncpg.Record]:
    return await connection.fetch(HITS, ids, kind)


async def meaning_coverage(connection: asyncpg.Connection) -> float:
    """The share of the user's records whose meaning has been computed, 0 to 1."""
    (records, waiting), *_ = await connection.fetch(COVERAGE)
    return 1.0 if not records else max(0.0, 1 - waiting / records)
