"""What a person may know of heat: what warmed a record, what is warm now, and what was once and is not any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from app.heat.warmth import WARM, least_warmth

RECORD = """
select r.id, r.kind, r.title, r.preview, h.warmth, h.opened_at, h.peak, h.peak_at
  from records r left join record_heat h on h.record_id = r.id where r.id = $1"""

CAUSES = """
select reason, count(*) as times, max(at) as last, min(at) as first from attention
 where user_id = $1 and record_id = $2 and not is_undone group by reason order by max(at) desc"""

COLUMNS = """
select r.id, r.kind, r.title, r.preview, r.updated_at, h.warmth, h.peak_at, h.opened_at
  from record_heat h join records r on r.id = h.record_id
 where h.user_id = $1 and r.deleted_at is null and r.archived_at is null and r.kind <> 'topic'
   and not exists (select from contacts c where c.id = r.id and c.is_self)"""
WARMEST = COLUMNS + " and h.warmth > $2 order by h.warmth desc limit 50"
# Hotter than by being made and once edited: it was returned to.
FORGOTTEN = COLUMNS + " and h.tier = 'cold' and h.peak >= 0.9 and h.warmth <= $2 order by h.peak desc, r.id limit 50"


async def read_heat(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    """(id, kind, title, preview, warmth, opened_at, peak, peak_at)."""
    return await connection.fetchrow(RECORD, record_id)


async def read_causes(connection: asyncpg.Connection, user_id: UUID, record_id: UUID) -> Sequence[asyncpg.Record]:
    """(reason, times, last, first), the latest first."""
    return await connection.fetch(CAUSES, user_id, record_id)


async def list_warm(connection: asyncpg.Connection, user_id: UUID, now: datetime) -> Sequence[asyncpg.Record]:
    """(id, kind, title, preview, updated_at, warmth, peak_at, opened_at), the warmest first."""
    return await connection.fetch(WARMEST, user_id, least_warmth(WARM, now))


async def list_forgotten(connection: asyncpg.Connection, user_id: UUID, now: datetime) -> Sequence[asyncpg.Record]:
    """The same columns; what was hottest once comes first."""
    return await connection.fetch(FORGOTTEN, user_id, least_warmth(WARM, now))
