"""What is known of stacks, as one user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.clusters.queries import TITLE

Row = asyncpg.Record | Mapping[str, Any]
"""Of a record that is, was or could be on a stack: record_id, kind, title, preview."""

ITEMS = """
  from stack_items i join records r on r.id = i.record_id
 where r.deleted_at is null and i.removed_at is """
LIST = """
select s.id, s.name, s.summary, s.is_pinned, s.updated_at, count(r.id)::int as size
  from stacks s left join stack_items i on i.stack_id = s.id and i.removed_at is null
  left join records r on r.id = i.record_id and r.deleted_at is null
 where s.deleted_at is null group by s.id order by s.is_pinned desc, s.updated_at desc, s.id limit 500"""
GONE = "select id, name from stacks where deleted_at > now() - interval '30 days' order by deleted_at desc limit 20"
ONE = """
select id, name, summary, is_pinned, cluster_id, topic_id, search_id, created_at, updated_at, deleted_at
  from stacks where id = $1"""
ON_IT = (
    "select i.record_id, r.kind, r.title, r.preview, r.updated_at"
    + ITEMS
    + "null and i.stack_id = $1 order by i.place, i.record_id"
)
TAKEN_OFF = (
    "select i.record_id, r.kind, r.title, r.preview"
    + ITEMS
    + "not null and i.stack_id = $1 order by i.removed_at desc limit 50"
)
# What it was made from: what is not on it, nor was taken off it.
OFFERED_BY_CLUSTER = """
select r.id as record_id, r.kind, r.title, r.preview
  from cluster_members m join clusters c on c.id = m.cluster_id join records r on r.id = m.record_id
 where m.cluster_id = $1 and m.removed_at is null and c.dissolved_at is null
   and r.deleted_at is null and r.archived_at is null
   and not exists (select from stack_items i where i.stack_id = $2 and i.record_id = r.id)
 order by (m.pinned_at is null), m.confidence desc, r.id limit $3"""
OFFERED_BY_TOPIC = """
select r.id as record_id, r.kind, r.title, r.preview
  from record_topics t join topics o on o.id = t.topic_id join records r on r.id = t.record_id
 where t.topic_id = $1 and o.deleted_at is null and r.deleted_at is null and r.archived_at is null
   and not exists (select from stack_items i where i.stack_id = $2 and i.record_id = r.id)
 order by r.updated_at desc, r.id limit $3"""
KNOWN = "select record_id from stack_items where stack_id = $1"
OF_RECORD = """
select s.id, s.name, i.record_id is not null as is_on
  from stacks s left join stack_items i on i.stack_id = s.id and i.record_id = $1 and i.removed_at is null
 where s.deleted_at is null order by is_on desc, s.is_pinned desc, s.updated_at desc, s.id limit 200"""
RECORD = "select id, kind, title, preview from records where id = $1"
CLUSTERS = f"""
select c.id, c.label, {TITLE}, c.words, count(*)::int as size
  from clusters c join cluster_members m on m.cluster_id = c.id and m.removed_at is null
  join records r on r.id = m.record_id and r.deleted_at is null and r.archived_at is null
 where c.dissolved_at is null and not exists (
       select from stacks s where s.cluster_id = c.id and s.deleted_at is null)
 group by c.id order by size desc, c.id limit 3"""
TOPICS = """
select o.id, o.label, count(*)::int as size
  from topics o join record_topics t on t.topic_id = o.id join records r on r.id = t.record_id and r.deleted_at is null
 where o.deleted_at is null and not exists (
       select from stacks s where s.topic_id = o.id and s.deleted_at is null)
 group by o.id having count(*) >= 3 order by size desc, o.id limit 3"""


async def list_stacks(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(LIST)


async def list_gone(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """Those that were thrown away in the last thirty days."""
    return await connection.fetch(GONE)


async def find_stack(connection: asyncpg.Connection, stack_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(ONE, stack_id)


async def list_items(connection: asyncpg.Connection, stack_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(ON_IT, stack_id)


async def list_taken_off(connection: asyncpg.Connection, stack_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(TAKEN_OFF, stack_id)


async def list_offered(connection: asyncpg.Connection, stack: asyncpg.Record, most: int) -> Sequence[Row]:
    """Of the cluster or topic that it was made from, what could come upon it (of a search: searching.py)."""
    if stack["cluster_id"]:
        return await connection.fetch(OFFERED_BY_CLUSTER, stack["cluster_id"], stack["id"], most)
    if stack["topic_id"]:
        return await connection.fetch(OFFERED_BY_TOPIC, stack["topic_id"], stack["id"], most)
    return ()


async def list_known(connection: asyncpg.Connection, stack_id: UUID) -> set[UUID]:
    """What lies on it, and what was taken off it."""
    return {row["record_id"] for row in await connection.fetch(KNOWN, stack_id)}


async def find_record(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(RECORD, record_id)


async def list_for_record(connection: asyncpg.Connection, record_id: UUID) -> Sequence[asyncpg.Record]:
    """(id, name, is_on) of all stacks, those that it lies on first."""
    return await connection.fetch(OF_RECORD, record_id)


async def suggest_clusters(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(CLUSTERS)


async def suggest_topics(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    return await connection.fetch(TOPICS)
