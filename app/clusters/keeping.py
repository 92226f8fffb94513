"""What a night found, as rows: only what is different is written, all of it in the step's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import asyncpg
import numpy as np

from app.atlas.communities import LOOSE
from app.clusters.gathering import Gathered
from app.clusters.placing import Placed
from app.core.sleeping import Stretch

LOCK = "select id, version from clusters where dissolved_at is null order by id for update"
MAKE = "insert into clusters (user_id) select $1 from generate_series(1, $2) returning id"
LEAVE = """
delete from cluster_members m using unnest($1::uuid[], $2::uuid[]) t(record_id, cluster_id)
 where m.record_id = t.record_id and m.removed_at is null and m.pinned_at is null
   and m.cluster_id is distinct from t.cluster_id
returning m.cluster_id"""
# One that went meanwhile, or was put somewhere by its person, is left alone.
JOIN = """
insert into cluster_members as m (user_id, cluster_id, record_id, confidence)
select $1, t.cluster_id, t.record_id, t.confidence
  from unnest($2::uuid[], $3::uuid[], $4::real[]) t(record_id, cluster_id, confidence)
  join records r on r.id = t.record_id and r.deleted_at is null
 where t.cluster_id is not null and not exists (
       select from cluster_members o where o.record_id = t.record_id and o.removed_at is null
          and o.cluster_id <> t.cluster_id)
on conflict (cluster_id, record_id) do update set confidence = excluded.confidence
 where m.removed_at is null and m.confidence is distinct from excluded.confidence
returning m.cluster_id, xmax = 0 as is_fresh"""
RENAME = "update clusters set named_at = null where id = any($1)"
# Words stand for members as they are now: one that changed may hold them no more, one that went for good may have
# been anywhere.
OUTDATE = """
update clusters c set named_at = null
 where c.dissolved_at is null and c.named_at is not null and (
       exists (select from change_log l where l.user_id = app_user_id() and l.seq > $1 and l.seq <= $2
                  and l.op = 'delete')
       or exists (select from cluster_members m join change_log l on l.record_id = m.record_id
                   where m.cluster_id = c.id and l.user_id = app_user_id() and l.seq > $1 and l.seq <= $2))"""
MOVE = """
update clusters c set x = t.x, y = t.y from unnest($1::uuid[], $2::real[], $3::real[]) t(id, x, y)
 where c.id = t.id and (c.x, c.y) is distinct from (t.x, t.y)"""
# What a person named, locked, shaped or pinned stays, be it empty.
DISSOLVE = """
update clusters c set dissolved_at = now()
 where c.id = any($1) and c.label = '' and not exists (
       select from cluster_members m where m.cluster_id = c.id and m.pinned_at is not null)
returning c.id"""
EMPTY = "delete from cluster_members where cluster_id = any($1) and removed_at is null"
FORGET = """
delete from clusters where user_id = app_user_id() and dissolved_at < now() - interval '30 days'"""
FORGET_DEEDS = "delete from cluster_deeds where user_id = app_user_id() and at < now() - interval '30 days'"
KEEP = """
insert into cluster_findings (user_id, model_id, records) values ($1, $2, $3)
on conflict (user_id) do update
   set model_id = excluded.model_id, records = excluded.records, moved = 0, found_at = now()"""
COUNT = "update cluster_findings set moved = moved + $1 where user_id = app_user_id() and $1 > 0"


class Outdated(Exception):
    """A person did something to clusters while the night thought of them."""


async def lock_clusters(connection: asyncpg.Connection, versions: Mapping[UUID, int]) -> None:
    """Until the transaction ends nobody else shapes them; raises Outdated where somebody did since they were read."""
    if {row["id"]: row["version"] for row in await connection.fetch(LOCK)} != dict(versions):
        raise Outdated


async def keep_finding(
    connection: asyncpg.Connection, stretch: Stretch, model_id: int, gathered: Gathered, placed: Placed
) -> int:
    """How many clusters are new."""
    fresh = [one for one in np.unique(placed.cluster).tolist() if one >= len(placed.ids)]
    made = [row["id"] for row in await connection.fetch(MAKE, stretch.user_id, len(fresh))]
    named: dict[int, UUID] = {**dict(enumerate(placed.ids)), **dict(zip(fresh, made, strict=True))}
    await _move_members(connection, stretch, placed, named)
    places = [(named[number], *place) for number, place in placed.places.items()]
    await connection.execute(MOVE, *([row[at] for row in places] for at in range(3)))
    there = {named[one] for one in np.unique(placed.cluster).tolist() if one != LOOSE}
    gone = await connection.fetch(DISSOLVE, [one for one in gathered.ids if one not in there])
    await connection.execute(EMPTY, [row["id"] for row in gone])
    await connection.execute(KEEP, stretch.user_id, model_id, len(gathered.records))
    await connection.execute(FORGET)
    await connection.execute(FORGET_DEEDS)
    return len(fresh)


async def keep_places(connection: asyncpg.Connection, stretch: Stretch, placed: Placed, changed: int) -> None:
    await _move_members(connection, stretch, placed, dict(enumerate(placed.ids)))
    await connection.execute(COUNT, changed)


async def _move_members(
    connection: asyncpg.Connection, stretch: Stretch, placed: Placed, named: Mapping[int, UUID]
) -> None:
    records = list(placed.records)
    clusters = [named.get(number) for number in placed.cluster.tolist()]
    # Rounded, so that what hardly changed is not written.
    confidence = np.round(placed.confidence.astype(float), 2).tolist()
    left = await connection.fetch(LEAVE, records, clusters)
    joined = await connection.fetch(JOIN, stretch.user_id, records, clusters, confidence)
    touched = {row["cluster_id"] for row in left} | {row["cluster_id"] for row in joined if row["is_fresh"]}
    await connection.execute(RENAME, list(touched))
    await connection.execute(OUTDATE, stretch.since, stretch.upto)
