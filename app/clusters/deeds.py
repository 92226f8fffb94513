"""What a person did to clusters, each with how things were before, so that it can be taken back.

Clusters are no records (nights make and unmake them, and nobody wants to read that in the history), so the house's
undo does not know them: a deed keeps the rows of the one or two clusters that it touches, and taking it back puts
those there again. What was done to them since has to be taken back first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, NotFound
from app.web.locale import gettext as _

# In the order of their ids, so that two deeds at once wait for each other instead of for ever.
LOCK = """
select id, label, words, is_locked, is_shaped, version, x, y, dissolved_at, merged_into
  from clusters where id = any($1) order by id for update"""
MEMBERS = """
select record_id, cluster_id, confidence, pinned_at, removed_at from cluster_members
 where cluster_id = any($1) order by record_id"""
TOUCH = "update clusters set version = version + 1 where id = any($1) returning id, version"
KEEP = """
insert into cluster_deeds (user_id, verb, clusters, before, versions) values (app_user_id(), $1, $2, $3, $4)
returning id"""
FIND = "select verb, clusters, before, versions, taken_back_at from cluster_deeds where id = $1 for update"
TAKEN = "update cluster_deeds set taken_back_at = now() where id = $1"
LATEST = """
select id, verb, at from cluster_deeds d
 where $1 = any(d.clusters) and d.taken_back_at is null and d.at > now() - interval '30 days'
   and d.versions = array(select c.version from unnest(d.clusters) with ordinality w(id, place)
                            join clusters c on c.id = w.id order by w.place)
 order by d.at desc, d.id desc limit 1"""
CLEAR = "delete from cluster_members where cluster_id = any($1)"
RESTORE = """
update clusters c set label = t.label, words = t.words, is_locked = t.is_locked, is_shaped = t.is_shaped, x = t.x,
       y = t.y, dissolved_at = t.dissolved_at, merged_into = t.merged_into, named_at = null
  from jsonb_to_recordset($1::jsonb) t(id uuid, label text, words text[], is_locked boolean, is_shaped boolean,
                                       x real, y real, dissolved_at timestamptz, merged_into uuid)
 where c.id = t.id"""
# Who was in them and is nowhere else by now.
RESTORE_MEMBERS = """
insert into cluster_members (user_id, cluster_id, record_id, confidence, pinned_at, removed_at)
select app_user_id(), t.cluster_id, t.record_id, t.confidence, t.pinned_at, t.removed_at
  from jsonb_to_recordset($1::jsonb) t(record_id uuid, cluster_id uuid, confidence real, pinned_at timestamptz,
                                       removed_at timestamptz)
  join records r on r.id = t.record_id
 where t.removed_at is not null or not exists (
       select from cluster_members o where o.record_id = t.record_id and o.removed_at is null)"""
# A cluster that the deed itself made.
UNMAKE = "update clusters set dissolved_at = now() where id = any($1)"


async def lock_pair(connection: asyncpg.Connection, *ids: UUID) -> dict[UUID, asyncpg.Record]:
    """Those clusters, alive, until the transaction ends; raises NotFound."""
    rows = {row["id"]: row for row in await connection.fetch(LOCK, sorted(set(ids)))}
    if any(one not in rows or rows[one]["dissolved_at"] is not None for one in ids):
        raise NotFound
    return rows


async def read_before(connection: asyncpg.Connection, ids: Sequence[UUID]) -> str:
    """Those clusters as they are, for `keep_deed`."""
    clusters = [_plain(row) for row in await connection.fetch(LOCK, sorted(ids))]
    members = [_plain(row) for row in await connection.fetch(MEMBERS, list(ids))]
    return json.dumps({"clusters": clusters, "members": members})


async def keep_deed(connection: asyncpg.Connection, verb: str, ids: Sequence[UUID], before: str) -> UUID:
    """After it is done: from now on those clusters are of another version. Answers the deed's id."""
    versions = {row["id"]: row["version"] for row in await connection.fetch(TOUCH, list(ids))}
    deed: UUID = await connection.fetchval(KEEP, verb, list(ids), before, [versions[one] for one in ids])
    return deed


async def find_latest(connection: asyncpg.Connection, cluster_id: UUID) -> asyncpg.Record | None:
    """(id, verb, at) of what can be taken back of that cluster."""
    return await connection.fetchrow(LATEST, cluster_id)


async def take_back(connection: asyncpg.Connection, deed_id: UUID) -> UUID:
    """Raises NotFound, and Conflict where something was done to those clusters since; answers a cluster to show."""
    deed = await connection.fetchrow(FIND, deed_id)
    if deed is None:
        raise NotFound
    ids = list(deed["clusters"])
    now = {row["id"]: row["version"] for row in await connection.fetch(LOCK, sorted(ids))}
    if deed["taken_back_at"] is not None or [now.get(one) for one in ids] != list(deed["versions"]):
        raise Conflict(_("This cannot be taken back any more: something else was done to the cluster since."))
    before = json.loads(deed["before"])
    await connection.execute(CLEAR, ids)
    await connection.execute(RESTORE, json.dumps(before["clusters"]))
    await connection.execute(RESTORE_MEMBERS, json.dumps(before["members"]))
    known = {UUID(row["id"]) for row in before["clusters"]}
    await connection.execute(UNMAKE, [one for one in ids if one not in known])
    await connection.fetch(TOUCH, ids)
    await connection.execute(TAKEN, deed_id)
    return UUID(str(next(one for one in ids if one in known)))


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    return {name: _said(value) for name, value in row.items()}


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
