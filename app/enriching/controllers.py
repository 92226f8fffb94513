"""The page behind a link, over HTTP: what it says, its icon, and reading it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, NotFound
from app.enriching import queries
from app.enriching.noticing import read_links
from app.enriching.pages import ShowPage, link_page
from app.enriching.service import ask_for_page
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.markdown import render_foreign
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import say

# What the icon was made of is a stranger's; what it is now are pixels that we wrote.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


@get("/links/{linked_id:uuid}")
async def show_link(
    request: Request, linked_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response[Any]:
    """The whole with its readable text; the piece that a record's page includes when htmx asks for it, which is
    nothing for a record that has no link."""
    alone = is_fragment(request)
    try:
        page = await _read(request, reading.connection, linked_id, shared)
    except NoLink:
        if alone:
            return Response(None, status_code=204)
        raise
    shell = reading.shell("")
    if alone:
        return shared.pages.fragments(request, "enriching/show.html", page, ["link"], shell=shell)
    return shared.pages.response(request, "enriching/show.html", page, shell=shell)


@get("/links/{linked_id:uuid}/icon")
async def show_icon(linked_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Response[bytes]:
    async with shared.database.reading(visitor.user_id) as connection:
        icon = await connection.fetchval(queries.ICON, linked_id)
    if icon is None:
        raise NotFound
    return Response(icon, media_type="image/png", headers=HEADERS)


@post("/links/{linked_id:uuid}/read", status_code=303)
async def read_again(
    request: Request, linked_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response[Any]:
    async with shared.database.reading(visitor.user_id) as connection:
        if not await read_links(connection, shared.kinds, [linked_id]):
            raise NotFound
        if not shared.settings.fetch_links:
            raise Conflict(_("This house fetches no pages; whoever runs it can change that."))
        await ask_for_page(connection, visitor.user_id, shared.kinds, linked_id)
        page = await _read(request, connection, linked_id, shared)
    if is_fragment(request):
        shell = make_shell(request, visitor, "")
        return shared.pages.fragments(request, "enriching/show.html", page, ["link"], shell=shell)
    return say(Redirect(page.record_href, status_code=303), _("The page is being read."))


class NoLink(NotFound):
    pass


async def _read(request: Request, connection: asyncpg.Connection, record_id: UUID, shared: Shared) -> ShowPage:
    record = await connection.fetchrow(queries.RECORD, record_id)
    if record is None:
        raise NotFound
    links = await read_links(connection, shared.kinds, [record_id])
    if not links:
        raise NoLink
    row = (await queries.read_rows(connection, [record_id])).get(record_id)
    brief = request.query_params.get("brief") == "1"
    link = link_page(record_id, links[record_id], row, shared.settings.fetch_links, brief=brief)
    text = await connection.fetchval(queries.TEXT, record_id) if link.has_text and not is_fragment(request) else ""
    title = record["title"] or link.title or link.shown
    return ShowPage(link, shared.kinds[record["kind"]].url(record_id), title, render_foreign(text) if text else None)


ROUTES = [show_link, show_icon, read_again]
