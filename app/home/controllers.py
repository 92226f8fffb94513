"""Today, and what a phone's bar has no room for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.local_time import end_of_day
from app.days.controllers import read_log, read_strip
from app.days.pages import DayRow, Log, Strip, make_rows
from app.home import queries
from app.reminders.pages import ReminderPanel, make_panel
from app.reminders.queries import due_reminders
from app.web.auth import Reading
from app.web.locale import today
from app.web.shared import Shared


@dataclass(frozen=True, slots=True)
class HomePage:
    name: str
    strip: Strip
    log: Log
    focuses_log: bool
    due: ReminderPanel
    panels: tuple[tuple[str, Any], ...]
    pinned: tuple[DayRow, ...]
    warm: tuple[DayRow, ...]
    recent: tuple[DayRow, ...]


@get("/")
async def show_today(
    request: Request,
    reading: Given[Reading],
    shared: Given[Shared],
) -> Response:
    now = datetime.now(UTC)
    log = await read_log(reading.connection, shared, today(), "/")
    pinned = await queries.pinned_notes(reading.connection)
    above = [log.id, *(row["id"] for row in pinned)] if log.id else [row["id"] for row in pinned]
    warm = await queries.warm_records(reading.connection, now, above)
    recent = await queries.recent_records(reading.connection, [*above, *(row["id"] for row in warm)])
    zone = reading.visitor.time_zone
    due = await due_reminders(reading.connection, end_of_day(today(), zone))
    page = HomePage(
        reading.visitor.name,
        await read_strip(reading.connection, today()),
        log,
        request.query_params.get("log") == "1",
        make_panel(due, shared.kinds, now, zone, "/"),
        tuple(
            [
                (panel.template, told)
                for panel in shared.today
                if (told := await panel.read(reading.connection)) is not None
            ]
        ),
        *(make_rows(rows, shared.kinds) for rows in (pinned, warm, recent)),
    )
    return shared.pages.response(request, "home/index.html", page, shell=reading.shell("today"))


@get("/more")
async def show_more(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    return shared.pages.response(request, "shell/more.html", None, shell=reading.shell("more"))


ROUTES = [show_today, show_more]
