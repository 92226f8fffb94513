"""Processing: what still waits in the pipeline, what is parked and why, and another try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.pipeline import count_work
from app.core.record import Kind
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared

PARKED = """
select p.record_id, p.slot, p.error, p.attempts, r.kind, r.title
  from pipeline p join records r on r.id = p.record_id
 where p.parked_at is not null order by p.parked_at desc limit 100"""


@dataclass(frozen=True, slots=True)
class SlotRow:
    label: str
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class ParkedRow:
    href: str
    title: str
    slot: str
    error: str
    attempts: int


@dataclass(frozen=True, slots=True)
class ProcessingPage:
    slots: tuple[SlotRow, ...]
    parked: tuple[ParkedRow, ...]
    is_idle: bool


@get("/processing")
async def show_processing(
    request: Request,
    reading: Given[Reading],
    shared: Given[Shared],
) -> Response:
    counts = await count_work(reading.connection)
    parked = await reading.connection.fetch(PARKED)
    page = ProcessingPage(
        tuple(SlotRow(_slot_label(slot), **count) for slot, count in counts.items()),
        tuple(_parked_row(row, shared.kinds) for row in parked),
        is_idle=not any(count["waiting"] for count in counts.values()),
    )
    shell = reading.shell("processing")
    return shared.pages.response(request, "processing/index.html", page, shell=shell, blocks=("slots",))


@post("/processing/retry", status_code=303)
async def retry(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await connection.execute("select gate_retry_parked()")
    return Redirect("/processing", status_code=303)


def _slot_label(slot: str) -> str:
    return {
        "index": _("Meaning: passages and vectors"),
        "connect": _("Connections: links, people, topics"),
        "heat": _("Heat"),
        "react": _("Reactions"),
    }[slot]


def _parked_row(row: Any, kinds: Mapping[str, Kind]) -> ParkedRow:
    url = kinds[row["kind"]].url(row["record_id"])
    return ParkedRow(url, row["title"] or _("Untitled"), _slot_label(row["slot"]), row["error"] or "", row["attempts"])


ROUTES = [show_processing, retry]
