"""The search itself: a query goes in, records in their order come out. Page, benches and tests call this function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.core.database import plan_for_one
from app.core.record import Kind
from app.ports.models import Question
from app.search import queries
from app.search.asking import Asked, read_query
from app.search.filters import Narrowed, filter_names, list_narrowed, narrow, read_among
from app.search.fusion import Found, fuse, rank
from app.search.queries import Scope
from app.search.slips import find_near_names

# Below this share of the words (as rare ones count) nothing that was found has to do with what was asked; set by hand.
# By which cosine it has is measured for each model (app/search/calibrating.py).
LEAST_COVERAGE = 0.15
MOST_SLIPS = 5
WHOLLY = 0.999


@dataclass(frozen=True, slots=True)
class Answer:
    """`rows` (id, kind, title, preview, updated_at, archived_at, warmth) best first; `found` tells why, by id."""

    asked: Asked
    narrowed: Narrowed
    rows: Sequence[asyncpg.Record]
    found: Mapping[UUID, Found]
    passages: Mapping[UUID, asyncpg.Record]


async def find(
    connection: asyncpg.Connection, q: str, kinds: Mapping[str, Kind], now: datetime, zone: str,
    question: Question | None = None, at_most: int = 40, *, by_words: bool = True,
) -> Answer:  # fmt: skip
    """What answers the query. Without a question's vector words alone answer; without `by_words` meaning alone."""
    asked = read_query(q, filter_names(kinds))
    narrowed = narrow(asked, kinds, now, zone)
    if not asked.text:
        return await _list(connection, asked, narrowed, at_most)
    await plan_for_one(connection)
    scope = Scope(narrowed.shelf, narrowed.kinds, await read_among(connection, narrowed))
    found = await _gather(connection, asked, scope, question, by_words)
    rows = rank(found, await queries.read_hits(connection, list(found), scope), now)[:at_most]
    passages = await _read_passages(connection, [found[row["id"]] for row in rows])
    return Answer(asked, narrowed, rows, found, passages)


async def _list(connection: asyncpg.Connection, asked: Asked, narrowed: Narrowed, at_most: int) -> Answer:
    """Filters and exclusions alone: all that passes, the newest first."""
    if not asked.refused and not any(given.value for given in asked.filters):
        return Answer(asked, narrowed, [], {}, {})
    listed = await list_narrowed(connection, narrowed)
    refused = await _find_refused(connection, asked, Scope(narrowed.shelf, narrowed.kinds, listed))
    ids = [record_id for record_id in listed if record_id not in refused][:at_most]
    rows = await queries.read_hits(connection, ids, Scope(narrowed.shelf, narrowed.kinds))
    places = {record_id: place for place, record_id in enumerate(ids)}
    ordered = sorted(rows, key=lambda row: places[row["id"]])
    return Answer(asked, narrowed, ordered, {record_id: Found(record_id) for record_id in ids}, {})


async def _find_refused(connection: asyncpg.Connection, asked: Asked, scope: Scope) -> set[UUID]:
    """Those of the listed that hold what must not be there; with words, the word search leaves them out itself."""
    at_most = len(scope.among or ())
    found = [await queries.find_by_words(connection, Asked(phrases=(part,)), scope, at_most) for part in asked.refused]
    return {row["record_id"] for rows in found for row in rows}


async def _gather(
    connection: asyncpg.Connection,
    asked: Asked,
    scope: Scope,
    question: Question | None,
    by_words: bool,
) -> dict[UUID, Found]:
    worded = list(await queries.find_by_words(connection, asked, scope)) if by_words else []
    named = await queries.find_by_name(connection, asked.text) if by_words and not _is_strict(asked) else []
    if scope.among is not None:
        among = set(scope.among)
        named = [row for row in named if row["record_id"] in among]
    meant = await _find_meant(connection, scope, question, [row["record_id"] for row in worded])
    if _is_strict(asked):
        # What must hold a phrase, or must not hold a word, is decided by the words.
        allowed = {row["record_id"] for row in worded}
        meant = [row for row in meant if row["record_id"] in allowed]
    found = drop_irrelevant(fuse(named, worded, meant), question.least_cosine if question else 1.0)
    # Where a record holds every word, nothing has slipped; looking through 100,000 names takes a sixth of a second.
    is_held = any(row["coverage"] > WHOLLY for row in worded)
    if by_words and not (named or is_held or _is_strict(asked)) and scope.among is None:
        for row in await find_near_names(connection, asked.text, MOST_SLIPS):
            found.setdefault(row["record_id"], Found(row["record_id"])).slip = row["name"]
    return found


async def _find_meant(
    connection: asyncpg.Connection, scope: Scope, question: Question | None, worded: Sequence[UUID]
) -> list[asyncpg.Record]:
    if question is None:
        return []
    nearest = await queries.find_by_meaning(connection, question, scope)
    known = {row["record_id"] for row in nearest}
    others = [record_id for record_id in worded if record_id not in known]
    return [*nearest, *await queries.measure_cosines(connection, question, others)]


def _is_strict(asked: Asked) -> bool:
    return bool(asked.phrases or asked.refused)


def drop_irrelevant(found: dict[UUID, Found], least_cosine: float) -> dict[UUID, Found]:
    """Without what neither its name, nor enough of the words, nor its meaning connects with what was asked."""
    return {
        record_id: hit
        for record_id, hit in found.items()
        if hit.exactly or hit.begins or hit.coverage >= LEAST_COVERAGE or hit.cosine >= least_cosine
    }


async def _read_passages(connection: asyncpg.Connection, hits: Sequence[Found]) -> dict[UUID, asyncpg.Record]:
    wanted = [(hit.record_id, hit.ordinal) for hit in hits if hit.ordinal is not None]
    rows = await queries.read_passages(connection, wanted) if wanted else []
    return {row["record_id"]: row for row in rows}
