"""The card beside the graph: the record at which somebody looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.atlas.graph import Graph
from app.atlas.narrowing import View
from app.atlas.queries import find_by_number, read_card
from app.core.errors import NotFound
from app.core.record import Kind
from app.graph.neighbourhood import Neighbourhood, read_neighbourhood
from app.heat.warmth import score, tier
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.locale import ngettext, number


@dataclass(frozen=True, slots=True)
class Card:
    id: UUID
    number: int
    """By which the drawing knows it."""
    title: str
    href: str
    kind: str
    preview: str
    made: datetime
    changed: datetime
    heat: str
    links: str
    links_href: str
    community: str
    community_href: str
    is_shown: bool
    """Whether it is among what is drawn."""
    close_href: str
    near: Neighbourhood | None


async def read_at(connection: asyncpg.Connection, user_id: UUID, at: str) -> UUID:
    """Whom the address means, by an id or by the number that the drawing knows; raises NotFound."""
    if at.isascii() and at.isdigit() and len(at) < 10:
        found = await find_by_number(connection, user_id, int(at))
        if found is None:
            raise NotFound
        return found
    return read_id(at)


async def make_card(
    connection: asyncpg.Connection, record_id: UUID, view: View, graph: Graph, names: Mapping[int, str],
    kinds: Mapping[str, Kind],
) -> Card:  # fmt: skip
    row = await read_card(connection, record_id)
    if row is None or row["kind"] not in kinds:
        raise NotFound
    title = row["title"] or row["preview"][:80] or _("Untitled")
    near = await read_neighbourhood(connection, record_id, title, kinds)
    at = graph.ids.index(record_id) if record_id in graph.ids else None
    times = 0 if at is None else int(graph.degrees()[at])
    community = -1 if at is None else int(graph.community[at])
    plain = replace(view, at=str(record_id), page=1)
    return Card(
        record_id, -1 if at is None else int(graph.number[at]), title, kinds[row["kind"]].url(record_id),
        _(kinds[row["kind"]].label), row["preview"],
        row["created_at"], row["updated_at"], tier(score(row["warmth"], datetime.now(UTC))),
        ngettext("%(num)s link", "%(num)s links", times) % {"num": number(times)} if times else "",
        replace(plain, table="links").href(), names.get(community, ""), replace(plain, community=community).href(),
        at is not None, replace(plain, at="").href(), near,
    )  # fmt: skip
