"""How two records are connected: the best paths between them, without cycles, within caps that hold on any hub.

Both ends are gone out from, three steps each, so that a path has at most six. A record offers its 16 strongest links in
each direction (and as many topics), and of what is met at one distance the 80 nearest go on: what is read does not grow
with a hub's degree. A hub in the middle is met from both sides and need not offer anything. Within what was read the
paths are the best there are (app/graph/strength.py says what a step costs): as good as Dijkstra's, which a test proves.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from math import inf
from uuid import UUID

import asyncpg

from app.graph.strength import raw_at, step_cost

HOPS, REACH, MOST, BEST = 6, 3, 80, 3
MOST_TRIED = 20_000
"""Beginnings of paths; reached only where very many are equally good."""

# A literal keeps the plan.
OFFERED = """
select f.id as from_id, n.link_id, n.other_id, n.vigour
  from unnest($1::uuid[]) f(id) cross join lateral linked_with(f.id, 16) n"""
SELF = "select id from contacts where is_self"
# What speaks for the steps that are shown; anyone of them may have been taken back meanwhile.
EVIDENCE = """
select l.id, l.source_id, l.relation, l.origin, l.evidence, l.is_ambiguous, l.basis,
       l.accepted_at is not null as is_accepted
  from entity_links l where l.id = any($1) and l.rejected_at is null and l.valid_to is null"""
RECORDS = "select id, kind, title, preview from records where id = any($1) and deleted_at is null"
SHOWN = 3
"""Of one step."""

Steps = Mapping[UUID, Mapping[UUID, float]]


@dataclass(frozen=True, slots=True)
class Path:
    cost: float
    records: tuple[UUID, ...]
    by: tuple[tuple[UUID, ...], ...] = ()
    """Of each step the links, the strongest first; none where a topic alone holds the two together."""


@dataclass
class Web:
    """What was read of the graph: by two records, each link between them and its raw strength now."""

    links: dict[UUID, dict[UUID, dict[object, float]]] = field(default_factory=dict)
    expanded: set[UUID] = field(default_factory=set)

    def take(self, asked: Iterable[UUID], rows: Iterable[asyncpg.Record], now: datetime) -> None:
        self.expanded.update(asked)
        for here, link, there, vigour in rows:
            if here != there:
                raw = raw_at(vigour, now)
                self.links.setdefault(here, {}).setdefault(there, {})[link] = raw
                self.links.setdefault(there, {}).setdefault(here, {})[link] = raw

    def steps_from(self, here: UUID) -> dict[UUID, float]:
        return {there: step_cost(sum(links.values())) for there, links in self.links.get(here, {}).items()}

    def strongest(self, here: UUID, there: UUID) -> tuple[UUID, ...]:
        links = self.links[here][there]
        named = [link for link in links if isinstance(link, UUID)]
        return tuple(sorted(named, key=lambda link: (-links[link], link))[:SHOWN])

    def steps(self, never_through: UUID | None, *ends: UUID) -> dict[UUID, dict[UUID, float]]:
        """Without whoever would connect everything to everything, unless they are asked for."""
        left_out = {never_through} - set(ends)
        return {
            here: {there: cost for there, cost in self.steps_from(here).items() if there not in left_out}
            for here in self.links
            if here not in left_out
        }


async def find_paths(connection: asyncpg.Connection, start: UUID, end: UUID) -> list[Path]:
    """The three best, the best first; none where they are further apart than six steps, or one and the same."""
    if start == end:
        return []
    # Whatever has no other person belongs to Contact Zero: through them all are connected, which says nothing.
    myself = await connection.fetchval(SELF)
    web, now = Web(), datetime.now(UTC)
    for one in (start, end):
        await _go_out(connection, web, one, myself if myself not in (start, end) else None, now)
    paths = await asyncio.to_thread(best_paths, web.steps(myself, start, end), start, end)
    return [replace(path, by=tuple(web.strongest(*step) for step in pairwise(path.records))) for path in paths]


async def _go_out(
    connection: asyncpg.Connection, web: Web, start: UUID, never_through: UUID | None, now: datetime
) -> None:
    reached, edge = {start: 0.0}, {start: 0.0}
    for _ in range(REACH):
        asked = [one for one in edge if one not in web.expanded]
        web.take(asked, await connection.fetch(OFFERED, asked) if asked else (), now)
        met: dict[UUID, float] = {}
        for here, cost in edge.items():
            for there, more in web.steps_from(here).items():
                if there not in reached and there != never_through:
                    met[there] = min(met.get(there, cost + more), cost + more)
        edge = dict(sorted(met.items(), key=lambda one: (one[1], one[0]))[:MOST])
        reached |= met


def best_paths(steps: Steps, start: UUID, end: UUID, hops: int = HOPS, best: int = BEST) -> list[Path]:
    """The cheapest paths that visit no record twice, of at most so many steps."""
    left = _costs_left(steps, end, hops)
    waiting: list[tuple[float, float, tuple[UUID, ...]]] = [(left[hops].get(start, inf), 0.0, (start,))]
    found: list[Path] = []
    for _ in range(MOST_TRIED):
        if not waiting or len(found) == best or waiting[0][0] == inf:
            break
        _, cost, records = heapq.heappop(waiting)
        if records[-1] == end:
            found.append(Path(cost, records))
            continue
        # What is left from each record is known exactly, so that hardly a beginning is tried that leads nowhere.
        after = left[hops - len(records)]
        for there, more in steps.get(records[-1], {}).items():
            if there in after and there not in records:
                heapq.heappush(waiting, (cost + more + after[there], cost + more, (*records, there)))
    return found


def _costs_left(steps: Steps, end: UUID, hops: int) -> list[dict[UUID, float]]:
    """By how many steps may be taken still: what it costs at least to get to the end from each record."""
    left: list[dict[UUID, float]] = [{end: 0.0}]
    for _ in range(hops):
        now = dict(left[-1])
        for here, cost in left[-1].items():
            for there, more in steps.get(here, {}).items():
                if cost + more < now.get(there, inf):
                    now[there] = cost + more
        left.append(now)
    return left


async def read_evidence(connection: asyncpg.Connection, paths: Iterable[Path]) -> dict[UUID, asyncpg.Record]:
    """The links of these paths, by their ids."""
    ids = list({link for path in paths for step in path.by for link in step})
    return {row["id"]: row for row in await connection.fetch(EVIDENCE, ids)} if ids else {}


async def read_records(connection: asyncpg.Connection, ids: Iterable[UUID]) -> dict[UUID, asyncpg.Record]:
    """(id, kind, title, preview) by id."""
    return {row["id"]: row for row in await connection.fetch(RECORDS, list(ids))}
