"""The topics that a person stands under, as their form has them."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.core.text import slug
from app.topics.service import check_label, ensure_topic, file_records, unfile_records

STANDS_UNDER = """
select distinct t.id, t.label from record_topics rt join topics w on w.id = rt.topic_id
  join topics t on t.id = coalesce(w.merged_into, w.id)
 where rt.record_id = $1 and t.deleted_at is null order by t.label"""


async def read_topics(connection: asyncpg.Connection, contact_id: UUID) -> str:
    return ", ".join(row["label"] for row in await connection.fetch(STANDS_UNDER, contact_id))


async def file_person(connection: asyncpg.Connection, user_id: UUID, contact_id: UUID, typed: str) -> None:
    """By hand; what their own words say stays. Raises Invalid for what cannot be a topic."""
    wanted = {slug(label): label for part in typed.split(",") if part.strip() for label in (check_label(part),)}
    now = {slug(row["label"]): row["id"] for row in await connection.fetch(STANDS_UNDER, contact_id)}
    for short in now.keys() - wanted.keys():
        await unfile_records(connection, [contact_id], now[short])
    for short in wanted.keys() - now.keys():
        topic_id, _label = await ensure_topic(connection, user_id, wanted[short])
        await file_records(connection, [contact_id], topic_id)
