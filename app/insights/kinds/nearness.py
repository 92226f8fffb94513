"""What is near in meaning to a record, for the kinds that ask for it at night: as app/search/near.py looks for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.database import plan_for_one
from app.core.sleeping import Meaning

# Sketches first, then exactly. Two that are linked, either way and by whomever, are not unknown to each other; a link
# that was rejected says the same. What the house inferred and nobody has judged says nothing: nearness is what it says.
NEAR = """
with own as materialized (
    select avg(v.embedding) as mean, binary_quantize(avg(v.embedding)) as sketch from passages p
      join vectors v on v.user_id = p.user_id and v.model_id = $2 and v.text_hash = p.text_hash
     where p.record_id = $1),
sketched as materialized (
    select text_hash from vectors where model_id = $2 and (select mean from own) is not null
     order by sketch <~> (select sketch from own) limit 500),
near as materialized (
    select v.text_hash, 1 - (v.embedding <=> (select mean from own)) as cosine from sketched s
      join vectors v on v.user_id = app_user_id() and v.model_id = $2 and v.text_hash = s.text_hash
     order by v.embedding <=> (select mean from own) limit 200)
select r.id, max(n.cosine)::float8 as cosine
  from near n join passages p on p.text_hash = n.text_hash join records r on r.id = p.record_id
  left join record_heat h on h.record_id = r.id
 where n.cosine >= $3 and r.id <> $1 and r.deleted_at is null and r.archived_at is null
   and r.kind = any($4) and ($5::float8 is null or coalesce(h.warmth, -1e6) <= $5)
   and ($6::timestamptz is null or r.updated_at < $6)
   and not exists (select from notes o where o.id = r.id and (o.note_kind <> 'note' or o.template_for is not null))
   and not exists (select from entity_links l where l.source_id = $1 and l.target_id = r.id
                      and (l.origin <> 'inferred' or l.accepted_at is not null or l.rejected_at is not null))
   and not exists (select from entity_links l where l.source_id = r.id and l.target_id = $1
                      and (l.origin <> 'inferred' or l.accepted_at is not null or l.rejected_at is not null))
 group by r.id order by 2 desc, 1 limit 5"""


def share_above(meaning: Meaning, share: float) -> float:
    """So much of the way from where likeness begins to being the same."""
    return meaning.least_cosine + share * (1 - meaning.least_cosine)


async def find_near(
    connection: asyncpg.Connection, record_id: UUID, meaning: Meaning, least: float, kinds: Sequence[str],
    *, at_most_warm: float | None = None, older_than: object = None,
) -> Sequence[asyncpg.Record]:  # fmt: skip
    """(id, cosine) of what is no link away, the nearest first."""
    await plan_for_one(connection)
    return await connection.fetch(NEAR, record_id, meaning.model_id, least, kinds, at_most_warm, older_than)
