"""The words of clusters that have none, or whose members are others by now: a few clusters in each step."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.clusters.naming import choose_words, count_words
from app.clusters.queries import KINDS

CLUSTERS_A_STEP, MOST_MEMBERS = 10, 300

WAITING = """
select id from clusters where named_at is null and dissolved_at is null and id > $1 order by id limit $2"""
TEXTS = """
select r.title, r.preview from cluster_members m join records r on r.id = m.record_id
 where m.cluster_id = $1 and m.removed_at is null and r.deleted_at is null
 order by m.confidence desc, m.record_id limit $2"""
# Some of all that the person has, the same ones each time.
AMONG = """
select title, preview from records
 where kind = any($1) and deleted_at is null order by md5(id::text) limit 4000"""
NAME = "update clusters set words = $2, named_at = now() where id = $1"


async def name_some(connection: asyncpg.Connection, after: UUID) -> UUID | None:
    """The last one that was named, None where there is none left. A person's label stands above the words."""
    waiting = [row["id"] for row in await connection.fetch(WAITING, after, CLUSTERS_A_STEP)]
    if not waiting:
        return None
    among = count_words(_texts(await connection.fetch(AMONG, KINDS)))
    for cluster_id in waiting:
        texts = _texts(await connection.fetch(TEXTS, cluster_id, MOST_MEMBERS))
        await connection.execute(NAME, cluster_id, choose_words(texts, among))
    return UUID(str(waiting[-1]))


def _texts(rows: Sequence[asyncpg.Record]) -> list[str]:
    return [f"{row['title']}\n{row['preview']}" for row in rows]
