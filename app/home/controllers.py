"""Today, and what a phone's bar has no room for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.record import Kind
from app.days.controllers import read_log, read_strip
from app.days.pages import Log, Strip
from app.heat.warmth import score, tier
from app.home import queries
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.locale import today
from app.web.shared import Shared


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
    strip: Strip
    log: Log
    focuses_log: bool
    pinned: tuple[HomeRow, ...]
    warm: tuple[HomeRow, ...]
    recent: tuple[HomeRow, ...]


@get("/")
async def show_today(
    request: Request,
    reading: Given[Reading],
    shared: Given[Shared],
) -> Response:
    now = datetime.now(UTC)
    log = await read_log(reading.connection, shared, today(), "/")
    page = HomePage(
        reading.visitor.name,
        await read_strip(reading.connection, today()),
        await read_log(reading.connection, shared, today(), "/"),
        request.query_params.get("log") == "1",
        _rows(await queries.pinned_notes(reading.connection), shared.kinds, now),
        _rows(await queries.warm_records(reading.connection, now), shared.kinds, now, but=log.href),
        _rows(await queries.recent_records(reading.connection), shared.kinds, now, but=log.href),
    )
    return shared.pages.response(request, "home/index.html", page, shell=reading.shell("today"))


@get("/more")
async def show_more(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    return shared.pages.response(request, "shell/more.html", None, shell=reading.shell("more"))


def _rows(
    found: Iterable[asyncpg.Record], kinds: Mapping[str, Kind], now: datetime, but: str = ""
) -> tuple[HomeRow, ...]:
    """Without the log, which stands above them."""
    rows = (
        HomeRow(
            kinds[row["kind"]].url(row["id"]), row["title"] or row["preview"][:80] or _("Untitled"), row["preview"],
            tier(score(row["warmth"], now)), row["updated_at"], _(kinds[row["kind"]].label),
        )
        for row in found
    )  # fmt: skip
    return tuple(row for row in rows if row.href != but)


ROUTES = [show_today, show_more]
