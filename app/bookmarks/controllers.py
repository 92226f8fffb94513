"""Bookmarks over HTTP: a list, a page, a form, and browsers' own files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.bookmarks import queries, service
from app.bookmarks.kind import BOOKMARK
from app.bookmarks.netscape import read_netscape, write_netscape
from app.bookmarks.pages import BookmarkForm, bookmark_list, bookmark_page
from app.bookmarks.service import BookmarkFields
from app.core.errors import Conflict, Invalid, NotFound
from app.search.listing import list_box, query_reader, read_q
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
LARGEST_FILE = 50_000_000


@get("/bookmarks")
async def list_bookmarks(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    given = request.query_params
    after = given.get("after")
    cursor = decode_cursor(after, datetime.fromisoformat, UUID) if after else queries.FIRST
    category, favourites, q = given.get("category", "")[:500], given.get("favourites") == "1", read_q(given)
    category = category.replace("\0", "")
    read = query_reader(reading, q, BOOKMARK, shared.kinds, "b.id")
    found, query = await queries.list_bookmarks(reading.connection, (cursor[0], cursor[1]), category, favourites, read)
    kept = {**({"category": category} if category else {}), **({"favourites": "1"} if favourites else {})}
    box = await list_box(reading.connection, "/bookmarks", q, query, kept, shared.kinds)
    categories = await queries.list_categories(reading.connection)
    page, shell = bookmark_list(found, categories, box, category, favourites, not after), reading.shell("bookmarks")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "bookmarks/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(request, "bookmarks/index.html", page, shell=shell, blocks=("bookmark-list",))


@get("/bookmarks/new")
async def new_bookmark(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    fields = BookmarkFields(request.query_params.get("url", "")[: service.LONGEST_TITLE])
    page = BookmarkForm("/bookmarks", fields, is_new=True)
    return shared.pages.response(request, "bookmarks/edit.html", page, shell=reading.shell("bookmarks"))


@post("/bookmarks", status_code=303)
async def add(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    fields, action_id = _read(data), uuid4()
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            bookmark_id, is_new = await service.keep_bookmark(connection, visitor.user_id, fields)
    except Invalid as error:
        form = BookmarkForm("/bookmarks", fields, is_new=True, error=str(error))
        return _refuse(request, visitor, shared, form, 422)
    told = _("Saved.") if is_new else _("This address was kept already.")
    return say(Redirect(f"/bookmarks/{bookmark_id}", status_code=303), told, action_id)


@get("/bookmarks/{bookmark_id:uuid}")
async def show(
    request: Request, bookmark_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = bookmark_page(await _find(reading.connection, bookmark_id), shared.kinds)
    return shared.pages.response(request, "bookmarks/show.html", page, shell=reading.shell("bookmarks"))


@get("/bookmarks/{bookmark_id:uuid}/edit")
async def edit(
    request: Request, bookmark_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await _find(reading.connection, bookmark_id)
    fields = BookmarkFields(row["url"], row["title"], row["description"], row["category"] or "", tuple(row["topics"]))
    page = BookmarkForm(f"/bookmarks/{bookmark_id}", fields, is_new=False)
    return shared.pages.response(request, "bookmarks/edit.html", page, shell=reading.shell("bookmarks"))


@post("/bookmarks/{bookmark_id:uuid}", status_code=303)
async def change(
    request: Request, bookmark_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    fields, action_id = _read(data), uuid4()
    async with shared.database.reading(visitor.user_id) as connection:
        await _find(connection, bookmark_id)
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            await service.change_bookmark(connection, visitor.user_id, bookmark_id, fields)
    except (Invalid, Conflict) as error:
        form = BookmarkForm(f"/bookmarks/{bookmark_id}", fields, is_new=False, error=str(error))
        return _refuse(request, visitor, shared, form, 422 if isinstance(error, Invalid) else 409)
    return say(Redirect(f"/bookmarks/{bookmark_id}", status_code=303), _("Saved."), action_id)


@post("/bookmarks/{bookmark_id:uuid}/visit", status_code=204)
async def visit(bookmark_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> None:
    """Somebody follows the link: said by a script while the browser goes there."""
    await _run(shared, visitor, service.VISIT, bookmark_id, uuid4())


@post("/bookmarks/{bookmark_id:uuid}/favourite", status_code=303)
async def favour(bookmark_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    is_favourite = await _run(shared, visitor, service.FAVOUR, bookmark_id, action_id := uuid4())
    told = _("A favourite now.") if is_favourite == str(True) else _("No favourite any more.")
    return say(Redirect(f"/bookmarks/{bookmark_id}", status_code=303), told, action_id)


@post("/bookmarks/{bookmark_id:uuid}/discard", status_code=303)
async def discard(bookmark_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    await _run(shared, visitor, service.DISCARD, bookmark_id, action_id := uuid4())
    return say(Redirect("/bookmarks", status_code=303), _("Moved to the trash."), action_id)


@post("/bookmarks/{bookmark_id:uuid}/restore", status_code=303)
async def restore(bookmark_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    await _run(shared, visitor, service.RESTORE, bookmark_id, action_id := uuid4())
    return say(Redirect(f"/bookmarks/{bookmark_id}", status_code=303), _("Restored."), action_id)


@post("/bookmarks/import", status_code=303)
async def bring_in(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """A file that a browser gave away. What is known already is not doubled."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise Invalid(_("Choose the file that your browser gave away."))
    content = await file.read(LARGEST_FILE)
    entries = read_netscape(content.decode("utf-8", "replace"))
    added, action_id = 0, uuid4()
    async with shared.database.reading(visitor.user_id, "import", action_id) as connection:
        for entry in entries:
            fields = BookmarkFields(
                entry.url, entry.title, entry.description, entry.category, entry.tags,
                added=entry.added, visited=entry.visited,
            )  # fmt: skip
            added += await _keep_quietly(connection, visitor.user_id, fields)
    told = ngettext("%(num)s bookmark added.", "%(num)s bookmarks added.", added) % {"num": number(added)}
    return say(Redirect("/bookmarks", status_code=303), told, action_id if added else None)


async def _keep_quietly(connection: asyncpg.Connection, user_id: UUID, fields: BookmarkFields) -> int:
    """Browsers keep addresses of their own too (`place:`, `javascript:`), which are none of the web."""
    try:
        _id, is_new = await service.keep_bookmark(connection, user_id, fields, is_meant=False)
    except Invalid:
        return 0
    return int(is_new)


@get("/bookmarks/export")
async def give_away(reading: Given[Reading]) -> Response[str]:
    rows = await queries.all_bookmarks(reading.connection)
    text = "".join(write_netscape((dict(row), tuple(row["topics"])) for row in rows))
    headers = {"Content-Disposition": 'attachment; filename="bookmarks.html"', "Cache-Control": "private, no-store"}
    return Response(text, media_type="application/octet-stream", headers=headers)


async def _find(connection: asyncpg.Connection, bookmark_id: UUID) -> asyncpg.Record:
    row = await queries.show_bookmark(connection, bookmark_id)
    if row is None:
        raise NotFound
    return row


async def _run(shared: Shared, visitor: Visitor, statement: str, bookmark_id: UUID, action_id: UUID) -> str:
    """What the statement gives back; raises NotFound where it changed nothing."""
    async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
        given = await connection.fetchval(statement, bookmark_id)
    if given is None:
        raise NotFound
    return str(given)


def _refuse(request: Request, visitor: Visitor, shared: Shared, form: BookmarkForm, status: int) -> Response:
    shell = make_shell(request, visitor, "bookmarks")
    return shared.pages.response(request, "bookmarks/edit.html", form, shell=shell, status=status)


def _read(data: Mapping[str, str]) -> BookmarkFields:
    tags = tuple(tag.strip() for tag in data.get("tags", "").split(",") if tag.strip())
    return BookmarkFields(
        data.get("url", ""), data.get("title", ""), data.get("description", ""), data.get("category", ""), tags
    )


ROUTES = [
    list_bookmarks, new_bookmark, add, bring_in, give_away, show, edit, change, visit, favour, discard, restore,
]  # fmt: skip
