"""The heat slot: each change that a person made warms its record, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.core.pipeline import Work
from app.core.record import RecordText
from app.heat.warmth import CREATE, EDIT, OPEN, SYNC, add_weight

# An autosave every few seconds is one edit, and a reload is one visit.
SAME_SITTING = timedelta(minutes=30)

CHANGES = """
select c.record_id, c.seq, c.op, c.actor, c.at, c.columns
  from change_log c left join record_heat h on h.record_id = c.record_id
 where c.user_id = $1 and c.record_id = any($2) and c.seq > coalesce(h.seq, 0)
 order by c.record_id, c.seq"""

KNOWN = "select record_id, warmth, edited_at from record_heat where record_id = any($1) for update"

STORE = """
insert into record_heat as h (user_id, record_id, warmth, seq, edited_at)
select $1, r.id, k.warmth, k.seq, k.edited_at
  from unnest($2::uuid[], $3::double precision[], $4::bigint[], $5::timestamptz[]) k(id, warmth, seq, edited_at)
  join records r on r.id = k.id
on conflict (record_id) do update
   set warmth = excluded.warmth, seq = excluded.seq, edited_at = excluded.edited_at"""

OPENED = """
insert into record_heat as h (user_id, record_id, warmth, opened_at)
select $1, id, $3, now() from records where id = $2
on conflict (record_id) do update set warmth = $4, opened_at = now()"""


async def warm_records(
    connection: asyncpg.Connection, user_id: UUID, work: Sequence[Work], texts: Sequence[RecordText]
) -> None:
    """Apply the changes that each record has had since it was last warmed (so a repeat adds nothing)."""
    ids = [item.record_id for item in work]
    dated = {text.id: text.dated for text in texts}
    known = {row[0]: (row[1], row[2]) for row in await connection.fetch(KNOWN, ids)}
    warmed: dict[UUID, tuple[float, int, datetime | None]] = {}
    for record_id, seq, op, actor, at, columns in await connection.fetch(CHANGES, user_id, ids):
        warmth, edited = warmed[record_id][::2] if record_id in warmed else known.get(record_id, (None, None))
        step = weigh(op, actor, at, columns, edited, dated.get(record_id, at))
        if step:
            warmth, edited = add_weight(warmth, *step), at if op == "update" else edited
        warmed[record_id] = (warmth if warmth is not None else -1e6, seq, edited)
    if warmed:
        columns_ = zip(*[(key, *value) for key, value in warmed.items()], strict=True)
        await connection.execute(STORE, user_id, *[list(column) for column in columns_])


def weigh(
    op: str, actor: str, at: datetime, columns: Sequence[str], edited: datetime | None, dated: datetime
) -> tuple[float, datetime] | None:
    """The weight of one change and when it counts; None for what is no attention."""
    if actor in {"import", "sync"}:
        # As of the record's own date: ten thousand old notes must not all glow.
        return (CREATE if op == "create" else SYNC), min(dated, at)
    if actor != "person" or op == "delete" or {"deleted_at", "archived_at"} & set(columns):
        return None
    if op == "create":
        return CREATE, at
    return None if edited and at - edited < SAME_SITTING else (EDIT, at)


async def warm_opened(connection: asyncpg.Connection, user_id: UUID, record_id: UUID) -> None:
    """A person opened the record; within one sitting it counts once."""
    row = await connection.fetchrow(
        "select warmth, opened_at from record_heat where record_id = $1 for update", record_id
    )
    now = datetime.now(UTC)
    if row and row["opened_at"] and now - row["opened_at"] < SAME_SITTING:
        return
    fresh = add_weight(None, OPEN, now)
    await connection.execute(OPENED, user_id, record_id, fresh, add_weight(row["warmth"], OPEN, now) if row else fresh)
