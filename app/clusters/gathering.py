"""What a night looks at: the means of records, where they belong so far, and what a person said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE
from app.clusters.neighbours import Numbers, Whole
from app.clusters.queries import COUNT, GATHER, KINDS, WAIT
from app.core.sleeping import Meaning, Stretch

# All is found anew once so many of the records have changed since it last was; until then whoever is new is put where
# it is nearest, and nobody else moves.
ENOUGH = 0.1
# How many records without a place are tried once more in a night, the newest first.
MOST_WAITING = 5000
AT_ONCE = 2000
PINNED_COUNTS = 5

CHANGES = """
select count(distinct record_id) from change_log
 where user_id = app_user_id() and seq > $1 and seq <= $2 and kind = any($3)"""
FINDING = "select model_id, records, moved from cluster_findings where user_id = app_user_id()"
STANDING = """
select id, version, is_locked, is_shaped, label, x, y from clusters where dissolved_at is null order by id"""
BARRED = "select record_id, cluster_id from cluster_members where removed_at is not null"
# How near its members are to a cluster's centre: all but the least tenth.
CENTRES = """
with centre as materialized (
    select m.cluster_id, avg(e.mean) as mean
      from cluster_members m join clusters c on c.id = m.cluster_id join record_means e on e.record_id = m.record_id
     where m.removed_at is null and c.dissolved_at is null and not c.is_locked and ($1 or c.is_shaped)
     group by m.cluster_id)
select t.cluster_id, t.mean, (
       select percentile_cont(0.1) within group (order by 1 - (e.mean <=> t.mean))
         from cluster_members m join record_means e on e.record_id = m.record_id
        where m.cluster_id = t.cluster_id and m.removed_at is null) as least
  from centre t order by t.cluster_id"""


@dataclass(frozen=True, slots=True)
class Records:
    """`cluster` is a place in a list of clusters, LOOSE for none."""

    records: Sequence[UUID]
    vectors: NDArray[np.float16]
    cluster: Whole
    is_pinned: NDArray[np.bool_]
    barred: Mapping[UUID, frozenset[UUID]]


@dataclass(frozen=True, slots=True)
class Centres:
    """Of clusters that may get members; `least` is how near one has to be to belong. `versions` are those of all."""

    ids: Sequence[UUID]
    vectors: Numbers
    least: Numbers
    versions: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that is found anew: who, which clusters they are in (`ids`, where those stand on the map), and which others
    (`shaped` by a person) may still get somebody."""

    people: Records
    ids: Sequence[UUID]
    places: NDArray[np.float64]
    shaped: Centres
    versions: Mapping[UUID, int]

    @property
    def records(self) -> Sequence[UUID]:
        return self.people.records


async def count_changes(connection: asyncpg.Connection, stretch: Stretch) -> int:
    return int(await connection.fetchval(CHANGES, stretch.since, stretch.upto, KINDS))


async def is_due(connection: asyncpg.Connection, meaning: Meaning, changed: int) -> bool:
    """Whether enough has changed for all to be found anew."""
    known = await connection.fetchrow(FINDING)
    if known is None or known["model_id"] != meaning.model_id:
        return True
    return bool(changed) and known["moved"] + changed > ENOUGH * known["records"]


async def read_gathered(connection: asyncpg.Connection) -> Gathered:
    standing = await connection.fetch(STANDING)
    free = [row for row in standing if not (row["is_locked"] or row["is_shaped"])]
    ids = [row["id"] for row in free]
    places = np.array([(row["x"], row["y"]) for row in free], dtype=np.float64).reshape(len(free), 2)
    people = await _read_records(connection, ids, await connection.fetchval(COUNT, KINDS), GATHER, KINDS)
    shaped = await _read_centres(connection, of_all=False)
    return Gathered(people, ids, places, shaped, {row["id"]: row["version"] for row in standing})


async def read_centres(connection: asyncpg.Connection) -> Centres:
    return await _read_centres(connection, of_all=True)


async def read_waiting(connection: asyncpg.Connection, centres: Centres, stretch: Stretch) -> Records:
    """Who is new or changed, or has no place yet."""
    given = (KINDS, stretch.since, stretch.upto, MOST_WAITING)
    return await _read_records(connection, centres.ids, MOST_WAITING, WAIT, *given)


async def _read_centres(connection: asyncpg.Connection, *, of_all: bool) -> Centres:
    rows = await connection.fetch(CENTRES, of_all)
    versions = {row["id"]: row["version"] for row in await connection.fetch(STANDING)}
    vectors = np.array([row["mean"].to_numpy() for row in rows], dtype=np.float32)
    least = np.array([row["least"] for row in rows], dtype=np.float32)
    return Centres([row["cluster_id"] for row in rows], _to_unit(vectors), least, versions)


async def _read_records(
    connection: asyncpg.Connection, ids: Sequence[UUID], most: int, query: str, *given: object
) -> Records:  # fmt: skip
    """Read by and by: a driver's row takes several times what a vector does."""
    number = {cluster: place for place, cluster in enumerate(ids)}
    records: list[UUID] = []
    cluster: list[int] = []
    pinned: list[bool] = []
    vectors: NDArray[np.float16] | None = None
    cursor = await connection.cursor(query, *given)
    while (rows := await cursor.fetch(AT_ONCE)) and len(records) < most:
        block = np.array([row["mean"].to_numpy() for row in rows], dtype=np.float32)
        if vectors is None:
            vectors = np.empty((most, block.shape[1]), dtype=np.float16)
        rows = rows[: most - len(records)]
        vectors[len(records) : len(records) + len(rows)] = _to_unit(block[: len(rows)])
        records += [row["record_id"] for row in rows]
        cluster += [number.get(row["cluster_id"], LOOSE) for row in rows]
        pinned += [row["is_pinned"] for row in rows]
    found = np.empty((0, 1), dtype=np.float16) if vectors is None else vectors[: len(records)]
    return Records(
        records, found, np.array(cluster, dtype=np.int64), np.array(pinned, dtype=bool), await _read_barred(connection)
    )  # fmt: skip


async def _read_barred(connection: asyncpg.Connection) -> dict[UUID, frozenset[UUID]]:
    barred: dict[UUID, set[UUID]] = {}
    for row in await connection.fetch(BARRED):
        barred.setdefault(row["record_id"], set()).add(row["cluster_id"])
    return {record: frozenset(clusters) for record, clusters in barred.items()}


def _to_unit(vectors: Numbers) -> Numbers:
    if not len(vectors):
        return vectors
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6)))
