"""While you slept, over HTTP: the page, what may be thought of, now or never, and how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect, Stream

from app.core.errors import Forbidden, NotFound
from app.sleep import queries, service
from app.sleep.pages import SleepPage, sleep_page
from app.sleep.service import SleepFields
from app.web.auth import Reading, Visitor, comes_from_here, make_shell, session_hash
from app.web.live import LOOK_EVERY, LOOK_WITHOUT_EAR
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
NIGHT = timedelta(hours=24)


@get("/sleep")
async def show_sleep(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _page(reading.connection, reading.visitor, shared)
    return shared.pages.response(
        request, "sleep/index.html", page, shell=reading.shell("sleep"), blocks=("runs", "kinds")
    )


@post("/sleep", status_code=303)
async def allow(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    fields = service.read_form(data)
    if errors := service.check_fields(fields):
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _page(connection, visitor, shared, fields, errors)
        shell = make_shell(request, visitor, "sleep")
        return shared.pages.response(request, "sleep/index.html", page, shell=shell, status=422)
    async with shared.database.reading(visitor.user_id) as connection:
        await service.allow(connection, fields)
    return say(Redirect("/sleep", status_code=303), _("Saved."))


@post("/sleep/kinds", status_code=303)
async def switch(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    _check_kind(shared, data.get("kind", ""))
    async with shared.database.reading(visitor.user_id) as connection:
        await service.switch_kind(connection, data["kind"], on=data.get("on") == "1")
    told = _("It is thought of again.") if data.get("on") == "1" else _("It is not thought of any more.")
    return say(Redirect("/sleep", status_code=303), told)


@post("/sleep/run", status_code=303)
async def run_now(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Of one kind, or of all that are on."""
    name, is_dry = data.get("kind", ""), data.get("dry") == "1"
    if name:
        _check_kind(shared, name)
    async with shared.database.reading(visitor.user_id) as connection:
        without, may_ask = (await queries.read_wishes(connection)).without, await queries.read_may_ask(connection)
        for kind in shared.asleep:
            is_meant = kind.name == name or (not name and kind.name not in without)
            if is_meant and (may_ask or not kind.asks_model):
                await service.ask_for(connection, kind.name, is_dry=is_dry)
    return Redirect("/sleep#runs", status_code=303)


@post("/sleep/runs/{run_id:uuid}/stop", status_code=303)
async def stop(run_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.stop_run(connection, run_id)
    return Redirect("/sleep", status_code=303)


@get("/sleep/live", opt={"unattended": True})
async def follow_sleep(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Says `changed` with the stamp whenever a run is further than at `?version=`."""
    if not comes_from_here(request):
        raise Forbidden(_("This was asked for from another site."))
    version = request.query_params.get("version", "0")
    seen = int(version) if version.isdecimal() and len(version) < 16 else 0
    shared.changes.check_room(visitor.user_id)
    words = _tell(shared, session_hash(request), visitor.user_id, seen)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(words, media_type="text/event-stream", headers=headers)


async def _tell(shared: Shared, session: bytes, user_id: UUID, seen: int) -> AsyncIterator[str]:
    changes = shared.changes
    # The trigger of the runs names no record, but the person.
    with changes.following(user_id, user_id) as event:
        yield "retry: 3000\n\n"
        while not changes.has_ended:
            event.clear()
            async with shared.database.open_session(session, unattended=True) as (connection, row):
                if row is None:
                    return
                stamp = await queries.read_stamp(connection)
            yield f"event: changed\ndata: {stamp}\n\n" if stamp > seen else ":\n\n"
            seen = max(seen, stamp)
            await _wait(event, LOOK_EVERY if changes.is_listening else LOOK_WITHOUT_EAR)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return  # time to look all the same


async def _page(
    connection: asyncpg.Connection, visitor: Visitor, shared: Shared,
    fields: SleepFields | None = None, errors: dict[str, str] | None = None,
) -> SleepPage:  # fmt: skip
    now = datetime.now(UTC)
    # Whoever looks at the page is here.
    situation = await queries.read_situation(connection, now, visitor.time_zone, now)
    runs, stamp = await queries.list_runs(connection), await queries.read_stamp(connection)
    night = await queries.read_night(connection, now - NIGHT)
    return sleep_page(shared.asleep, situation, runs, stamp, night, fields, errors)


def _check_kind(shared: Shared, name: str) -> None:
    if name not in {kind.name for kind in shared.asleep}:
        raise NotFound


ROUTES = [show_sleep, allow, switch, run_now, stop, follow_sleep]
