"""The inbox over HTTP: the queue, one item after the other, and the verbs that empty it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.dating import read_moment
from app.core.errors import Conflict, Invalid
from app.core.filing import Target
from app.history.undoing import undo_action
from app.inbox import filing
from app.inbox.pages import JoinPage
from app.inbox.reading import find_places, now_of, read_inbox, read_one
from app.inbox.undoing import items_of, last_deed
from app.topics.service import ensure_topic, file_records
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.fields import read_id, read_ids
from app.web.locale import clock, ngettext, number
from app.web.locale import gettext as _
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import say


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form of the inbox says. `is_one`: it stood on the page of one item."""

    ids: tuple[UUID, ...]
    form: Mapping[str, str]
    is_one: bool
    back: str


Deed = Callable[[asyncpg.Connection, Sent], Awaitable[tuple[filing.Filed, str]]]


@get("/inbox")
async def show_inbox(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await read_inbox(reading, shared, shared.targets, request.query_params)
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "inbox/_more.html", page, shell=reading.shell("inbox"), blocks=("pager",))
    return shared.pages.response(
        request, "inbox/index.html", page, shell=reading.shell("inbox"), blocks=("inbox-list",)
    )


@get("/inbox/one")
async def show_one(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """The first of the queue, or the one that `at` names."""
    at, q = request.query_params.get("at", ""), request.query_params.get("q", "").replace("\0", "")[:200]
    page = await read_one(reading.connection, shared, shared.targets, reading.visitor, read_id(at) if at else None, q)
    return shared.pages.response(
        request, "inbox/one.html", page, shell=reading.shell("inbox"), blocks=("triage", "found")
    )


@post("/inbox/file", status_code=303)
async def file(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """As what `target` says."""

    async def do(connection: asyncpg.Connection, sent: Sent) -> tuple[filing.Filed, str]:
        target = shared.targets.get(sent.form.get("target", ""))
        if target is None:
            raise Invalid(_("Choose what it shall become."))
        filed = await filing.file_items(connection, visitor.user_id, target, sent.ids, sent.form)
        return filed, _told_of(target, filed)

    return await _do(request, visitor, shared, do)


@post("/inbox/join", status_code=303)
async def join(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """To the record that `into` names; without it, it is asked for, by its name (`q`)."""
    form = await request.form()
    if "into" not in form:
        return await _ask_where(request, visitor, shared)

    async def do(connection: asyncpg.Connection, sent: Sent) -> tuple[filing.Filed, str]:
        filed = await filing.join_items(connection, shared.targets, sent.ids, read_id(sent.form.get("into", "")))
        return filed, ngettext("Added.", "%(num)s added.", filed.count) % {"num": number(filed.count)}

    return await _do(request, visitor, shared, do)


@post("/inbox/discard", status_code=303)
async def discard(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    async def do(connection: asyncpg.Connection, sent: Sent) -> tuple[filing.Filed, str]:
        filed = await filing.discard_items(connection, sent.ids)
        return filed, ngettext("Discarded.", "%(num)s discarded.", filed.count) % {"num": number(filed.count)}

    return await _do(request, visitor, shared, do)


@post("/inbox/snooze", status_code=303)
async def snooze(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Until a moment (`until`), or until one in words (`when`)."""

    async def do(connection: asyncpg.Connection, sent: Sent) -> tuple[filing.Filed, str]:
        until = _read_until(sent.form, now_of(visitor))
        filed = await filing.snooze_items(connection, sent.ids, until)
        return filed, _("Asleep until %(when)s.") % {"when": clock(until)}

    return await _do(request, visitor, shared, do)


@post("/inbox/tag", status_code=303)
async def tag(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Under a topic, by hand; it stays where it is."""

    async def do(connection: asyncpg.Connection, sent: Sent) -> tuple[filing.Filed, str]:
        items = await filing.waiting_items(connection, sent.ids)
        topic_id, label = await ensure_topic(connection, visitor.user_id, sent.form.get("topic", ""))
        await file_records(connection, [item.id for item in items], topic_id)
        return filing.Filed(len(items)), _("Filed under #%(label)s.") % {"label": label}

    return await _do(request, visitor, shared, do, stays=True)


@post("/inbox/undo", status_code=303)
async def undo(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Takes back the last deed of the inbox that still stands."""
    sent = await _read(request)
    async with shared.database.reading(visitor.user_id) as connection:
        action_id = await last_deed(connection, visitor.user_id)
        ids = await items_of(connection, visitor.user_id, action_id) if action_id else []
    told = _("There is nothing to undo.")
    if action_id:
        try:
            await undo_action(shared.database, visitor.user_id, action_id, shared.kinds)
            told = _("Undone.")
        except Conflict as error:
            told, ids = str(error), []
    return await _answer(request, visitor, shared, sent, ids[0] if len(ids) == 1 else None, told)


async def _do(request: Request, visitor: Visitor, shared: Shared, deed: Deed, *, stays: bool = False) -> Response:
    """One transaction, one action. What cannot be done is said where it was asked for, and nothing has moved."""
    sent = await _read(request)
    action_id: UUID | None = uuid4()
    try:
        if not sent.ids:
            raise Invalid(_("Nothing was selected."))
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            filed, told = await deed(connection, sent)
    except (Invalid, Conflict) as error:
        return await _refuse(request, visitor, shared, sent, str(error))
    if not filed.count:
        told, action_id = _("That had left the inbox already."), None
    return await _answer(request, visitor, shared, sent, sent.ids[0] if stays else None, told, action_id)


async def _ask_where(request: Request, visitor: Visitor, shared: Shared) -> Response:
    sent = await _read(request)
    async with shared.database.reading(visitor.user_id) as connection:
        items = await filing.waiting_items(connection, sent.ids)
        if not items:
            told = _("That had left the inbox already.") if sent.ids else _("Nothing was selected.")
            return say(Redirect(sent.back, status_code=303), told)
        q = sent.form.get("q", "")[:200]
        found = await find_places(connection, shared, shared.targets, visitor, q, {item.id for item in items})
    page = JoinPage(tuple((item.id, item.heading) for item in items), sent.back, q, found)
    shell = make_shell(request, visitor, "inbox")
    return shared.pages.response(request, "inbox/join.html", page, shell=shell, status=200)


async def _answer(
    request: Request, visitor: Visitor, shared: Shared, sent: Sent, at: UUID | None, told: str,
    action_id: UUID | None = None,
) -> Response:  # fmt: skip
    if sent.is_one and is_fragment(request):
        async with shared.database.reading(visitor.user_id) as connection:
            page = await read_one(connection, shared, shared.targets, visitor, at, told=told)
        return shared.pages.fragments(
            request, "inbox/one.html", page, ["triage"], shell=make_shell(request, visitor, "inbox")
        )
    back = (f"/inbox/one?at={at}" if at else "/inbox/one") if sent.is_one else sent.back
    return say(Redirect(back, status_code=303), told, action_id)


async def _refuse(request: Request, visitor: Visitor, shared: Shared, sent: Sent, error: str) -> Response:
    shell = make_shell(request, visitor, "inbox")
    async with shared.database.reading(visitor.user_id) as connection:
        if sent.is_one and sent.ids:
            page: Any = await read_one(connection, shared, shared.targets, visitor, sent.ids[0], error=error)
            template, blocks = "inbox/one.html", ["triage"]
        else:
            page = await read_inbox(Reading(connection, visitor, request), shared, shared.targets, {}, error)
            template, blocks = "inbox/index.html", []
    return shared.pages.response(request, template, page, shell=shell, blocks=blocks, status=422)


async def _read(request: Request) -> Sent:
    form = await request.form()
    given = form.getall("id", [])
    ids = tuple(read_ids(given))
    fields = {key: str(value).replace("\0", "") for key, value in form.items() if key != "id"}
    return Sent(ids, fields, fields.get("mode") == "one", local_path(fields.get("back", "/inbox")))


def _read_until(form: Mapping[str, str], now: datetime) -> datetime:
    when, until = form.get("when", "").strip(), form.get("until", "")
    said = read_moment(when, now) if when else None
    try:
        moment = said.moment if said else datetime.fromisoformat(until)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=now.tzinfo)
    except ValueError:
        moment = now
    if not now < moment < now.replace(year=now.year + 20, day=1):
        raise Invalid(_("Say until when, like “tomorrow at 9” or “in two weeks”."))
    return moment


def _told_of(target: Target, filed: filing.Filed) -> str:
    if filed.count == 1:
        return _(target.told)
    return ngettext("%(num)s filed.", "%(num)s filed.", filed.count) % {"num": number(filed.count)}


ROUTES = [show_inbox, show_one, file, join, discard, snooze, tag, undo]
