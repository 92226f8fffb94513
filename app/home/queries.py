"""What Today shows of all kinds, each thing once: what is pinned to it, what is warm, what is recent.

Contact Zero is in no list; neither are templates, and notes behind the scenes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from app.heat.warmth import WARM, least_warmth

COLUMNS = """
select r.id, r.kind, r.title, r.preview, r.updated_at, h.warmth
  from records r left join record_heat h on h.record_id = r.id """
LIVING = (
    " r.deleted_at is null and r.archived_at is null and r.kind not in ('topic', 'reminder') "
    "and not exists (select from contacts c where c.id = r.id and c.is_self) "
    "and not exists (select from notes n where n.id = r.id and (n.note_kind = 'system' or n.template_for is not null))"
)

PINNED = (
    COLUMNS + "where r.id in (select id from notes where is_pinned_home and deleted_at is null and archived_at is null "
    "order by updated_at desc limit 12) order by r.updated_at desc"
)
WARMEST = COLUMNS + "where h.warmth > $1 and r.id <> all($2) and" + LIVING + " order by h.warmth desc limit 8"
RECENT = COLUMNS + "where r.id <> all($1) and" + LIVING + " order by r.updated_at desc, r.id desc limit 8"


async def pinned_notes(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """(id, kind, title, preview, updated_at, warmth), as do the two below, which leave out what stands above them."""
    return await connection.fetch(PINNED)


async def warm_records(
    connection: asyncpg.Connection, now: datetime, but: Sequence[UUID] = ()
) -> Sequence[asyncpg.Record]:
    return await connection.fetch(WARMEST, least_warmth(WARM, now), but)


async def recent_records(connection: asyncpg.Connection, but: Sequence[UUID] = ()) -> Sequence[asyncpg.Record]:
    return await connection.fetch(RECENT, but)
