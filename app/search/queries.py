"""The two signals of a search: words, through a gate function that reaches the index, and meaning.

A user's own passages are looked through, all of them: an index shared by all users returned between 0 and 21 rows of 50
when filtered by user, and iterative scans made a small user thirty times slower. What is looked through is a sketch of
each vector, one bit for each dimension, which lies in the index beside the others of the same person (migration 1200).
The 2,000 nearest by that are measured exactly: for most people that is everything, and of 100,000 the fifty nearest
were always among them, in 60 ms where the vectors themselves took 400.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from pgvector import HalfVector

from app.ports.models import Question
from app.search.asking import Asked

CANDIDATES = 200

FIND_WORDS = """
select record_id, score, coverage, exactly, matched, points from gate_search($1, $2, $3, $4, $5, $6, $7, $8)"""

# The nearest of all first, from rows that hold nothing but vectors; what may not be shown is left out then.
NEAREST = """
with sketched as materialized (
    select text_hash from vectors where model_id = $2 order by sketch <~> binary_quantize($1::halfvec) limit 2000),
nearest as materialized (
    select v.text_hash, v.embedding <=> $1 as distance from sketched s
      join vectors v on v.user_id = app_user_id() and v.model_id = $2 and v.text_hash = s.text_hash
     order by v.embedding <=> $1 limit $4)
select p.record_id, p.ordinal, 1 - n.distance as cosine
  from nearest n join passages p on p.text_hash = n.text_hash join records r on r.id = p.record_id
 where r.deleted_at is null and (r.archived_at is null) = ($3 = 'current')
 order by n.distance limit $5"""

# Filtered before the limit, so that what may not be shown takes no place from what may.
FILTERED = """
select p.record_id, p.ordinal, 1 - (v.embedding <=> $1) as cosine
  from records r join passages p on p.record_id = r.id
  join vectors v on v.user_id = p.user_id and v.model_id = $2 and v.text_hash = p.text_hash
 where r.deleted_at is null and (r.archived_at is null) = ($3 = 'current')
   and ($4::text[] is null or r.kind = any($4)) and ($5::uuid[] is null or r.id = any($5))
 order by v.embedding <=> $1 limit $6"""

# How near those are that the words brought.
COSINES = """
select distinct on (p.record_id) p.record_id, p.ordinal, 1 - (v.embedding <=> $1) as cosine
  from passages p join vectors v on v.user_id = p.user_id and v.model_id = $2 and v.text_hash = p.text_hash
 where p.record_id = any($3) order by p.record_id, v.embedding <=> $1"""

PASSAGES = """
select p.record_id, p.heading, p.text from passages p
  join unnest($1::uuid[], $2::int[]) w(record_id, ordinal) on w.record_id = p.record_id and w.ordinal = p.ordinal"""

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


async def find_by_meaning(
    connection: asyncpg.Connection, question: Question, scope: Scope, at_most: int = 2 * CANDIDATES
) -> Sequence[asyncpg.Record]:
    """(record_id, ordinal, cosine) of the nearest passages, several of one record among them."""
    vector, model = HalfVector(question.vector), question.model_id
    if scope.kinds is None and scope.among is None:
        near = await connection.fetch(NEAREST, vector, model, scope.shelf, 2 * at_most, at_most)
        # Too few only when most of what is near may not be shown: an archive is asked for, say.
        if len(near) >= at_most // 2:
            return near
    return await connection.fetch(FILTERED, vector, model, scope.shelf, scope.kinds, scope.among, at_most)


async def measure_cosines(
    connection: asyncpg.Connection, question: Question, ids: Sequence[UUID]
) -> Sequence[asyncpg.Record]:
    """(record_id, ordinal, cosine) of the nearest passage of each of these records."""
    return await connection.fetch(COSINES, HalfVector(question.vector), question.model_id, ids)


async def read_passages(connection: asyncpg.Connection, wanted: Sequence[tuple[UUID, int]]) -> Sequence[asyncpg.Record]:
    """(record_id, heading, text) of the passages of these (record, ordinal)."""
    return await connection.fetch(PASSAGES, [w[0] for w in wanted], [w[1] for w in wanted])


async def read_hits(connection: asyncpg.Connection, ids: Sequence[UUID], scope: Scope) -> Sequence[asyncpg.Record]:
    return await connection.fetch(HITS, ids, scope.shelf, scope.kinds)


async def meaning_coverage(connection: asyncpg.Connection) -> float:
    """The share of the user's records whose meaning has been computed, 0 to 1."""
    (records, waiting), *_ = await connection.fetch(COVERAGE)
    return 1.0 if not records else max(0.0, 1 - waiting / records)
