"""Stacks of a saved search: a rule of one's own by which they are made, and by which more is offered later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg

from app.core.errors import NotFound
from app.core.record import Kind
from app.search.finding import find
from app.stacks.queries import Row, list_known

# What a list is of; the same query asks for that alone elsewhere.
KIND_OF = {"/notes": "note", "/people": "contact"}
# What the address of a saved list says besides its query and narrows nothing.
HARMLESS = {"sort", "view"}

ONE = "select id, name, query, place, kept from saved_searches where id = $1"
SUGGESTED = """
select v.id, v.name, v.query, v.place, v.kept from saved_searches v
 where not exists (select from stacks s where s.search_id = v.id and s.deleted_at is null)
 order by v.created_at desc, v.id limit 20"""


async def suggest_searches(connection: asyncpg.Connection, most: int = 3) -> Sequence[asyncpg.Record]:
    """The newest of those that are a query and nothing else: how a list narrows itself besides is its own affair."""
    return [row for row in await connection.fetch(SUGGESTED) if is_query(row)][:most]


async def find_search(connection: asyncpg.Connection, search_id: UUID) -> asyncpg.Record:
    """Raises NotFound, also for one that says more than a query."""
    row = await connection.fetchrow(ONE, search_id)
    if row is None or not is_query(row):
        raise NotFound
    return row


def is_query(row: asyncpg.Record) -> bool:
    return bool(row["query"].strip()) and {name for name, _value in parse_qsl(row["kept"])} <= HARMLESS


async def find_by_search(
    connection: asyncpg.Connection, row: asyncpg.Record, kinds: Mapping[str, Kind], now: datetime, zone: str,
    most: int, but: Collection[UUID] = (),
) -> Sequence[Row]:  # fmt: skip
    """What it finds by words, best first, without those."""
    kind = KIND_OF.get(row["place"])
    query = f"{row['query']} kind:{kind}" if kind else row["query"]
    answer = await find(connection, query, kinds, now, zone, at_most=most + len(but))
    found = [one for one in answer.rows if one["id"] not in but][:most]
    return [{**dict(one), "record_id": one["id"]} for one in found]


async def offer_found(
    connection: asyncpg.Connection,
    stack: asyncpg.Record,
    kinds: Mapping[str, Kind],
    now: datetime,
    zone: str,
    most: int,
) -> Sequence[Row]:
    """What its search finds by now, and is neither on it nor was taken off it; nothing where it is saved no more."""
    row = await connection.fetchrow(ONE, stack["search_id"])
    if row is None or not is_query(row):
        return []
    return await find_by_search(connection, row, kinds, now, zone, most, await list_known(connection, stack["id"]))
