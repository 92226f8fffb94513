"""The words of clusters that have none, or whose members are others by now: a few clusters in each step of the night."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from app.clusters.naming import choose_words, count_words
from app.clusters.queries import KINDS

CLUSTERS_A_STEP, MOST_MEMBERS = 10, 300
LONGEST_WORD = 40

WAITING = "select id from clusters where named_at is null and dissolved_at is null order by id limit $1"
TEXTS = """
select r.title, r.preview from cluster_members m join records r on r.id = m.record_id
 where m.cluster_id = $1 and m.removed_at is null and r.deleted_at is null
 order by m.confidence desc, m.record_id limit $2"""
# Some of all that the person has, the same ones each time.
AMONG = """
select title, preview from records
 where kind = any($1) and deleted_at is null order by md5(id::text) limit 4000"""
NAME = "update clusters set words = $2, named_at = now() where id = $1"


async def name_some(connection: asyncpg.Connection) -> bool:
    """Whether there were any to be named. A label that a person gave stands above the words, and stays."""
    waiting = [row["id"] for row in await connection.fetch(WAITING, CLUSTERS_A_STEP)]
    if not waiting:
        return False
    among = count_words(_texts(await connection.fetch(AMONG, KINDS)))
    for cluster_id in waiting:
        texts = _texts(await connection.fetch(TEXTS, cluster_id, MOST_MEMBERS))
        await connection.execute(NAME, cluster_id, choose_words(texts, among))
    return True


def _texts(rows: Sequence[asyncpg.Record]) -> list[str]:
    return [f"{row['title']}\n{row['preview']}" for row in rows]
