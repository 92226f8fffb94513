"""The graph of whoever asks, read once for as long as nothing changes: the page, its table and the drawing share it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np

from app.atlas.communities import LOOSE
from app.atlas.graph import Graph, make_graph
from app.atlas.narrowing import Shown, View, narrow
from app.atlas.placing import place_new
from app.atlas.queries import read_rows, read_state, records_under
from app.core.record import Kind
from app.core.text import slug
from app.topics.queries import find_topics

MOST_KEPT = 200_000
"""Nodes and links together that a process keeps, of all who asked last: some 30 MB."""


@dataclass(slots=True)
class KeptGraphs:
    """By person, with the state it was read in: an older one is of no use to anybody."""

    held: OrderedDict[UUID, tuple[tuple[Any, ...], Graph]] = field(default_factory=OrderedDict)

    def find(self, user_id: UUID, state: tuple[Any, ...]) -> Graph | None:
        known = self.held.get(user_id)
        if known is None or known[0] != state:
            return None
        self.held.move_to_end(user_id)
        return known[1]

    def keep(self, user_id: UUID, state: tuple[Any, ...], graph: Graph) -> None:
        self.held[user_id] = (state, graph)
        self.held.move_to_end(user_id)
        while len(self.held) > 1 and sum(len(one) + len(one.links) for _state, one in self.held.values()) > MOST_KEPT:
            self.held.popitem(last=False)


KEPT = KeptGraphs()


async def read_graph(connection: asyncpg.Connection, user_id: UUID, kinds: Mapping[str, Kind]) -> tuple[str, Graph]:
    """What tells this state of it from any other, and the graph, each node with a place."""
    state = await read_state(connection, user_id)
    graph = KEPT.find(user_id, state)
    if graph is None:
        rows = await read_rows(connection)
        graph = await asyncio.to_thread(lambda: _placed(make_graph(rows, kinds)))
        KEPT.keep(user_id, state, graph)
    return "-".join(map(str, state)), graph


async def read_shown(
    connection: asyncpg.Connection, user_id: UUID, view: View, graph: Graph
) -> tuple[Shown, bool]:  # fmt: skip
    """What is shown, and whether there is the topic that the view names."""
    under: frozenset[UUID] | None = None
    if view.topic:
        found = await find_topics(connection, [slug(view.topic)])
        families = [topic.family for topic in found.values()]
        under = await records_under(connection, [one for family in families for one in family])
    return await asyncio.to_thread(narrow, graph, view, under, this_hour()), under != frozenset()


def this_hour() -> datetime:
    """Heat fades all the time: what shows it is kept for an hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _placed(graph: Graph) -> Graph:
    """What the worker has not come by yet stands next to what it is linked with; Contact Zero in the middle."""
    placed = graph.is_placed.copy()
    if graph.self_at is not None:
        placed[graph.self_at] = False
    links = graph.links
    apart = np.flatnonzero((links.source != graph.self_at) & (links.target != graph.self_at))
    source, target = links.source[apart], links.target[apart]
    places = place_new(graph.places, placed, source, target)
    community = graph.community.copy()
    fresh = ~placed[source] & placed[target]
    community[source[fresh]] = community[target[fresh]]
    if graph.self_at is not None:
        places[graph.self_at], community[graph.self_at] = 0.0, LOOSE
    return replace(graph, places=places, community=community)
