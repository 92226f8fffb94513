"""Notes over HTTP: one resource per action; every form works with htmx and without."""

from __future__ import annotations

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
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Database
from app.core.errors import NotFound
from app.heat.warming import warm_opened
from app.notes import pages as view
from app.notes import queries, service
from app.notes.kind import NOTE
from app.notes.previews import preview_note
from app.notes.rendered import note_html
from app.notes.template_pages import filled_template, template_choices
from app.properties.pages import read_list
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SAME_VISIT = timedelta(minutes=30)


@get("/notes/new")
async def new_note(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    title, chosen = request.query_params.get("title", ""), request.query_params.get("template", "")
    page = view.Editor(
        uuid4(), 0, title[: service.LONGEST_TITLE],
        await filled_template(reading, request.query_params, "template") if chosen else _begun(request),
        is_new=True, sitting=uuid4(), templates=await template_choices(reading, chosen),
    )  # fmt: skip
    return shared.pages.response(request, "notes/edit.html", page, shell=reading.shell("notes"))


def _begun(request: Request) -> str:
    """`text`: what a page that leads here writes first, `@Somebody` say."""
    return request.query_params.get("text", "")[:2000].replace("\0", "")


@get("/notes/{note_id:uuid}")
async def show_note(
    request: Request, note_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared],
) -> Response:  # fmt: skip
    row = await _find(reading.connection, note_id)
    html = await note_html(shared.pages, reading.connection, row, shared.kinds)
    properties = await read_list(
        reading.connection, reading.visitor.user_id, shared.kinds, NOTE, note_id, row["custom_fields"],
        can_edit=row["deleted_at"] is None,
    )  # fmt: skip
    page = view.note_page(row, shared.kinds, html, properties)
    answer = shared.pages.response(request, "notes/show.html", page, shell=reading.shell("notes"), keep=True)
    opened = row["opened_at"]
    if opened is None or datetime.now(UTC) - opened > SAME_VISIT:
        # After the answer is sent, in a transaction of its own: warmth never makes a reader wait.
        answer.background = BackgroundTask(_warm, shared.database, reading.visitor.user_id, note_id)
    return answer


@get("/notes/{note_id:uuid}/edit")
async def edit_note(
    request: Request, note_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await queries.note_to_edit(reading.connection, note_id)
    if row is None:
        raise NotFound
    page = view.Editor(row["id"], row["version"], row["title"], row["content"], is_new=False, sitting=uuid4())
    return shared.pages.response(request, "notes/edit.html", page, shell=reading.shell("notes"))


@post("/notes/preview", status_code=200)
async def show_preview(
    request: Request,
    data: Form,
    reading: Given[Reading],
    shared: Given[Shared],
) -> Response:
    html = await preview_note(reading.connection, data.get("content", ""), shared.kinds)
    shell = reading.shell("notes")
    return shared.pages.response(request, "notes/preview.html", html, shell=shell, blocks=("note-preview",))


@post("/notes/{note_id:uuid}/pin", status_code=303)
async def pin(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(note_id, visitor, shared, _("Pinned."), service.pin_note, True)


@post("/notes/{note_id:uuid}/unpin", status_code=303)
async def unpin(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(note_id, visitor, shared, _("Unpinned."), service.pin_note, False)


@post("/notes/{note_id:uuid}/archive", status_code=303)
async def archive(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(note_id, visitor, shared, _("Archived."), service.archive_note, True)


@post("/notes/{note_id:uuid}/unarchive", status_code=303)
async def unarchive(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(note_id, visitor, shared, _("Taken out of the archive."), service.archive_note, False)


@post("/notes/{note_id:uuid}/discard", status_code=303)
async def discard(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(note_id, visitor, shared, _("Moved to the trash."), service.discard_note)


@post("/notes/{note_id:uuid}/restore", status_code=303)
async def restore(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(note_id, visitor, shared, _("Restored."), service.restore_note)


async def _change(note_id: UUID, visitor: Visitor, shared: Shared, sentence: str, verb: Any, *values: bool) -> Redirect:
    """One verb in one transaction; the note's page shows the outcome and the way back."""
    session: AsyncSession
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await verb(session, note_id, *values)
    return say(Redirect(f"/notes/{note_id}", status_code=303), sentence, action_id)


async def _find(connection: asyncpg.Connection, note_id: UUID) -> asyncpg.Record:
    row = await queries.show_note(connection, note_id)
    if row is None:
        raise NotFound
    return row


async def _warm(database: Database, user_id: UUID, note_id: UUID) -> None:
    async with database.reading(user_id) as connection:
        await warm_opened(connection, user_id, note_id)


ROUTES = [
    new_note, show_note, edit_note, show_preview, pin, unpin, archive, unarchive, discard, restore,
]  # fmt: skip
