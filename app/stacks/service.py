"""What a person does with stacks. Nothing is lost by it: what is taken off or thrown away is put back from its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from app.clusters.pages import cluster_name
from app.clusters.queries import find_cluster
from app.core.errors import Conflict, Invalid, NotFound
from app.core.record import Kind
from app.stacks import queries
from app.stacks.searching import find_by_search, find_search
from app.web.locale import gettext as _

LONGEST_NAME, LONGEST_SUMMARY = 120, 4000
MOST_ITEMS, MOST_AT_FIRST = 1000, 100

LOCK = "select id, deleted_at from stacks where id = $1 for update"
MAKE = """
insert into stacks (user_id, name, cluster_id, topic_id, search_id) values (app_user_id(), $1, $2, $3, $4)
returning id"""
DESCRIBE = "update stacks set name = $2, summary = $3, updated_at = now() where id = $1"
PIN = "update stacks set is_pinned = $2 where id = $1"
TOUCH = "update stacks set updated_at = now() where id = $1"
DISCARD = "update stacks set deleted_at = now() where id = $1 and deleted_at is null returning id"
RESTORE = "update stacks set deleted_at = null where id = $1 and deleted_at is not null returning id"
# At its end; what lay there before, too, for it is put where it is seen.
ADD = """
insert into stack_items as i (user_id, stack_id, record_id, place)
select app_user_id(), $1, r.id, n.last + w.place
  from unnest($2::uuid[]) with ordinality w(id, place) join records r on r.id = w.id and r.deleted_at is null
 cross join (select coalesce(max(place), 0) as last from stack_items where stack_id = $1) n
on conflict (stack_id, record_id) do update set removed_at = null, place = excluded.place
 where i.removed_at is not null"""
COUNT = "select count(*) from stack_items where stack_id = $1 and removed_at is null"
REMOVE = """
update stack_items set removed_at = now() where stack_id = $1 and record_id = $2 and removed_at is null returning 1"""
PLACE = """
update stack_items i set place = w.place from unnest($2::uuid[]) with ordinality w(id, place)
 where i.stack_id = $1 and i.record_id = w.id and i.place <> w.place"""
TOPIC = "select id, label from topics where id = $1 and deleted_at is null"


async def make_stack(connection: asyncpg.Connection, name: str) -> UUID:
    made: UUID = await connection.fetchval(MAKE, check_name(name), None, None, None)
    return made


async def make_of_cluster(connection: asyncpg.Connection, cluster_id: UUID) -> UUID:
    """With its surest members upon it; the others are offered."""
    row = await find_cluster(connection, cluster_id)
    if row is None or row["dissolved_at"] is not None:
        raise NotFound
    made: UUID = await connection.fetchval(MAKE, cluster_name(row)[:LONGEST_NAME], cluster_id, None, None)
    found = await connection.fetch(queries.OFFERED_BY_CLUSTER, cluster_id, made, MOST_AT_FIRST)
    await connection.execute(ADD, made, [row["record_id"] for row in found])
    return made


async def make_of_topic(connection: asyncpg.Connection, topic_id: UUID) -> UUID:
    row = await connection.fetchrow(TOPIC, topic_id)
    if row is None:
        raise NotFound
    made: UUID = await connection.fetchval(MAKE, f"#{row['label']}"[:LONGEST_NAME], None, topic_id, None)
    found = await connection.fetch(queries.OFFERED_BY_TOPIC, topic_id, made, MOST_AT_FIRST)
    await connection.execute(ADD, made, [row["record_id"] for row in found])
    return made


async def make_of_search(
    connection: asyncpg.Connection, search_id: UUID, kinds: Mapping[str, Kind], now: datetime, zone: str
) -> UUID:
    """With the best of what it finds by words; what it finds later is offered."""
    row = await find_search(connection, search_id)
    made: UUID = await connection.fetchval(MAKE, row["name"][:LONGEST_NAME], None, None, search_id)
    found = await find_by_search(connection, row, kinds, now, zone, MOST_AT_FIRST)
    await connection.execute(ADD, made, [one["record_id"] for one in found])
    return made


def check_name(typed: str) -> str:
    name = " ".join(typed.replace("\0", "").split())
    if not name:
        raise Invalid(_("A stack needs a name."))
    if len(name) > LONGEST_NAME:
        raise Invalid(_("A name has at most %(num)s characters.") % {"num": LONGEST_NAME})
    return name


async def describe(connection: asyncpg.Connection, stack_id: UUID, name: str, summary: str) -> None:
    """An empty summary leaves it to the beginnings of what lies on it."""
    await lock_stack(connection, stack_id)
    summary = summary.replace("\0", "").replace("\r\n", "\n").strip()
    if len(summary) > LONGEST_SUMMARY:
        raise Invalid(_("A summary has at most %(num)s characters.") % {"num": LONGEST_SUMMARY})
    await connection.execute(DESCRIBE, stack_id, check_name(name), summary)


async def pin(connection: asyncpg.Connection, stack_id: UUID, *, is_pinned: bool) -> None:
    await lock_stack(connection, stack_id)
    await connection.execute(PIN, stack_id, is_pinned)


async def add(connection: asyncpg.Connection, stack_id: UUID, record_ids: Sequence[UUID]) -> None:
    """Raises NotFound for a record that is not there, and Conflict where the stack is full."""
    await lock_stack(connection, stack_id)
    for record_id in record_ids:
        if await queries.find_record(connection, record_id) is None:
            raise NotFound
    await connection.execute(ADD, stack_id, list(record_ids))
    if await connection.fetchval(COUNT, stack_id) > MOST_ITEMS:
        raise Conflict(_("A stack holds at most %(num)s records.") % {"num": MOST_ITEMS})
    await connection.execute(TOUCH, stack_id)


async def remove(connection: asyncpg.Connection, stack_id: UUID, record_id: UUID) -> None:
    await lock_stack(connection, stack_id)
    if await connection.fetchval(REMOVE, stack_id, record_id) is None:
        raise NotFound
    await connection.execute(TOUCH, stack_id)


async def move(connection: asyncpg.Connection, stack_id: UUID, record_id: UUID, by: int) -> None:
    """One place up (-1) or down (1) among what is seen; at the end it stays."""
    await lock_stack(connection, stack_id)
    order = [row["record_id"] for row in await queries.list_items(connection, stack_id)]
    if record_id not in order:
        raise NotFound
    place = order.index(record_id)
    other = min(max(place + by, 0), len(order) - 1)
    order[place], order[other] = order[other], order[place]
    await connection.execute(PLACE, stack_id, order)


async def discard(connection: asyncpg.Connection, stack_id: UUID) -> None:
    if await connection.fetchval(DISCARD, stack_id) is None:
        raise NotFound


async def restore(connection: asyncpg.Connection, stack_id: UUID) -> None:
    if await connection.fetchval(RESTORE, stack_id) is None:
        raise NotFound


async def lock_stack(connection: asyncpg.Connection, stack_id: UUID) -> None:
    """Until the transaction ends nobody else orders it; raises NotFound, also for one that was thrown away."""
    row = await connection.fetchrow(LOCK, stack_id)
    if row is None or row["deleted_at"] is not None:
        raise NotFound
