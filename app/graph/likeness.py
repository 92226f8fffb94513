"""Records that mean much the same, whatever their kinds: the mean of each one's passages against everybody else's.

Only records whose passages changed since are looked at, at most 5,000 of a person in one night, the rest in the next.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from app.ports.models import USUAL_LEAST_COSINE

ALIKE = "is_like"
ABOVE = 1 / 3
"""Of what lies between what a model calls unrelated and the same: 0.52 for the one that comes along. The page of what
is near asks for half of that, but it is asked by a person."""

AT_ONCE = 5000
MODEL = "select id, least_cosine from embedding_models where state = 'active'"
# What cannot be shown, or is no text of its own, has no mean; nor has what is not read to its end yet.
FORGET = """
delete from record_means m where m.user_id = $1 and (
       m.model_id <> $2 or not exists (select from passages p where p.record_id = m.record_id)
       or exists (select from records r where r.id = m.record_id
                     and (r.deleted_at is not null or r.archived_at is not null)))"""
REFRESH = """
with texts as (
    select p.record_id, sha256(string_agg(p.text_hash, ''::bytea order by p.ordinal)) as texts
      from passages p join records r on r.id = p.record_id
     where p.user_id = $1 and r.deleted_at is null and r.archived_at is null and r.kind <> 'topic'
       and not exists (select from contacts c where c.id = r.id and c.is_self)
     group by p.record_id),
changed as (
    select t.* from texts t left join record_means m on m.record_id = t.record_id
     where m.texts is distinct from t.texts order by t.record_id limit 5000)
insert into record_means as m (record_id, user_id, model_id, texts, mean)
select c.record_id, $1, $2, c.texts, avg(v.embedding)
  from changed c join passages p on p.record_id = c.record_id
  left join vectors v on v.user_id = $1 and v.model_id = $2 and v.text_hash = p.text_hash
 group by c.record_id, c.texts having count(*) = count(v.text_hash)
on conflict (record_id) do update
   set model_id = excluded.model_id, texts = excluded.texts, mean = excluded.mean, looked_at = null"""
WAITING = """
select record_id from record_means where user_id = $1 and looked_at is null and record_id > $2
 order by record_id limit 100"""
LOOKED = "update record_means set looked_at = $2 where record_id = any($1)"
# An exact scan: a person's means are few beside their passages.
NEAREST = """
select b.id as one, n.record_id as other, n.closeness, greatest(x.updated_at, y.updated_at) as used_at
  from unnest($1::uuid[]) b(id) join record_means m on m.record_id = b.id cross join lateral (
       select o.record_id, 1 - (o.mean <=> m.mean) as closeness from record_means o
        where o.user_id = $2 and o.record_id <> m.record_id order by o.mean <=> m.mean limit 5) n
  join records x on x.id = b.id join records y on y.id = n.record_id
 where n.closeness >= $3"""
# As near as the two are now, whichever of them changed; one that has lost an end is alike to nothing.
UNLIKE = """
select l.source_id as one, l.target_id as other
  from entity_links l left join record_means a on a.record_id = l.source_id
  left join record_means b on b.record_id = l.target_id
 where l.user_id = $1 and l.origin = 'inferred' and l.relation = 'is_like' and l.valid_to is null
   and (a.record_id is null or b.record_id is null or 1 - (a.mean <=> b.mean) < $2)"""

Pair = tuple[UUID, UUID]
"""The lesser first."""
Near = tuple[Pair, float, datetime]
"""The two, how near they are, and when the later of them was written."""


async def gather_means(connection: asyncpg.Connection, user_id: UUID) -> float:
    """Make what changed ready to be looked at; the least nearness that counts, 2 where there is no model."""
    model = await connection.fetchrow(MODEL)
    if model is None:
        return 2.0
    await refresh_means(connection, user_id, model["id"])
    unrelated = USUAL_LEAST_COSINE if model["least_cosine"] is None else model["least_cosine"]
    return float(unrelated + ABOVE * (1 - unrelated))


async def look_at_some(
    connection: asyncpg.Connection, user_id: UUID, now: datetime, least: float, after: UUID
) -> tuple[list[Near], list[UUID]]:
    """What is alike to the next records, and which those were; none when all are looked at."""
    waiting = [row[0] for row in await connection.fetch(WAITING, user_id, after)]
    found = [_near(row) for row in await connection.fetch(NEAREST, waiting, user_id, least)] if waiting else []
    await connection.execute(LOOKED, waiting, now)
    return found, waiting


async def refresh_means(connection: asyncpg.Connection, user_id: UUID, model_id: int) -> int:
    """How many were made, at most `AT_ONCE`."""
    await connection.execute(FORGET, user_id, model_id)
    return int((await connection.execute(REFRESH, user_id, model_id)).split()[-1])


async def find_unlike(connection: asyncpg.Connection, user_id: UUID, least: float) -> set[Pair]:
    """Of what stands as alike, what is no longer."""
    return {(row["one"], row["other"]) for row in await connection.fetch(UNLIKE, user_id, least)}


def _near(row: asyncpg.Record) -> Near:
    return (min(row["one"], row["other"]), max(row["one"], row["other"])), row["closeness"], row["used_at"]
