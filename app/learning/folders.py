"""Where notes of a topic lie: of each topic, the folder that holds the most of them."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.learning.measuring import MOST_EVIDENCE, Habit

BATCH = 100

TOPICS = """
select id from topics where deleted_at is null and merged_into is null and id > $1 order by id limit 100"""
# What waits in the inbox has no place yet; what lies in no folder counts as lying elsewhere.
PLACES = """
with filed as (
    select distinct coalesce(p.merged_into, p.id) as topic, t.record_id
      from record_topics t join topics p on p.id = t.topic_id
     where coalesce(p.merged_into, p.id) = any($1))
select f.topic, d.id as folder, count(*)::int as notes,
       (array_agg(n.id order by n.created_at desc, n.id desc))[1:$2] as newest
  from filed f
  join notes n on n.id = f.record_id and n.deleted_at is null and not n.is_inbox and n.note_kind <> 'system'
              and n.template_for is null
  left join folders d on d.id = n.folder_id and d.deleted_at is null
 group by 1, 2 order by 1, 3 desc, 2"""


async def read_places(connection: asyncpg.Connection, after: UUID) -> tuple[list[Habit], int, UUID | None]:
    """As `read_names`, of topics."""
    topics = [row["id"] for row in await connection.fetch(TOPICS, after)]
    places: dict[UUID, list[asyncpg.Record]] = {}
    for row in await connection.fetch(PLACES, topics, MOST_EVIDENCE):
        places.setdefault(row["topic"], []).append(row)
    habits = [habit for topic, rows in places.items() if (habit := _habit(topic, rows)) is not None]
    notes = sum(row["notes"] for rows in places.values() for row in rows)
    return habits, len(topics) + notes, topics[-1] if len(topics) == BATCH else None


def _habit(topic: UUID, rows: list[asyncpg.Record]) -> Habit | None:
    best = next((row for row in rows if row["folder"]), None)
    if best is None:
        return None
    seen = sum(row["notes"] for row in rows)
    return Habit(best["notes"], seen, about_id=topic, folder_id=best["folder"], evidence=best["newest"])
