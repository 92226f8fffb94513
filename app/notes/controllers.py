"""Notes over HTTP: one resource per action; every form works with htmx and without."""

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
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.folders.queries import Folder, read_tree
from app.heat.warming import warm_opened
from app.notes import pages as view
from app.notes import queries, service
from app.notes.kind import NOTE
from app.notes.previews import preview_note
from app.notes.rendered import note_html
from app.notes.rows import render_rows
from app.properties.lists import try_filter
from app.properties.pages import read_list
from app.search.listing import list_box, query_reader, read_q
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.paging import decode_cursor
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SAME_VISIT = timedelta(minutes=30)


@get("/notes")
async def list_notes(
    request: Request,
    reading: Given[Reading],
    shared: Given[Shared],
) -> Response:
    prop, problem = try_filter(request.query_params)
    wanted = replace(_read_filter(request.query_params), prop=prop)
    after = request.query_params.get("after")
    cursor = decode_cursor(after, bool, datetime.fromisoformat, UUID) if after else queries.FIRST
    read = query_reader(reading, wanted.words, NOTE, shared.kinds, "n.id")
    keys, query = await queries.list_keys(reading.connection, wanted, view.after_cursor(cursor), read)
    kept = view.list_query(replace(wanted, words="", selecting=False))
    folders = await read_tree(reading.connection, counted=False) if wanted.folder or wanted.selecting else ()
    page = view.note_list(
        wanted, keys,
        title=await _list_title(reading.connection, wanted, folders),
        rows=await render_rows(shared.pages, reading.connection, keys, reading.visitor, wanted.selecting),
        box=await list_box(reading.connection, "/notes", wanted.words, query, kept, shared.kinds),
        is_first=not after, problem=problem, folders=folders,
    )  # fmt: skip
    shell = reading.shell("notes")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "notes/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(
        request,
        "notes/index.html",
        page,
        shell=shell,
        blocks=("note-list",),
        status=422 if problem else 200,
        keep=True,
    )


@get("/notes/new")
async def new_note(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = view.Editor(
        uuid4(), 0, request.query_params.get("title", "")[: service.LONGEST_TITLE], "", is_new=True, sitting=uuid4()
    )
    return shared.pages.response(request, "notes/edit.html", page, shell=reading.shell("notes"))


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


@post("/notes/{note_id:uuid}", status_code=303)
async def save_note(
    request: Request,
    note_id: FromPath[UUID],
    data: Form,
    visitor: Given[Visitor],
    shared: Given[Shared],
) -> Response:
    """A form's save redirects to the note; an autosave (htmx) answers with the new version alone."""
    title, content = data.get("title", ""), data.get("content", "")
    shell = make_shell(request, visitor, "notes")
    try:
        version = _read_version(data)
        action_id = await _sitting(data, visitor, shared)
        async with shared.database.writing(visitor.user_id, action_id=action_id) as session:
            note = await service.write_note(session, visitor.user_id, note_id, version, title, content)
    except service.NoteMoved as moved:
        page = _conflict(moved, title, content)
        return shared.pages.response(
            request, "notes/conflict.html", page, shell=shell, blocks=("conflict",), status=409
        )
    except Invalid as error:
        editor = view.Editor(note_id, 0, title, content, is_new=True, error=str(error), sitting=uuid4())
        return shared.pages.response(request, "notes/edit.html", editor, shell=shell, blocks=("saved",), status=422)
    if is_fragment(request):
        saved = view.Editor(note.id, note.version, note.title, "", is_new=False)
        return shared.pages.fragments(request, "notes/edit.html", saved, ["saved"], shell=shell)
    return say(Redirect(f"/notes/{note.id}", status_code=303), _("Saved."), action_id)


async def _sitting(data: Mapping[str, str], visitor: Visitor, shared: Shared) -> UUID:
    """All saves of one editor that was opened are one action, so that one Undo takes them back; not what came after."""
    try:
        sitting = UUID(data.get("sitting", ""))
    except ValueError:
        return uuid4()
    async with shared.database.reading(visitor.user_id) as connection:
        return uuid4() if await connection.fetchval("select is_undone($1)", sitting) else sitting


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


async def _list_title(connection: asyncpg.Connection, wanted: queries.NoteFilter, folders: Sequence[Folder]) -> str:
    if wanted.topic:
        return "#" + (await queries.topic_label(connection, wanted.topic) or wanted.topic)
    if wanted.folder:
        return next((folder.name for folder in folders if folder.id == wanted.folder), _("Notes"))
    return _("Archive") if wanted.archived else _("Notes")


def _read_filter(given: Mapping[str, Any]) -> queries.NoteFilter:
    try:
        folder = UUID(given["folder"]) if given.get("folder") else None
    except ValueError:
        raise NotFound from None
    return queries.NoteFilter(
        str(given.get("topic", "")), read_q(given), folder, given.get("show") == "archived", given.get("select") == "1"
    )


def _read_version(data: Mapping[str, str]) -> int:
    version = data.get("version", "0")
    if not version.isdecimal() or len(version) > 9:
        raise Invalid(_("The form lost track of the version it started from; copy your text and open the note again."))
    return int(version)


def _conflict(moved: service.NoteMoved, title: str, content: str) -> view.ConflictPage:
    return view.ConflictPage(moved.id, moved.version, moved.title, moved.content, title, content, str(moved))


ROUTES = [
    list_notes, new_note, show_note, edit_note, show_preview, save_note, pin, unpin, archive, unarchive, discard,
    restore,
]  # fmt: skip
