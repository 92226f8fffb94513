"""The pipeline table: what still has to be done for which record, leased in batches by short transactions.

No save ever waits for a worker: the trigger that queues work touches no lease, and a worker deletes a row only
while its `seq` is the one that it worked on. A lease that runs out is taken again, so a killed worker loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

SLOTS = ("index", "connect", "heat", "react")
LEASE_SECONDS = 60
MOST_ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 5

LEASE = """
with due as (
    select record_id, slot from pipeline
     where slot = $1 and parked_at is null and due_at <= now()
       and (claimed_until is null or claimed_until < now()) and not ($5 and backlog)
     order by backlog, due_at limit $2 for update skip locked
)
update pipeline p set claimed_by = $3, claimed_until = now() + make_interval(secs => $4), attempts = attempts + 1
  from due where p.record_id = due.record_id and p.slot = due.slot
returning p.record_id, p.user_id, p.seq, p.attempts"""

# Work that moved on meanwhile keeps its row and gives its lease back, as if it had just been queued.
FINISH = """
with done as (select * from unnest($2::uuid[], $3::bigint[]) as d(record_id, seq)),
     moved as (
        update pipeline p set claimed_by = null, claimed_until = null, attempts = 0
          from done d where p.record_id = d.record_id and p.slot = $1 and p.seq <> d.seq)
delete from pipeline p using done d where p.record_id = d.record_id and p.slot = $1 and p.seq = d.seq"""

FAIL = """
update pipeline set claimed_by = null, claimed_until = null, error = $4,
       due_at = now() + make_interval(secs => $5 * power(2, attempts - 1)),
       parked_at = case when attempts >= $6 then now() end
 where record_id = $2 and slot = $1 and seq = $3"""

PUT_OFF = """
update pipeline set claimed_by = null, claimed_until = null, attempts = greatest(attempts - 1, 0), error = $4,
       due_at = now() + make_interval(secs => $3)
 where slot = $1 and record_id = any($2)"""

# What failed was an older text: the newer one is tried at once, and not only when the lease runs out.
FREE_MOVED = """
update pipeline set claimed_by = null, claimed_until = null, attempts = 0
 where record_id = $2 and slot = $1 and seq <> $3"""

# Work that is being finished just now needs no lease any more: whoever waited for its row would stand in its way.
RENEW = """
update pipeline p set claimed_until = now() + make_interval(secs => $3)
  from (select record_id from pipeline where slot = $1 and claimed_by = $2 for update skip locked) held
 where p.record_id = held.record_id and p.slot = $1"""

# A worker that died counts as a try, for the record may be what kills it; one that was stopped does not.
RELEASE = """
update pipeline set claimed_by = null, claimed_until = null,
       attempts = case when $2 then attempts else greatest(attempts - 1, 0) end
 where claimed_by = any($1) and slot = any($3)"""

PARK_EXHAUSTED = """
update pipeline set parked_at = now(), claimed_by = null, claimed_until = null,
       error = coalesce(error, 'The worker died each time it tried this record.')
 where slot = $1 and parked_at is null and attempts >= $2
   and (claimed_until is null or claimed_until < now()) and due_at <= now()"""

COUNT = """
select slot, count(*) filter (where parked_at is null) as waiting,
       count(*) filter (where parked_at is not null) as parked
  from pipeline group by slot"""


@dataclass(frozen=True, slots=True)
class Work:
    """One record leased for one slot. `seq` is the newest change that the work covers."""

    record_id: UUID
    user_id: UUID
    seq: int
    attempts: int


async def lease_work(
    connection: asyncpg.Connection, slot: str, worker: str, at_most: int, seconds: int = LEASE_SECONDS,
    *, own_only: bool = False,
) -> list[Work]:  # fmt: skip
    """Take up to `at_most` due records, a person's own writes before the backlog of an import."""
    await connection.execute(PARK_EXHAUSTED, slot, MOST_ATTEMPTS)
    rows = await connection.fetch(LEASE, slot, at_most, worker, seconds, own_only)
    return [Work(*row) for row in rows]


async def finish_work(connection: asyncpg.Connection, slot: str, done: Sequence[Work]) -> None:
    await connection.execute(FINISH, slot, [work.record_id for work in done], [work.seq for work in done])


async def fail_work(connection: asyncpg.Connection, slot: str, work: Work, error: str) -> None:
    """Put the record off, twice as long each time; after its tries it is parked with its error."""
    await connection.execute(
        FAIL, slot, work.record_id, work.seq, error[:2000], float(FIRST_PAUSE_SECONDS), MOST_ATTEMPTS
    )
    await connection.execute(FREE_MOVED, slot, work.record_id, work.seq)


async def put_off_work(
    connection: asyncpg.Connection, slot: str, works: Sequence[Work], seconds: float, reason: str
) -> None:
    """Later, and without counting the try: nothing is wrong with the records."""
    await connection.execute(PUT_OFF, slot, [work.record_id for work in works], seconds, reason[:2000])


async def renew_leases(connection: asyncpg.Connection, slot: str, worker: str, seconds: int = LEASE_SECONDS) -> None:
    """Keep what a worker holds of a slot while it is still at it."""
    await connection.execute(RENEW, slot, worker, seconds)


async def release_leases(
    connection: asyncpg.Connection, workers: Sequence[str], slots: Sequence[str] = SLOTS, *, died: bool = True
) -> None:
    """Give back what workers that are known to be dead, or that were interrupted in good order, had taken."""
    await connection.execute(RELEASE, workers, died, slots)


async def waiting_slots(connection: asyncpg.Connection) -> list[str]:
    """The slots that have something to do now."""
    rows = await connection.fetch(
        "select s.slot from unnest($1::text[]) s(slot) where exists (select from pipeline p where p.slot = s.slot "
        "and p.parked_at is null and p.due_at <= now() and (p.claimed_until is null or p.claimed_until < now()))",
        list(SLOTS),
    )
    return [row["slot"] for row in rows]


async def count_work(connection: asyncpg.Connection) -> dict[str, dict[str, int]]:
    """Waiting and parked rows by slot, of everybody the connection's role may see."""
    counts = {slot: {"waiting": 0, "parked": 0} for slot in SLOTS}
    for row in await connection.fetch(COUNT):
        counts[row["slot"]] = {"waiting": row["waiting"], "parked": row["parked"]}
    return counts
