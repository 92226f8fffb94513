"""Folders over HTTP: the tree, one folder's page, and putting notes into them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound
from app.folders import service
from app.folders.pages import FilingPage, FolderPage, FolderTree, colour_names
from app.folders.queries import Folder, read_tree, without_branch
from app.folders.service import FolderFields, read_folder_id
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import ngettext
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
NOTE = """
select r.title, r.preview, n.folder_id from notes n join records r on r.id = n.id
 where n.id = $1 and n.deleted_at is null"""
HAS_CHANGED = "select exists (select from change_log where user_id = app_user_id() and action_id = $1)"


@dataclass(slots=True)
class Deed:
    """What can be undone of a request: its action, once it has changed something."""

    action_id: UUID | None = None


@get("/folders")
async def show_folders(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = FolderTree(await read_tree(reading.connection), FolderFields(""))
    return shared.pages.response(request, "folders/index.html", page, shell=reading.shell("folders"))


@post("/folders", status_code=303)
async def add(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    fields, parent_id = _read_fields(data), read_folder_id(data, "parent")
    try:
        async with _acting(visitor, shared) as (connection, deed):
            await service.add_folder(connection, fields, parent_id)
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = FolderTree(await read_tree(connection), fields, parent_id, str(error))
        shell = make_shell(request, visitor, "folders")
        return shared.pages.response(request, "folders/index.html", page, shell=shell, status=error.status)
    return say(Redirect("/folders", status_code=303), _("Made."), deed.action_id)


@get("/folders/{folder_id:uuid}")
async def show_folder(
    request: Request, folder_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = await _folder_page(reading.connection, folder_id)
    return shared.pages.response(request, "folders/edit.html", page, shell=reading.shell("folders"))


@post("/folders/{folder_id:uuid}", status_code=303)
async def change(
    request: Request, folder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Its name, icon and colour, and where it lies."""
    fields, parent_id = _read_fields(data), read_folder_id(data, "parent")
    try:
        async with _acting(visitor, shared) as (connection, deed):
            await service.change_folder(connection, folder_id, fields)
            if "parent" in data:
                await service.settle_folder(connection, folder_id, parent_id)
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _folder_page(connection, folder_id, fields, str(error))
        shell = make_shell(request, visitor, "folders")
        return shared.pages.response(request, "folders/edit.html", page, shell=shell, status=error.status)
    return say(Redirect("/folders", status_code=303), _("Saved."), deed.action_id)


@post("/folders/{folder_id:uuid}/move", status_code=303)
async def move(folder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """As it was dropped: into `parent`, before `before`; or one `step` up or down."""
    back = Redirect("/folders", status_code=303)
    try:
        async with _acting(visitor, shared) as (connection, deed):
            if data.get("step") in ("up", "down"):
                await service.step_folder(connection, folder_id, -1 if data["step"] == "up" else 1)
            else:
                parent_id, before = read_folder_id(data, "parent"), read_folder_id(data, "before")
                await service.move_folder(connection, folder_id, parent_id, before)
    except (Invalid, Conflict) as error:
        return say(back, str(error))
    return say(back, _("Moved."), deed.action_id)


@post("/folders/{folder_id:uuid}/delete", status_code=303)
async def delete(folder_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    back = Redirect("/folders", status_code=303)
    try:
        async with _acting(visitor, shared) as (connection, deed):
            unfiled = await service.delete_folder(connection, folder_id)
    except Invalid as error:
        return say(back, str(error))
    told = ngettext(
        "Deleted; %(num)s note lies in no folder now.", "Deleted; %(num)s notes lie in no folder now.", unfiled
    )
    return say(back, told % {"num": unfiled} if unfiled else _("Deleted."), deed.action_id)


@get("/notes/{note_id:uuid}/folder")
async def show_filing(
    request: Request, note_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    note = await reading.connection.fetchrow(NOTE, note_id)
    if note is None:
        raise NotFound
    page = FilingPage(
        note["title"] or note["preview"][:80] or _("Untitled"), f"/notes/{note_id}/folder", f"/notes/{note_id}",
        note["folder_id"], await read_tree(reading.connection, counted=False),
    )  # fmt: skip
    shell = reading.shell("notes")
    return shared.pages.response(request, "folders/file.html", page, shell=shell, blocks=("filing",))


@post("/notes/{note_id:uuid}/folder", status_code=303)
async def file_note(note_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    back = Redirect(f"/notes/{note_id}", status_code=303)
    async with _acting(visitor, shared) as (connection, deed):
        if await connection.fetchrow(NOTE, note_id) is None:
            raise NotFound
        moved = await service.file_notes(connection, [note_id], read_folder_id(data))
    return say(back, _("Filed."), deed.action_id) if moved else back


async def _folder_page(
    connection: asyncpg.Connection, folder_id: UUID, fields: FolderFields | None = None, error: str = ""
) -> FolderPage:
    tree = await read_tree(connection)
    folder = next((one for one in tree if one.id == folder_id), None)
    if folder is None:
        raise NotFound
    fields = fields or FolderFields(folder.name, folder.icon, folder.colour)
    places: tuple[Folder, ...] = () if folder.is_default else without_branch(tree, folder_id)
    return FolderPage(folder, fields, places, colour_names(), error)


@asynccontextmanager
async def _acting(visitor: Visitor, shared: Shared) -> AsyncIterator[tuple[asyncpg.Connection, Deed]]:
    action_id = uuid4()
    async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
        yield connection, (deed := Deed())
        if await connection.fetchval(HAS_CHANGED, action_id):
            deed.action_id = action_id


def _read_fields(data: Mapping[str, str]) -> FolderFields:
    return FolderFields(data.get("name", ""), data.get("icon", ""), data.get("colour", ""))


ROUTES = [show_folders, add, show_folder, change, move, delete, show_filing, file_note]
