"""Privacy over HTTP: what was sent where, what may be, and how delicate a record is."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Invalid, NotFound
from app.core.record import read_texts
from app.ports.addresses import leaves_the_house
from app.privacy import queries
from app.privacy.judging import LEVELS, judge_record, weigh
from app.privacy.pages import (
    MOST_HELD,
    PrivacyPage,
    RecordPage,
    call_rows,
    held_rows,
    level_words,
    tell_left,
    tell_reader,
    tell_state,
    tell_why,
    total_rows,
    wish_words,
)
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/privacy")
async def show_privacy(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    connection, before = reading.connection, _read_before(request.query_params.get("before"))
    calls, following = await queries.list_calls(connection, before)
    titles = await queries.read_titles(connection, calls)
    model, wish = await queries.read_model(connection), await queries.read_wish(connection)
    held = await queries.list_held(connection)
    readers = [row for row in await queries.read_readers(connection) if leaves_the_house(row["address"])]
    page = PrivacyPage(
        tell_state(model, wish, is_read=bool(readers)), tuple(tell_reader(row) for row in readers),
        model is not None and not model["is_local"], wish, wish_words(),
        total_rows(await queries.read_totals(connection)),
        call_rows(calls, titles, shared.kinds), f"/privacy?before={following}" if following else "", before is None,
        held_rows(held), len(held) > MOST_HELD, reading.visitor.role in {"owner", "admin"},
    )  # fmt: skip
    return shared.pages.response(request, "privacy/index.html", page, shell=reading.shell("privacy"))


@post("/privacy", status_code=303)
async def allow(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    wish = data.get("may_leave", "")
    if wish not in wish_words():
        raise Invalid(_("The form holds a choice that there is not; reload the page and choose again."))
    async with shared.database.reading(visitor.user_id) as connection:
        await queries.allow(connection, wish)
    return say(Redirect("/privacy", status_code=303), _("Saved."))


@get("/records/{record_id:uuid}/privacy")
async def show_record_privacy(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    connection = reading.connection
    record = await _find(connection, record_id, shared)
    texts = await read_texts(connection, shared.kinds, [record_id])
    found = weigh(judge_record(texts[0]), record["said"], record["chosen"])
    calls = await queries.list_calls_of(connection, record_id)
    rows = call_rows(calls, await queries.read_titles(connection, calls), shared.kinds)
    page = RecordPage(
        record["title"] or record["preview"][:80] or _("Untitled"), shared.kinds[record["kind"]].url(record_id),
        f"/records/{record_id}/privacy", found.level, tell_why(found), found.level if found.is_chosen else "",
        level_words(), tell_left(calls), rows,
    )  # fmt: skip
    return shared.pages.response(request, "privacy/record.html", page, shell=reading.shell("privacy"))


@post("/records/{record_id:uuid}/privacy", status_code=303)
async def choose_level(
    record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:
    """Empty leaves it to the rules."""
    level = data.get("level", "")
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        record = await _find(connection, record_id, shared)
        if level not in {"", *LEVELS}:
            raise Invalid(_("The form holds a choice that there is not; reload the page and choose again."))
        table = shared.kinds[record["kind"]].table
        if level:
            await queries.choose_level(connection, table, record_id, level)
        elif record["chosen"] is not None:
            await queries.leave_to_rules(connection, table, record_id)
    is_changed = level != record["said"] if level else record["chosen"] not in (None, "normal")
    return say(
        Redirect(f"/records/{record_id}/privacy", status_code=303), _("Noted."), action_id if is_changed else None
    )


async def _find(connection: asyncpg.Connection, record_id: UUID, shared: Shared) -> asyncpg.Record:
    record = await queries.read_record(connection, record_id)
    if record is None or record["kind"] not in shared.kinds:
        raise NotFound
    return record


def _read_before(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Invalid(_("This address of a list's next page is not one that Hearth made.")) from None


ROUTES = [show_privacy, allow, show_record_privacy, choose_level]
