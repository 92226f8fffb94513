"""The trash over HTTP. What is deleted for ever has no undo, so it is asked for twice."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import NotFound
from app.core.house import read_house
from app.trash.pages import Farewell, trash_page
from app.trash.service import delete_forever, find_trash, restore_records
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

FIRST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
LIST = """
select id, kind, title, preview, deleted_at from records
 where deleted_at is not null and (deleted_at, id) < ($1, $2) order by deleted_at desc, id desc limit 50"""
COUNT = "select count(*) from records where deleted_at is not null"
ONE = "select title, preview from records where id = $1 and deleted_at is not null"


@get("/trash")
async def show_trash(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    after = request.query_params.get("after")
    cursor = decode_cursor(after, datetime.fromisoformat, UUID) if after else FIRST
    found = await reading.connection.fetch(LIST, *cursor)
    days = (await read_house(reading.connection)).trash_days
    page = trash_page(found, await reading.connection.fetchval(COUNT), shared.kinds, days)
    template = "trash/_more.html" if request.headers.get("hx-target") == "pager" else "trash/index.html"
    return shared.pages.response(request, template, page, shell=reading.shell("trash"), blocks=("pager",))


@post("/trash/{record_id:uuid}/restore", status_code=303)
async def restore(record_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    action_id = uuid4()
    async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
        if not await restore_records(connection, visitor.user_id, [record_id], shared.kinds):
            raise NotFound
    return say(Redirect("/trash", status_code=303), _("Restored."), action_id)


@get("/trash/{record_id:uuid}/delete")
async def ask_about_one(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await reading.connection.fetchrow(ONE, record_id)
    if row is None:
        raise NotFound
    page = Farewell(row["title"] or row["preview"][:80] or _("Untitled"), 1, f"/trash/{record_id}/delete")
    return shared.pages.response(request, "trash/farewell.html", page, shell=reading.shell("trash"))


@post("/trash/{record_id:uuid}/delete", status_code=303)
async def delete_one(record_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        found = await find_trash(connection, visitor.user_id, [record_id])
        if not found:
            raise NotFound
        await delete_forever(connection, visitor.user_id, found, shared.kinds)
    return say(Redirect("/trash", status_code=303), _("Deleted for ever."))


@get("/trash/empty")
async def ask_about_all(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = Farewell("", await reading.connection.fetchval(COUNT), "/trash/empty")
    return shared.pages.response(request, "trash/farewell.html", page, shell=reading.shell("trash"))


@post("/trash/empty", status_code=303)
async def empty(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Some hundred at a time, each time in a transaction of its own, so that nothing else waits for long."""
    now = datetime.now(UTC)
    while True:
        async with shared.database.reading(visitor.user_id) as connection:
            found = await find_trash(connection, visitor.user_id, before=now)
            if not found or not await delete_forever(connection, visitor.user_id, found, shared.kinds):
                break
    return say(Redirect("/trash", status_code=303), _("The trash is empty."))


ROUTES = [show_trash, restore, ask_about_one, delete_one, ask_about_all, empty]
