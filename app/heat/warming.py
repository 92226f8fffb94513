"""The heat slot: what a person did with a record warms it, once, and an undo takes that back.

Each cause is a row of `attention`; a record's warmth is their sum in the order in which they came. So a repeat adds
nothing, and undoing everything gives the warmth from before, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.core.pipeline import Work
from app.core.record import RecordText
from app.heat.warmth import (
    COLDEST,
    CREATE,
    EDIT,
    HOT,
    OPEN,
    SYNC,
    WARM,
    add_weight,
    coarse_tier,
    least_warmth,
    score,
)

# An autosave every few seconds is one edit, and a reload is one visit.
SAME_SITTING = timedelta(minutes=30)

CHANGES = """
select c.record_id, c.seq, c.op, c.actor, c.at, c.columns, is_undone(c.action_id) as is_undone
  from change_log c left join record_heat h on h.record_id = c.record_id
 where c.user_id = $1 and c.record_id = any($2) and c.seq > coalesce(h.seq, 0)
 order by c.record_id, c.seq"""

LAST_EDITS = """
select record_id, max(at) from attention
 where user_id = $1 and record_id = any($2) and reason = 'edit' and not is_undone group by record_id"""

COUNT = """
insert into attention (user_id, record_id, seq, reason, weight, at, is_undone)
select $1, c.* from unnest($2::uuid[], $3::bigint[], $4::text[], $5::double precision[], $6::timestamptz[],
                           $7::boolean[]) c(record_id, seq, reason, weight, at, is_undone)
  join records r on r.id = c.record_id order by c.seq
on conflict (record_id, seq) where seq is not null do nothing"""

RECOUNT = """
update attention a set is_undone = is_undone(c.action_id)
  from change_log c
 where a.user_id = $1 and a.record_id = any($2) and c.user_id = $1 and c.seq = a.seq
   and a.is_undone <> is_undone(c.action_id)"""

COUNTED = """
select record_id, weight, at from attention
 where user_id = $1 and record_id = any($2) and not is_undone order by record_id, id"""

STORE = """
insert into record_heat as h (user_id, record_id, warmth, seq, tier, peak, peak_at)
select $1, r.id, k.warmth, k.seq, k.tier, k.peak, k.peak_at
  from unnest($2::uuid[], $3::double precision[], $4::bigint[], $5::text[], $6::real[], $7::timestamptz[])
    k(id, warmth, seq, tier, peak, peak_at)
  join records r on r.id = k.id
on conflict (record_id) do update set warmth = excluded.warmth, seq = greatest(h.seq, excluded.seq),
   tier = excluded.tier, peak = excluded.peak, peak_at = excluded.peak_at"""

# What came with dates of its own was edited then, unless that was still the sitting that made it.
REMEMBER = """
insert into attention (user_id, record_id, reason, weight, at)
select $1, r.id, 'edit', $3, r.updated_at from records r
 where r.id = any($2) and r.updated_at - r.created_at > $4::interval"""

OPENED = """
insert into record_heat as h (user_id, record_id, warmth, opened_at)
select $1, id, $3, now() from records where id = $2
on conflict (record_id) do update set opened_at = now()
 where h.opened_at is null or h.opened_at < now() - $4::interval
returning record_id"""

VISIT = "insert into attention (user_id, record_id, reason, weight, at) values ($1, $2, 'open', $3, now())"


async def warm_records(
    connection: asyncpg.Connection, user_id: UUID, work: Sequence[Work], texts: Sequence[RecordText]
) -> None:
    """Count the changes that each record has had since it was last warmed."""
    ids = [item.record_id for item in work]
    changes = await connection.fetch(CHANGES, user_id, ids)
    if not changes:
        return
    edited = {row[0]: row[1] for row in await connection.fetch(LAST_EDITS, user_id, ids)}
    counted = weigh_changes(changes, edited, {text.id: text.dated for text in texts})
    if counted:
        await connection.execute(COUNT, user_id, *[list(column) for column in zip(*counted, strict=True)])
    if undone := [change["record_id"] for change in changes if change["actor"] == "undo"]:
        await connection.execute(RECOUNT, user_id, undone)
    await _store(connection, user_id, {change["record_id"]: change["seq"] for change in changes})


def weigh_changes(
    changes: Iterable[asyncpg.Record], edited: dict[UUID, datetime], dated: dict[UUID, datetime]
) -> list[tuple[UUID, int, str, float, datetime, bool]]:
    """(record, seq, reason, weight, when, whether undone) of those that are attention; `edited`: the last edits."""
    counted = []
    for record_id, seq, op, actor, at, columns, is_undone in changes:
        step = weigh(op, actor, at, columns, edited.get(record_id), dated.get(record_id, at))
        if step:
            counted.append((record_id, seq, *step, is_undone))
            if step[0] == "edit" and not is_undone:
                edited[record_id] = at
    return counted


def weigh(
    op: str, actor: str, at: datetime, columns: Sequence[str], edited: datetime | None, dated: datetime
) -> tuple[str, float, datetime] | None:
    """Why and how much one change counts, and as of when; None for what is no attention."""
    if actor in {"import", "sync", "demo", "carddav"}:
        # As of the record's own date: ten thousand old notes must not all glow.
        return ("create", CREATE, min(dated, at)) if op == "create" else ("sync", SYNC, min(dated, at))
    if actor != "person" or op == "delete" or {"deleted_at", "archived_at"} & set(columns):
        return None
    if op == "create":
        return "create", CREATE, at
    return None if edited and at - edited < SAME_SITTING else ("edit", EDIT, at)


async def _store(connection: asyncpg.Connection, user_id: UUID, seqs: dict[UUID, int]) -> None:
    heats = {record_id: Heat() for record_id in seqs}
    for record_id, weight, at in await connection.fetch(COUNTED, user_id, list(seqs)):
        heats[record_id].add(weight, at)
    now = datetime.now(UTC)
    await connection.execute(
        STORE, user_id, list(seqs), [heat.warmth for heat in heats.values()], list(seqs.values()),
        [coarse_tier(score(heat.warmth, now)) for heat in heats.values()],
        [heat.peak for heat in heats.values()], [heat.peak_at for heat in heats.values()],
    )  # fmt: skip


@dataclass(slots=True)
class Heat:
    """A record's warmth as its attention is added up, and the highest score on the way."""

    warmth: float = COLDEST
    peak: float = 0.0
    peak_at: datetime | None = None

    def add(self, weight: float, at: datetime) -> None:
        self.warmth = add_weight(self.warmth, weight, at)
        reached = score(self.warmth, at)
        if reached > self.peak:
            self.peak, self.peak_at = reached, at


async def cool_records(connection: asyncpg.Connection, now: datetime) -> int:
    """Move down what has fallen out of its tier, and nothing else; how many those were."""
    return await connection.fetchval(  # type: ignore[no-any-return]
        "select gate_cool($1, $2)", least_warmth(HOT, now), least_warmth(WARM, now)
    )


async def warm_opened(connection: asyncpg.Connection, user_id: UUID, record_id: UUID) -> None:
    """A person opened the record; within one sitting it counts once."""
    if await connection.fetchval(OPENED, user_id, record_id, COLDEST, SAME_SITTING):
        await connection.execute(VISIT, user_id, record_id, OPEN)
        await _store(connection, user_id, {record_id: 0})


async def remember_edits(connection: asyncpg.Connection, user_id: UUID, record_ids: Sequence[UUID]) -> None:
    """Of records that are brought along with their past: the last edit warms them as of its own date.

    Takes effect with the heat slot's own work, which the making of a record leaves waiting.
    """
    await connection.execute(REMEMBER, user_id, record_ids, EDIT, SAME_SITTING)
