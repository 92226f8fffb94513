"""What stands next to a record in the graph, drawn by the server: legible on a phone, in the dark, without scripts.

Whoever is nearest is named, half on each side, so that no two names meet; the rest are dots on a ring within.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.graph.strength import years_at
from app.web.locale import gettext as _

MOST = 60
NAMED = 14
WIDTH, ROW = 300, 30
LONGEST = 12

# The strongest first, as they are now (app/graph/strength.py): of a hub's thousands 120 each way are read.
NEXT_TO = """
select r.id, r.kind, coalesce(nullif(r.title, ''), left(r.preview, 80)) as title,
       sum(2 ^ greatest(-60, least(60, n.vigour - $2))) as strength
  from linked_with($1, 120) n join records r on r.id = n.other_id
 where r.id <> $1 group by r.id, r.kind, r.title, r.preview order by strength desc, r.kind, r.id limit 60"""
AMONG = """
select distinct least(f.id, l.target_id), greatest(f.id, l.target_id)
  from unnest($1::uuid[]) f(id) cross join lateral (
       select target_id from entity_links
        where source_id = f.id and target_id is not null and rejected_at is null and valid_to is null
        order by link_vigour(strength, confidence, origin, used_at) desc limit 60) l
 where l.target_id = any($1) limit 200"""


@dataclass(frozen=True, slots=True)
class Dot:
    x: int
    y: int
    kind: str
    title: str
    href: str
    label: str = ""
    """Empty where there is no room for it."""

    @property
    def is_left(self) -> bool:
        return self.x < WIDTH // 2


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    title: str
    height: int
    x: int
    y: int
    dots: tuple[Dot, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    """Between two that stand next to it."""

    @property
    def width(self) -> int:
        return WIDTH


async def read_neighbourhood(
    connection: asyncpg.Connection, record_id: UUID, title: str, kinds: Mapping[str, Kind]
) -> Neighbourhood | None:
    """None where nothing stands next to it. Two queries, whatever there is."""
    found = await connection.fetch(NEXT_TO, record_id, years_at(datetime.now(UTC)))
    rows = [row for row in found if row["kind"] in kinds]
    if not rows:
        return None
    pairs = await connection.fetch(AMONG, [row["id"] for row in rows])
    return lay_out(title, [(row["id"], row["kind"], row["title"] or _("Untitled")) for row in rows],
                   [(pair[0], pair[1]) for pair in pairs], kinds)  # fmt: skip


def lay_out(
    title: str, near: Sequence[tuple[UUID, str, str]], pairs: Sequence[tuple[UUID, UUID]], kinds: Mapping[str, Kind]
) -> Neighbourhood:
    rows = math.ceil(min(len(near), NAMED) / 2)
    height = max(rows, 3) * ROW + 40
    centre = (WIDTH // 2, height // 2)
    places = _places(len(near), centre, rows)
    dots = {
        key: Dot(x, y, kind, name, kinds[kind].url(key), _short(name) if place < NAMED else "")
        for place, ((key, kind, name), (x, y)) in enumerate(zip(near[:MOST], places, strict=False))
    }
    lines = tuple((dots[a].x, dots[a].y, dots[b].x, dots[b].y) for a, b in pairs if a in dots and b in dots)
    return Neighbourhood(title, height, *centre, tuple(dots.values()), lines)


def _places(count: int, centre: tuple[int, int], rows: int) -> list[tuple[int, int]]:
    """Named ones on two arcs, right and left by turns from the middle outwards; the others around the centre."""
    named, others = min(count, NAMED), max(0, min(count, MOST) - NAMED)
    found = []
    for place in range(named):
        side = 1 if place % 2 == 0 else -1
        y = centre[1] + (_outwards(place // 2) - (0 if rows % 2 else 0.5)) * ROW
        bend = 1 - ((y - centre[1]) / (rows * ROW)) ** 2
        found.append((round(centre[0] + side * (24 + 30 * bend)), round(y)))
    for place in range(others):
        angle = 2 * math.pi * place / others
        found.append((round(centre[0] + 26 * math.cos(angle)), round(centre[1] + (26 + rows * 6) * math.sin(angle))))
    return found


def _outwards(place: int) -> int:
    """0, 1, -1, 2, -2, …"""
    return (place + 1) // 2 * (1 if place % 2 else -1)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"
