"""The last thing that was done in the inbox and still stands: what `u` takes back, also after a reload."""

from __future__ import annotations

from uuid import UUID

import asyncpg

LAST_DEED = """
select c.action_id from change_log c
 where c.user_id = $1 and c.at > now() - interval '2 days' and c.actor = 'person' and c.op = 'update'
   and c.kind in ('capture', 'note')
   and c.columns && array['processed_at', 'discarded_at', 'snoozed_until', 'is_inbox'] and not is_undone(c.action_id)
 order by c.seq desc limit 1"""
OF_DEED = """
select distinct c.record_id from change_log c
 where c.user_id = $1 and c.action_id = $2 and c.op = 'update' and c.kind in ('capture', 'note')
   and c.columns && array['processed_at', 'discarded_at', 'snoozed_until', 'is_inbox']"""


async def last_deed(connection: asyncpg.Connection, user_id: UUID) -> UUID | None:
    action_id: UUID | None = await connection.fetchval(LAST_DEED, user_id)
    return action_id


async def items_of(connection: asyncpg.Connection, user_id: UUID, action_id: UUID) -> list[UUID]:
    """What the action had taken out of the inbox."""
    return [row[0] for row in await connection.fetch(OF_DEED, user_id, action_id)]
