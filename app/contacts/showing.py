"""A person's page over HTTP: read, its timeline by pages, and what is changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.contacts import dossier, promises, service
from app.contacts.dossier_pages import ContactPage, FactForm, contact_page
from app.contacts.facts import LABELS, LISTS
from app.contacts.fields import ContactFields, fields_of
from app.contacts.forms import read_form, with_row
from app.contacts.kind import CONTACT
from app.contacts.timeline import TimelinePage, read_timeline
from app.core.database import Database
from app.core.errors import Conflict, Invalid, NotFound
from app.graph.neighbourhood import read_neighbourhood
from app.heat.warming import warm_opened
from app.properties.pages import read_list
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import today
from app.web.paging import decode_cursor
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import Toast, say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SAME_VISIT = timedelta(minutes=30)
SHOW = "contacts/show.html"
PLACES = ("last", "next", "body", "margin")
BLOCKS = ("facts", "promises")


@get("/people/{contact_id:uuid}")
async def show_person(
    request: Request, contact_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row, page = await _read(shared, reading.connection, reading.visitor.user_id, contact_id)
    answer = shared.pages.response(request, SHOW, page, shell=reading.shell("people"), blocks=BLOCKS)
    opened = row["opened_at"]
    if opened is None or datetime.now(UTC) - opened > SAME_VISIT:
        answer.background = BackgroundTask(_warm, shared.database, reading.visitor.user_id, contact_id)
    return answer


@get("/people/{contact_id:uuid}/timeline")
async def show_timeline(
    request: Request, contact_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    name = await reading.connection.fetchval("select full_name from contacts where id = $1", contact_id)
    if name is None:
        raise NotFound
    after = request.query_params.get("after")
    cursor = decode_cursor(after, datetime.fromisoformat, UUID) if after else dossier.NEWEST
    rows = await dossier.read_entries(reading.connection, contact_id, (cursor[0], cursor[1]))
    page = TimelinePage(name, f"/people/{contact_id}", read_timeline(rows, contact_id, shared.kinds))
    shell = reading.shell("people")
    return shared.pages.response(request, "contacts/timeline.html", page, shell=shell, blocks=("pager",))


@get("/people/{contact_id:uuid}/facts/{fact:str}")
async def edit_fact(
    request: Request, contact_id: FromPath[UUID], fact: FromPath[str], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row, page = await _read(shared, reading.connection, reading.visitor.user_id, contact_id)
    if fact not in LABELS or page.is_in_trash:
        raise NotFound
    values = with_row(fields_of(row), fact)
    page = replace(page, editing=_fact_form(fact, row["version"], values))
    return shared.pages.response(request, SHOW, page, shell=reading.shell("people"), blocks=BLOCKS)


@post("/people/{contact_id:uuid}/facts/{fact:str}", status_code=303)
async def save_fact(
    request: Request, contact_id: FromPath[UUID], fact: FromPath[str], data: Form, visitor: Given[Visitor],
    shared: Given[Shared],
) -> Response:  # fmt: skip
    async with shared.database.reading(visitor.user_id) as connection:
        row, page = await _read(shared, connection, visitor.user_id, contact_id)
    if fact not in LABELS:
        raise NotFound
    before = fields_of(row)
    emptied: Mapping[str, Any] = {fact: ()} if fact in LISTS else {}
    fields = read_form({k: v for k, v in data.items() if k.partition(".")[0] == fact}, replace(before, **emptied))
    errors, version = service.check_fields(fields), data.get("version", "")
    try:
        if not errors:
            async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
                await service.change_contact(session, contact_id, int(version) if version.isdecimal() else 0, fields)
            return await _answer(request, visitor, shared, contact_id, "facts", _("Saved."), action_id)
    except Conflict as error:
        errors = {fact: str(error), f"{fact}.0": str(error)}
    page = replace(page, editing=_fact_form(fact, row["version"], fields, errors))
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, SHOW, page, shell=shell, blocks=BLOCKS, status=422)


@post("/people/{contact_id:uuid}/promises", status_code=303)
async def promise(
    request: Request, contact_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    by = "them" if data.get("by") == "them" else "me"
    try:
        async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
            await promises.add_promise(session, contact_id, by, data.get("text", ""), data.get("due", ""))
    except Invalid as error:
        return await _answer(request, visitor, shared, contact_id, "promises", str(error), None)
    return await _answer(request, visitor, shared, contact_id, "promises", _("Noted."), action_id)


@post("/people/{contact_id:uuid}/promises/{name:str}/done", status_code=303)
async def keep(
    request: Request, contact_id: FromPath[UUID], name: FromPath[str], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await promises.keep_promise(session, contact_id, name, today())
    return await _answer(request, visitor, shared, contact_id, "promises", _("Kept."), action_id)


@post("/people/{contact_id:uuid}/promises/{name:str}/reopen", status_code=303)
async def reopen(
    request: Request, contact_id: FromPath[UUID], name: FromPath[str], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await promises.keep_promise(session, contact_id, name, None)
    return await _answer(request, visitor, shared, contact_id, "promises", _("Open again."), action_id)


@post("/people/{contact_id:uuid}/promises/{name:str}/drop", status_code=303)
async def drop(
    request: Request, contact_id: FromPath[UUID], name: FromPath[str], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await promises.drop_promise(session, contact_id, name)
    return await _answer(request, visitor, shared, contact_id, "promises", _("Taken away."), action_id)


async def _answer(
    request: Request, visitor: Visitor, shared: Shared, contact_id: UUID, block: str, sentence: str,
    action_id: UUID | None,
) -> Response:  # fmt: skip
    """htmx gets the block and the toast; a form goes back to the page."""
    if not is_fragment(request):
        return say(Redirect(f"/people/{contact_id}#{block}", status_code=303), sentence, action_id)
    async with shared.database.reading(visitor.user_id) as connection:
        _row, page = await _read(shared, connection, visitor.user_id, contact_id)
    shell = replace(make_shell(request, visitor, "people"), toast=Toast(sentence, action_id))
    return shared.pages.fragments(request, SHOW, replace(page, said=True), [block], shell=shell)


async def _read(
    shared: Shared, connection: asyncpg.Connection, user_id: UUID, contact_id: UUID
) -> tuple[asyncpg.Record, ContactPage]:
    row = await dossier.read_dossier(connection, contact_id)
    if row is None:
        raise NotFound
    entries = await dossier.read_entries(connection, contact_id)
    near = await read_neighbourhood(connection, contact_id, row["full_name"], shared.kinds)
    properties = await read_list(
        connection, user_id, shared.kinds, CONTACT, contact_id, row["custom_fields"],
        can_edit=row["deleted_at"] is None,
    )  # fmt: skip
    panels = await _read_panels(shared, connection, contact_id)
    return row, contact_page(
        row, shared.kinds, properties, read_timeline(entries, contact_id, shared.kinds), near, panels
    )


async def _read_panels(
    shared: Shared, connection: asyncpg.Connection, contact_id: UUID
) -> dict[str, Sequence[tuple[str, Any]]]:  # fmt: skip
    """By place: the templates and what each sees, rendered with the page, whose forms' tokens they need."""
    found: dict[str, list[tuple[str, Any]]] = {place: [] for place in PLACES}
    for panel in shared.panels:
        page = await panel.read(connection, contact_id, CONTACT.name)
        if page is not None:
            found[panel.place].append((panel.template, page))
    return dict(found.items())


def _fact_form(
    name: str, version: int, values: ContactFields, errors: Mapping[str, str] | None = None
) -> FactForm:  # fmt: skip
    return FactForm(name, _(LABELS[name].label), version, values, name in LISTS, errors or {})


async def _warm(database: Database, user_id: UUID, contact_id: UUID) -> None:
    async with database.reading(user_id) as connection:
        await warm_opened(connection, user_id, contact_id)


ROUTES = [show_person, show_timeline, edit_fact, save_fact, promise, keep, reopen, drop]
