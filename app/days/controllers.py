"""Days over HTTP: one day with its log, and the line that is written into it from wherever one is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from markupsafe import Markup

from app.core.errors import Invalid
from app.days import pages as view
from app.days import queries
from app.days.arriving import append_once
from app.days.mood import Mood, keep_mood, read_mood
from app.days.service import append_entry
from app.notes.queries import show_note
from app.notes.rendered import note_html
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.locale import first_of_week, today, whole_day
from app.web.locale import gettext as _
from app.web.outbox import arrived, read_sent, wants_json
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/day")
async def show_day(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    day = read_day(request.query_params.get("on", ""))
    page = await _day_page(reading.connection, shared, reading.visitor, day)
    return shared.pages.response(request, "days/index.html", page, shell=reading.shell("today"))


@post("/day", status_code=303)
async def write_entry(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    if wants_json(request):
        return await _receive_line(data, visitor, shared)
    day = read_day(data.get("on", ""))
    back = local_path(data.get("back", "/"))
    try:
        async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
            await append_entry(connection, day, data.get("text", ""), datetime.now(ZoneInfo(visitor.time_zone)))
    except Invalid as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _day_page(connection, shared, visitor, day, data.get("text", ""), str(error))
        shell = make_shell(request, visitor, "today")
        return shared.pages.response(request, "days/index.html", page, shell=shell, status=422)
    return say(Redirect(back, status_code=303), _("Written down."), action_id)


async def _receive_line(data: dict[str, str], visitor: Visitor, shared: Shared) -> Response:
    """From the outbox: of the moment when it was written, and of its day where none is named."""
    sent, action_id = read_sent(data, visitor), uuid4()
    at = sent.at.astimezone(ZoneInfo(visitor.time_zone))
    day = read_day(data["on"]) if data.get("on") else at.date()
    async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
        is_same = await append_once(connection, sent.client_id or uuid4(), day, data.get("text", ""), at)
    answer = arrived(view.day_href(day), shared.settings.prefix, is_same=is_same)
    return say(answer, _("Written down."), action_id) if is_same else answer


@post("/day/mood", status_code=303)
async def write_mood(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    day, action_id = read_day(data.get("on", "")), uuid4()
    mood, weather = data.get("mood", ""), data.get("weather", "")
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            changed = await keep_mood(connection, day, mood, weather, datetime.now(ZoneInfo(visitor.time_zone)))
    except Invalid as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _day_page(connection, shared, visitor, day)
        page = replace(page, log=replace(page.log, mood=Mood(mood, weather, str(error))))
        shell = make_shell(request, visitor, "today")
        return shared.pages.response(request, "days/index.html", page, shell=shell, status=422)
    return say(
        Redirect(local_path(data.get("back", "/")), status_code=303), _("Saved."), action_id if changed else None
    )


async def read_log(
    connection: asyncpg.Connection, shared: Shared, day: date, back: str, value: str = "", error: str = ""
) -> view.Log:
    log_id, asks_mood = await queries.find_log(connection, day)
    row = await show_note(connection, log_id) if log_id else None
    html = await note_html(shared.pages, connection, row, shared.kinds) if row else Markup("")
    mood = read_mood(row["custom_fields"] if row else "{}") if asks_mood else None
    return view.make_log(day, log_id, html, back, value, error, mood)


async def read_strip(connection: asyncpg.Connection, day: date) -> view.Strip:
    first = first_of_week(day)
    return view.make_strip(day, await queries.days_written(connection, first, first + timedelta(days=7)))


async def _day_page(
    connection: asyncpg.Connection, shared: Shared, visitor: Visitor, day: date, value: str = "", error: str = ""
) -> view.DayPage:
    notes = await queries.notes_of_day(connection, day)
    log = await read_log(connection, shared, day, view.day_href(day), value, error)
    shown = [row["id"] for row in notes] + ([log.id] if log.id else [])
    touched = await queries.touched_between(connection, *view.bounds(day, visitor.time_zone), shown)
    return view.DayPage(
        whole_day(day), await read_strip(connection, day), log,
        view.make_rows(notes, shared.kinds), view.make_rows(touched, shared.kinds),
    )  # fmt: skip


def read_day(given: str) -> date:
    """Today where none is given; raises Invalid for what is none."""
    if not given:
        return today()
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = date.min
    # A week, a day and a zone more or less have to be days still.
    if not 1000 <= day.year <= 9000:
        raise Invalid(_("“%(value)s” is no day; write it as 2026-03-12.") % {"value": given[:40]})
    return day


ROUTES = [show_day, write_entry, write_mood]
