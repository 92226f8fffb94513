"""The worker's chore: where each record stands and what it belongs with, computed anew when links changed.

Nothing is written before all of it is known, and then in one transaction: who is killed half-way has done nothing. The
reading is short, no transaction is open while it computes, and the computing looks after each round whether to stop.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from uuid import UUID

import asyncpg
import numpy as np

from app.atlas.communities import LOOSE, find_communities, keep_names
from app.atlas.forces import Numbers, Whole
from app.atlas.graph import ORIGINS, Graph, make_graph
from app.atlas.placing import place_all
from app.atlas.queries import (
    CHART,
    FORGET_PLACES,
    KEEP_CHART,
    KEEP_PLACES,
    NEWEST,
    read_rows,
)
from app.core.database import Database
from app.core.record import Kind

WHOSE = "select gate_whose_graph_changed()"
EVERYBODY = "select user_id from gate_users_with_people()"
DRAWS = np.array([1.0, 1.0, 0.8, 0.6, 0.3, 0.7])
"""How much a link of each origin counts for what belongs together."""
assert len(DRAWS) == len(ORIGINS)


class Stopped(Exception):
    """Somebody wants the worker to end."""


@dataclass(frozen=True, slots=True)
class Chart:
    places: Numbers
    community: Whole
    laid: int


async def chart_changed(database: Database, kinds: Mapping[str, Kind]) -> int:
    """Of those whose graph changed; for how many it was computed."""
    return await _chart_each(database, WHOSE, kinds)


async def chart_everybody(database: Database, kinds: Mapping[str, Kind]) -> int:
    """Also for whom no change told of it: a link that the house made by itself, one that was committed late."""
    return await _chart_each(database, EVERYBODY, kinds)


async def _chart_each(database: Database, query: str, kinds: Mapping[str, Kind]) -> int:
    async with database.anonymous() as connection:
        users = [row[0] for row in await connection.fetch(query)]
    return sum([await chart_user(database, user_id, kinds) for user_id in users])


async def chart_user(database: Database, user_id: UUID, kinds: Mapping[str, Kind]) -> bool:
    """Whether anything had changed."""
    began = time.monotonic()
    async with database.reading(user_id, "hearth") as connection:
        seq = await connection.fetchval(NEWEST, user_id)
        known = await connection.fetchrow(CHART, user_id)
        graph = make_graph(await read_rows(connection), kinds).without_self()
    digest = await asyncio.to_thread(graph.digest)
    is_new = known is None or known["graph"] != digest
    laid = known["laid"] if known else 0
    chart = await _compute(graph, laid) if is_new else None
    async with database.reading(user_id, "hearth") as connection:
        if chart:
            await _keep(connection, user_id, graph, chart)
        seconds = time.monotonic() - began
        await connection.execute(KEEP_CHART, user_id, digest, chart.laid if chart else laid, seq, seconds)
    return is_new


async def _compute(graph: Graph, laid: int) -> Chart:
    stop = Event()
    try:
        return await asyncio.to_thread(compute_chart, graph, laid, stop)
    finally:
        # A worker that is told to end cancels this task; its thread hears of it here.
        stop.set()


def compute_chart(graph: Graph, laid: int, stop: Event) -> Chart:
    def check() -> None:
        if stop.is_set():
            raise Stopped

    links = graph.links
    weights = DRAWS[links.origin] * np.maximum(links.confidence, 0.1)
    edges = list(zip(links.source.tolist(), links.target.tolist(), weights.tolist(), strict=True))
    found = keep_names(find_communities(len(graph), edges, check), graph.community.tolist())
    community = np.array(found, dtype=np.int64)
    places, everything = place_all(
        graph.places, graph.is_placed, links.source, links.target, community, laid, check
    )  # fmt: skip
    return Chart(places, community, len(graph) if everything else laid)


async def _keep(connection: asyncpg.Connection, user_id: UUID, graph: Graph, chart: Chart) -> None:
    """Those that are gone meanwhile are left out."""
    there = {row[0] for row in await connection.fetch("select id from records where id = any($1)", graph.ids)}
    kept = [place for place, record_id in enumerate(graph.ids) if record_id in there]
    numbers = _number(graph)
    await connection.execute(FORGET_PLACES, user_id, graph.ids)
    await connection.execute(
        KEEP_PLACES, user_id, [graph.ids[one] for one in kept], [numbers[one] for one in kept],
        chart.places[kept, 0].tolist(), chart.places[kept, 1].tolist(), chart.community[kept].tolist(),
    )  # fmt: skip


def _number(graph: Graph) -> list[int]:
    """The number that each has; the lowest that are free for those without."""
    taken = set(graph.number.tolist())
    free = iter(number for number in range(2 * len(graph) + 1) if number not in taken)
    return [number if number >= 0 else next(free) for number in graph.number.tolist()]


def largest_communities(community: Whole, most: int) -> list[tuple[int, int]]:
    """(number, nodes) of those of more than one node, the largest first."""
    sizes = Counter(number for number in community.tolist() if number != LOOSE)
    return sorted(((one, size) for one, size in sizes.items() if size > 1), key=lambda it: (-it[1], it[0]))[:most]
