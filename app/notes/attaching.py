"""Files come to a note and leave it, over HTTP: a form of the note's page, or its editor by JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, HearthError, Invalid, TooLarge, Unavailable
from app.notes import attachments
from app.notes.attachments import MOST_AT_ONCE, Attached
from app.notes.renaming import rename_file
from app.web.auth import Visitor, local_path
from app.web.errors import error_words
from app.web.file_rows import file_href, thumbnail_href
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
HAS_CHANGED = "select exists (select from change_log where user_id = app_user_id() and action_id = $1)"


@post("/notes/{note_id:uuid}/files", status_code=303)
async def attach(
    request: Request, note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response[Any]:
    """Field `files`, several; with `show` their marks are put below the text."""
    wants_json = "application/json" in request.headers.get("accept", "")
    back = Redirect(f"/notes/{note_id}#files", status_code=303)
    try:
        attached, action_id = await _take(request, note_id, visitor, shared)
    except (HearthError, HTTPException) as error:
        status, sentence = _tell_problem(error)
        if wants_json:
            return Response({"detail": sentence}, status_code=status)
        if not isinstance(error, Invalid | TooLarge | Unavailable):
            raise
        return say(back, sentence)
    if wants_json:
        return Response({"files": [_as_json(file, shared.settings.prefix) for file in attached]}, status_code=201)
    told = ngettext("%(num)s file added.", "%(num)s files added.", len(attached))
    return say(back, told % {"num": number(len(attached))}, action_id)


async def _take(
    request: Request, note_id: UUID, visitor: Visitor, shared: Shared
) -> tuple[list[Attached], UUID | None]:
    """What was attached, and the action that can be undone, if anything changed by it."""
    # Before the files are read, which may be long: nobody sends them in vain.
    async with shared.database.reading(visitor.user_id) as connection:
        await attachments.check_note(connection, note_id)
    form = await request.form()
    arrived = await receive_files(form.getall("files", []), shared)
    most, action_id = shared.settings.max_files_mb * 2**20, uuid4()
    async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
        attached = await attachments.attach_files(
            connection, visitor.user_id, note_id, arrived, most, show=form.get("show") == "1"
        )
        changed = await connection.fetchval(HAS_CHANGED, action_id)
    return attached, action_id if changed else None


async def receive_files(fields: Sequence[Any], shared: Shared, *, needed: bool = True) -> list[attachments.Arrived]:
    """The bytes of a form's files, kept; nobody has them yet. Raises Invalid for none of those that are `needed`."""
    given = [file for file in fields if isinstance(file, UploadFile)]
    try:
        if not needed and not any(file.filename for file in given):
            return []
        return [await _receive(shared, file) for file in _chosen(given)]
    finally:
        for file in given:
            await file.close()


def _chosen(given: list[UploadFile]) -> list[UploadFile]:
    """A form without a choice sends one file without a name."""
    chosen = [file for file in given if file.filename]
    if not chosen:
        raise Invalid(_("No file was chosen."))
    if len(chosen) > MOST_AT_ONCE:
        raise Invalid(_("At most %(most)s files can be added at once.") % {"most": number(MOST_AT_ONCE)})
    return chosen


async def _receive(shared: Shared, file: UploadFile) -> attachments.Arrived:
    largest = shared.settings.max_upload_mb * 2**20
    source = cast("BinaryIO", file.file)  # a spooled one does all that it does
    return await asyncio.to_thread(attachments.receive, shared.blobs, file.filename, source, largest)


def _tell_problem(error: HearthError | HTTPException) -> tuple[int, str]:
    status = error.status if isinstance(error, HearthError) else error.status_code
    sentence = str(error) if isinstance(error, HearthError) else ""
    return status, sentence or error_words(status)[1]


def _as_json(file: Attached, prefix: str) -> dict[str, str | None]:
    """JSON passes no place that would put the prefix in front of its addresses."""
    href = prefix + file_href(file.id, file.name)
    return {
        "name": file.name, "markdown": file.mark, "href": href,
        "thumbnail": thumbnail_href(href) if file.looks.width else None,
    }  # fmt: skip


@post("/files/{file_id:uuid}/discard", status_code=303)
async def discard(file_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        row, shown = await attachments.discard_file(connection, visitor.user_id, file_id)
        back = await _page_of(connection, shared, row["record_id"])
    told = _("Moved to the trash; a text still shows it, and keeps it.") if shown else _("Moved to the trash.")
    return say(Redirect(back, status_code=303), told, action_id)


@post("/files/{file_id:uuid}/rename", status_code=303)
async def rename(file_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    action_id = uuid4()
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            note_id = await rename_file(connection, visitor.user_id, file_id, data.get("name", ""))
            changed = await connection.fetchval(HAS_CHANGED, action_id)
            page = await _page_of(connection, shared, note_id)
    except (Invalid, Conflict) as error:
        return say(Redirect(local_path(data.get("back", "/notes")), status_code=303), str(error))
    back = Redirect(page, status_code=303)
    return say(back, _("Renamed."), action_id) if changed else back


async def _page_of(connection: asyncpg.Connection, shared: Shared, record_id: UUID | None) -> str:
    """Where the files of a record of whatever kind are listed."""
    kind = await connection.fetchval("select kind from records where id = $1", record_id) if record_id else None
    return f"{shared.kinds[kind].url(record_id)}#files" if kind and record_id else "/notes"


ROUTES = [attach, discard, rename]
