"""What stands next to a record in the graph, drawn by the server: legible on a phone, in the dark, without scripts.

Whoever is nearest is named, half on each side, so that no two names meet; the rest are dots on a ring within.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.web.locale import gettext as _

MOST = 60
NAMED = 14
WIDTH, ROW = 300, 30
LONGEST = 14

# The strongest first: how often the texts say it, what was said by hand before what was only counted.
NEXT_TO = """
select r.id, r.kind, coalesce(nullif(r.title, ''), left(r.preview, 80)) as title, sum(e.strength) as strength
  from (select l.target_id as id, l.strength from entity_links l
         where l.source_id = $1 and l.target_id is not null and l.rejected_at is null and l.valid_to is null
        union all
        select l.source_id, l.strength from entity_links l
         where l.target_id = $1 and l.rejected_at is null and l.valid_to is null
        union all
        select t.topic_id, 0.5 from record_topics t where t.record_id = $1) e
  join records r on r.id = e.id
 where r.deleted_at is null and r.id <> $1
 group by r.id, r.kind, r.title, r.preview order by strength desc, r.kind, r.id limit 60"""
AMONG = """
select distinct least(l.source_id, l.target_id), greatest(l.source_id, l.target_id) from entity_links l
 where l.source_id = any($1) and l.target_id = any($1) and l.rejected_at is null and l.valid_to is null limit 200"""


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
    rows = [row for row in await connection.fetch(NEXT_TO, record_id) if row["kind"] in kinds]
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
