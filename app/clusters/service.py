"""What a person makes of clusters: named, locked, merged, split, with this record or without it. Nights keep to it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import numpy as np

from app.clusters.deeds import keep_deed, lock_pair, read_before
from app.clusters.splitting import split_in_two
from app.core.errors import Conflict, Invalid, NotFound
from app.web.locale import gettext as _

LONGEST_LABEL = 120
MOST_SPLIT = 20_000

LABEL = "update clusters set label = $2 where id = $1"
SET_LOCK = "update clusters set is_locked = $2 where id = $1"
MOVE = """
update cluster_members m set cluster_id = $2 where m.cluster_id = $1 and m.removed_at is null
   and not exists (select from cluster_members o where o.cluster_id = $2 and o.record_id = m.record_id)"""
# Who was put out of the one that stays, but is in the one that joins it: by the later word it is in.
JOIN_AGAIN = """
with gone as (
    delete from cluster_members m where m.cluster_id = $1 and m.removed_at is null
    returning m.record_id, m.confidence, m.pinned_at)
update cluster_members o set removed_at = null, confidence = g.confidence, pinned_at = g.pinned_at
  from gone g where o.cluster_id = $2 and o.record_id = g.record_id and o.removed_at is not null"""
END = "update clusters set dissolved_at = now(), merged_into = $2 where id = $1"
SHAPE = "update clusters set is_shaped = true, named_at = null where id = any($1)"
NAME_AGAIN = "update clusters set named_at = null where id = any($1)"
MAKE = """
insert into clusters (user_id, is_shaped, x, y) select user_id, true, x + 0.02, y + 0.02 from clusters where id = $1
returning id"""
VECTORS = """
select m.record_id, e.mean, m.pinned_at is not null as is_pinned
  from cluster_members m join records r on r.id = m.record_id left join record_means e on e.record_id = m.record_id
 where m.cluster_id = $1 and m.removed_at is null and r.deleted_at is null order by m.record_id limit $2"""
TAKE = "update cluster_members set cluster_id = $2 where cluster_id = $1 and record_id = any($3) and removed_at is null"
IS_IN = """
select pinned_at is not null as is_pinned from cluster_members
 where cluster_id = $1 and record_id = $2 and removed_at is null for update"""
PIN = """
update cluster_members set pinned_at = case when $3 then now() end
 where cluster_id = $1 and record_id = $2 and removed_at is null"""
REMOVE = """
update cluster_members set removed_at = now(), pinned_at = null
 where cluster_id = $1 and record_id = $2 and removed_at is null"""


async def rename(connection: asyncpg.Connection, cluster_id: UUID, label: str) -> UUID | None:
    """An empty one leaves it to the words. None where nothing is different."""
    row = (await lock_pair(connection, cluster_id))[cluster_id]
    label = " ".join(label.replace("\0", "").split())
    if len(label) > LONGEST_LABEL:
        raise Invalid(_("A name has at most %(num)s characters.") % {"num": LONGEST_LABEL})
    if label == row["label"]:
        return None
    before = await read_before(connection, [cluster_id])
    await connection.execute(LABEL, cluster_id, label)
    return await keep_deed(connection, "rename", [cluster_id], before)


async def set_lock(connection: asyncpg.Connection, cluster_id: UUID, *, is_locked: bool) -> UUID | None:
    row = (await lock_pair(connection, cluster_id))[cluster_id]
    if row["is_locked"] == is_locked:
        return None
    before = await read_before(connection, [cluster_id])
    await connection.execute(SET_LOCK, cluster_id, is_locked)
    return await keep_deed(connection, "lock" if is_locked else "unlock", [cluster_id], before)


async def merge(connection: asyncpg.Connection, cluster_id: UUID, into: UUID) -> UUID:
    """`cluster_id` becomes part of `into`, which keeps its name and, from now on, whom it has."""
    if cluster_id == into:
        raise Invalid(_("A cluster cannot be merged with itself."))
    rows = await lock_pair(connection, cluster_id, into)
    before = await read_before(connection, [cluster_id, into])
    await connection.execute(MOVE, cluster_id, into)
    await connection.execute(JOIN_AGAIN, cluster_id, into)
    await connection.execute(END, cluster_id, into)
    await connection.execute(SHAPE, [into])
    if rows[cluster_id]["label"] and not rows[into]["label"]:
        await connection.execute(LABEL, into, rows[cluster_id]["label"])
    return await keep_deed(connection, "merge", [cluster_id, into], before)


async def split(connection: asyncpg.Connection, cluster_id: UUID) -> tuple[UUID, UUID]:
    """In the two that differ most; the smaller one is new. Both keep whom they have from now on. Answers the deed and
    the new one; raises Conflict for one that is too small."""
    await lock_pair(connection, cluster_id)
    rows = [row for row in await connection.fetch(VECTORS, cluster_id, MOST_SPLIT) if row["mean"] is not None]
    vectors = np.array([row["mean"].to_numpy() for row in rows], dtype=np.float32)
    second = await asyncio.to_thread(split_in_two, vectors)
    leaving = [row["record_id"] for row, goes in zip(rows, second.tolist(), strict=True) if goes]
    if not leaving:
        raise Conflict(_("There is too little in it to be split."))
    before = await read_before(connection, [cluster_id])
    made: UUID = await connection.fetchval(MAKE, cluster_id)
    await connection.execute(TAKE, cluster_id, made, leaving)
    await connection.execute(SHAPE, [cluster_id, made])
    return await keep_deed(connection, "split", [cluster_id, made], before), made


async def pin(connection: asyncpg.Connection, cluster_id: UUID, record_id: UUID, *, is_pinned: bool) -> UUID | None:
    """A pinned one stays in it, whatever a night finds."""
    await lock_pair(connection, cluster_id)
    if await _is_pinned(connection, cluster_id, record_id) == is_pinned:
        return None
    before = await read_before(connection, [cluster_id])
    await connection.execute(PIN, cluster_id, record_id, is_pinned)
    return await keep_deed(connection, "pin" if is_pinned else "unpin", [cluster_id], before)


async def remove(connection: asyncpg.Connection, cluster_id: UUID, record_id: UUID) -> UUID:
    """It never comes into this one again by itself."""
    await lock_pair(connection, cluster_id)
    await _is_pinned(connection, cluster_id, record_id)
    before = await read_before(connection, [cluster_id])
    await connection.execute(REMOVE, cluster_id, record_id)
    await connection.execute(NAME_AGAIN, [cluster_id])
    return await keep_deed(connection, "remove", [cluster_id], before)


async def _is_pinned(connection: asyncpg.Connection, cluster_id: UUID, record_id: UUID) -> bool:
    row = await connection.fetchrow(IS_IN, cluster_id, record_id)
    if row is None:
        raise NotFound
    return bool(row["is_pinned"])
