"""Names that texts use and nobody bears: kept aside, and made entities once three records say them.

They are rows of their own and no records, so that no list, no search and no graph has to leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from app.core.record import RecordText
from app.core.text import sentence_around
from app.graph.extracting.mentions import Mention

ENOUGH = 3
"""Records that must name it before a name is made an entity by itself."""
LONGEST = 200
MOST = 60
"""Of one record: a list of a thousand addresses says nothing about it."""

Row = tuple[UUID, str, str, str, float, int, str, str, datetime, str]

FORGET = """
delete from sightings s where s.record_id = any($1)
   and not exists (select from unnest($2::uuid[], $3::text[], $4::text[]) k(record_id, type, folded)
                    where k.record_id = s.record_id and k.type = s.type and k.folded = s.folded)"""

KEEP = """
insert into sightings as s (user_id, record_id, type, folded, name, confidence, times, evidence, anchor, seen_at,
                            created_by)
select $1, k.* from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::real[], $7::integer[], $8::text[],
                           $9::text[], $10::timestamptz[], $11::text[]) k
on conflict (record_id, type, folded) do update
   set name = excluded.name, confidence = excluded.confidence, times = excluded.times, evidence = excluded.evidence,
       anchor = excluded.anchor, created_by = excluded.created_by
 where (s.name, s.times, s.evidence, s.anchor, s.created_by) is distinct from
       (excluded.name, excluded.times, excluded.evidence, excluded.anchor, excluded.created_by)"""

# As old as the first record that says it, so that an import makes no name glow. One that is there in another spelling,
# in the trash, or merged into somebody stays what it is.
MAKE = """
insert into entities (user_id, name, normalised_name, entity_type, first_seen, last_seen, created_at, updated_at)
select $1, said.name, said.folded, said.type, said.first_seen, said.last_seen, said.first_seen, said.last_seen
  from (select s.type, s.folded, mode() within group (order by s.name) as name, count(*) as records,
               min(s.seen_at) as first_seen, max(s.seen_at) as last_seen
          from sightings s join records r on r.id = s.record_id and r.deleted_at is null
         where s.user_id = $1 and (s.type, s.folded) in (select * from unnest($2::text[], $3::text[]))
         group by s.type, s.folded) said
 where said.records >= $4
 order by said.type, said.folded
on conflict (user_id, normalised_name, entity_type) do nothing
returning id"""


async def keep_sightings(
    connection: asyncpg.Connection, user_id: UUID, texts: Sequence[RecordText],
    found: Mapping[UUID, Sequence[Mention]],
) -> set[tuple[str, str]]:  # fmt: skip
    """What these records name is as their texts say; (type, folded) of the names among it."""
    bodies = {text.id: text for text in texts}
    rows = [row for record_id, mentions in found.items() for row in _rows(bodies[record_id], mentions)]
    await connection.execute(
        FORGET, list(found), [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    )
    if rows:
        await connection.execute(KEEP, user_id, *[list(column) for column in zip(*rows, strict=True)])
    return {(row[1], row[2]) for row in rows if row[1] not in ("date", "domain")}


def _rows(text: RecordText, mentions: Sequence[Mention]) -> list[Row]:
    first: dict[tuple[str, str], Mention] = {}
    times: dict[tuple[str, str], int] = {}
    for mention in mentions:
        key = (mention.type, mention.folded[:LONGEST])
        if not mention.targets:
            first.setdefault(key, mention)
            times[key] = times.get(key, 0) + 1
    return [
        (text.id, *key, mention.name[:LONGEST], mention.confidence, times[key],
         sentence_around(text.body, mention.start, mention.end), f"{mention.start}-{mention.end}", text.dated,
         mention.by)
        for key, mention in list(first.items())[:MOST]
    ]  # fmt: skip


async def make_entities(connection: asyncpg.Connection, user_id: UUID, names: set[tuple[str, str]]) -> None:
    """Those that enough records say by now."""
    if names:
        ordered = sorted(names)
        await connection.execute(MAKE, user_id, [name[0] for name in ordered], [name[1] for name in ordered], ENOUGH)


async def accept_sighting(connection: asyncpg.Connection, user_id: UUID, kind: str, folded: str) -> UUID | None:
    """An entity of this name at once, however few say it; None where nothing says it or it is there already."""
    made = await connection.fetchval(MAKE, user_id, [kind], [folded], 1)
    return UUID(str(made)) if made else None
