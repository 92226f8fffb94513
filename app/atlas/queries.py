"""What the whole graph is made of, read at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

MOST_NODES, MOST_LINKS = 50_000, 400_000
"""More than that is neither read nor laid out: what a browser draws ends long before it (narrowing.py)."""

# Who has a place comes by its number, so that the answer for the browser needs none but where one is missing.
NODES = """
select r.id, r.kind, coalesce(nullif(r.title, ''), left(r.preview, 60)) as title,
       extract(epoch from r.created_at)::float8 as made, h.warmth, p.number, p.x, p.y, p.community
  from records r
  left join record_heat h on h.record_id = r.id
  left join atlas_places p on p.record_id = r.id
 where r.deleted_at is null order by p.number, r.id limit 50000"""
# By the very words of the origin's check, then what topics say.
LINKS = """
select l.source_id, l.target_id, l.relation, l.origin, l.confidence from entity_links l
 where l.target_id is not null and l.rejected_at is null and l.valid_to is null
union all
select rt.record_id, coalesce(t.merged_into, t.id), 'topic', 'topic', 1
  from record_topics rt join topics t on t.id = rt.topic_id
 limit 400000"""
SELF = "select id from contacts where is_self"

# Changes with every row of the four that comes, goes or changes, and with nothing else.
STATE = """
select (select coalesce(max(seq), 0) from change_log where user_id = $1) as seq,
       (select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from records) as records,
       (select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from entity_links) as links,
       (select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from record_topics) as topics,
       (select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from record_heat) as heat,
       (select c.charted_at::text from atlas_charts c where c.user_id = $1) as charted"""

CHART = "select graph, laid from atlas_charts where user_id = $1"
NEWEST = "select coalesce(max(seq), 0) from change_log where user_id = $1"
KEEP_PLACES = """
insert into atlas_places as p (user_id, record_id, number, x, y, community)
select $1, k.* from unnest($2::uuid[], $3::int[], $4::real[], $5::real[], $6::int[]) k
on conflict (record_id) do update set x = excluded.x, y = excluded.y, community = excluded.community
 where (p.x, p.y, p.community) is distinct from (excluded.x, excluded.y, excluded.community)"""
FORGET_PLACES = "delete from atlas_places where user_id = $1 and record_id <> all($2)"
KEEP_CHART = """
insert into atlas_charts as c (user_id, graph, laid, seq, seconds) values ($1, $2, $3, $4, $5)
on conflict (user_id) do update
   set graph = excluded.graph, laid = excluded.laid, seq = excluded.seq, seconds = excluded.seconds,
       charted_at = now()"""

UNDER_TOPICS = "select record_id from record_topics where topic_id = any($1)"

CARD = """
select r.id, r.kind, r.title, r.preview, r.created_at, r.updated_at, h.warmth, p.community
  from records r left join record_heat h on h.record_id = r.id left join atlas_places p on p.record_id = r.id
 where r.id = $1 and r.deleted_at is null"""
BY_NUMBER = "select record_id from atlas_places where user_id = $1 and number = $2"


@dataclass(frozen=True, slots=True)
class Rows:
    """The nodes, the links between any two of them, and who of them is Contact Zero."""

    nodes: Sequence[asyncpg.Record]
    links: Sequence[asyncpg.Record]
    self_id: UUID | None


async def read_rows(connection: asyncpg.Connection) -> Rows:
    return Rows(
        await connection.fetch(NODES), await connection.fetch(LINKS), await connection.fetchval(SELF)
    )  # fmt: skip


async def read_state(connection: asyncpg.Connection, user_id: UUID) -> tuple[Any, ...]:
    row = await connection.fetchrow(STATE, user_id)
    assert row is not None
    return tuple(row)


async def read_card(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    """(id, kind, title, preview, created_at, updated_at, warmth, community)."""
    return await connection.fetchrow(CARD, record_id)


async def find_by_number(connection: asyncpg.Connection, user_id: UUID, number: int) -> UUID | None:
    return await connection.fetchval(BY_NUMBER, user_id, number)  # type: ignore[no-any-return]


async def records_under(connection: asyncpg.Connection, topics: Sequence[UUID]) -> frozenset[UUID]:
    """The topics' records and the topics themselves."""
    return frozenset([*topics, *(row[0] for row in await connection.fetch(UNDER_TOPICS, topics))])
