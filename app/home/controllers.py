"""Today, and what a phone's bar has no room for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.record import Kind
from app.heat.warmth import score, tier
from app.home import queries
from app.web.auth import Reading, make_shell
from app.web.rendering import Renderer


@dataclass(frozen=True, slots=True)
class HomeRow:
    href: str
    title: str
    soft: str
    heat: str
    when: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class HomePage:
    name: str
    pinned: tuple[HomeRow, ...]
    warm: tuple[HomeRow, ...]
    recent: tuple[HomeRow, ...]


@get("/")
async def show_today(
    request: Request,
    reading: Given[Reading],
    pages: Given[Renderer],
    kinds: Given[Mapping[str, Kind]],
) -> Response:
    now = datetime.now(UTC)
    page = HomePage(
        reading.visitor.name,
        _rows(await queries.pinned_notes(reading.connection), kinds, now),
        _rows(await queries.warm_records(reading.connection, now), kinds, now),
        _rows(await queries.recent_records(reading.connection), kinds, now),
    )
    return pages.response(request, "home/index.html", page, shell=make_shell(request, reading.visitor, "today"))


@get("/more")
async def show_more(request: Request, reading: Given[Reading], pages: Given[Renderer]) -> Response:
    return pages.response(request, "shell/more.html", None, shell=make_shell(request, reading.visitor, "more"))


def _rows(found: Iterable[asyncpg.Record], kinds: Mapping[str, Kind], now: datetime) -> tuple[HomeRow, ...]:
    return tuple(
        HomeRow(
            kinds[row["kind"]].url(row["id"]), row["title"] or row["preview"][:80] or "Untitled", row["preview"],
            tier(score(row["warmth"], now)), row["updated_at"], kinds[row["kind"]].label,
        )
        for row in found
    )  # fmt: skip


ROUTES = [show_today, show_more]
