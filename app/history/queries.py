"""What History reads of the change log."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

NEWEST = 2**62
PAGE_SIZE = 40

# Each step goes to the next older change of another action, so that an import of ten thousand notes is one step.
# What the house derives by itself (topics from texts) is no deed of anybody.
ACTIONS = f"""
with recursive steps as (
    (select c.seq, c.action_id, 1 as place from change_log c
      where c.user_id = $1 and c.seq < $2 and c.actor <> 'hearth' order by c.seq desc limit 1)
    union all
    select next.seq, next.action_id, steps.place + 1 from steps cross join lateral (
        select c.seq, c.action_id from change_log c
         where c.user_id = $1 and c.seq < steps.seq and c.action_id <> steps.action_id and c.actor <> 'hearth'
         order by c.seq desc limit 1) next
     where steps.place < {PAGE_SIZE})
select action_id, seq from steps order by place"""

# Folders and files that came along count only where nothing else did.
ALONE = """
(c.kind not in ('folder', 'attachment', 'filing', 'distinction', 'link') or not exists (
       select from change_log o where o.user_id = $1 and o.action_id = c.action_id
          and o.kind not in ('folder', 'attachment', 'filing', 'distinction', 'link')))"""
DEEDS = f"""
select c.action_id, min(c.actor) as actor, max(c.at) as at, count(distinct c.record_id) as records,
       array_agg(distinct c.op) as ops, array_agg(distinct c.kind) as kinds,
       (select array_agg(distinct col) from change_log d, unnest(d.columns) col
         where d.user_id = $1 and d.action_id = c.action_id and d.kind = any(array_agg(distinct c.kind))) as columns,
       bool_or(c.before -> 'deleted_at' = 'null') as discards, bool_or(c.before -> 'archived_at' = 'null') as archives,
       bool_or(c.before -> 'is_pinned' = 'false') as pins, is_undone(c.action_id) as is_undone,
       (select undoes from undoings u where u.action_id = c.action_id) as undoes
  from change_log c where c.user_id = $1 and c.action_id = any($2) and {ALONE} group by c.action_id"""

TITLES = """
select s.action_id, s.record_id, r.kind, r.title, r.preview from unnest($2::uuid[]) a(id)
 cross join lateral (select distinct c.action_id, c.record_id from (
        select * from change_log l where l.user_id = $1 and l.action_id = a.id
            and l.kind not in ('folder', 'attachment', 'filing', 'distinction', 'link')
          order by l.seq limit 40) c limit 3) s
  join records r on r.id = s.record_id"""

RECORD = """
select r.kind, r.title, r.preview, show_row($2::text::regclass, r.id) as fields from records r where r.id = $1"""

KIND = "select kind from records where id = $1"

CHANGES = """
select c.seq, c.op, c.columns, c.before, c.action_id, c.actor, c.at, is_undone(c.action_id) as is_undone
  from change_log c where c.user_id = $1 and c.record_id = $2 order by c.seq desc limit 500"""


async def list_actions(
    connection: asyncpg.Connection, user_id: UUID, before: int = NEWEST
) -> tuple[dict[UUID, int], int | None]:
    """Ids of the newest actions before a place in the log, newest first, and where the next page begins."""
    rows = await connection.fetch(ACTIONS, user_id, before)
    seqs: dict[UUID, int] = {}
    for action_id, seq in rows:
        # Two who act at once take turns in the log: each stands where it was seen first.
        seqs.setdefault(action_id, seq)
    return seqs, rows[-1]["seq"] if len(rows) == PAGE_SIZE else None


async def read_deeds(
    connection: asyncpg.Connection, user_id: UUID, actions: Sequence[UUID]
) -> tuple[dict[UUID, asyncpg.Record], dict[UUID, list[asyncpg.Record]]]:
    """What each action did, and up to three of the records that it did it to."""
    deeds = {row["action_id"]: row for row in await connection.fetch(DEEDS, user_id, actions)}
    titles: dict[UUID, list[asyncpg.Record]] = {}
    for row in await connection.fetch(TITLES, user_id, actions):
        titles.setdefault(row["action_id"], []).append(row)
    return deeds, titles


async def read_kind(connection: asyncpg.Connection, record_id: UUID) -> str | None:
    return await connection.fetchval(KIND, record_id)  # type: ignore[no-any-return]


async def read_record(connection: asyncpg.Connection, record_id: UUID, table: str) -> asyncpg.Record | None:
    """(kind, title, preview, fields) with all its fields as they are now."""
    return await connection.fetchrow(RECORD, record_id, table)


async def read_changes(connection: asyncpg.Connection, user_id: UUID, record_id: UUID) -> Sequence[asyncpg.Record]:
    """The newest 500 changes of one record."""
    return await connection.fetch(CHANGES, user_id, record_id)
