"""Names over HTTP: those that texts say and nobody filed, and what becomes of them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound
from app.naming import queries, service
from app.naming.pages import name_form, name_list, name_page
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/names")
async def list_names(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    after = request.query_params.get("after")
    cursor = decode_cursor(after, str, UUID) if after else queries.FIRST
    found = await queries.list_entities(reading.connection, (cursor[0], cursor[1]))
    page, shell = name_list(found, is_first=not after), reading.shell("people")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "naming/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(request, "naming/index.html", page, shell=shell)


@get("/names/{entity_id:uuid}")
async def show_name(
    request: Request, entity_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await _find(reading.connection, entity_id)
    if row["merged_into"]:
        kind = await reading.connection.fetchval("select kind from records where id = $1", row["merged_into"])
        return Redirect(shared.kinds[kind].url(row["merged_into"]), status_code=303)
    page = name_page(
        row, shared.kinds, await queries.read_mentions(reading.connection, entity_id),
        await queries.read_beside(reading.connection, entity_id),
        await queries.read_alike(reading.connection, entity_id, row["entity_type"]),
    )  # fmt: skip
    return shared.pages.response(request, "naming/show.html", page, shell=reading.shell("people"))


@get("/names/{entity_id:uuid}/edit")
async def edit_name(
    request: Request, entity_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await _find(reading.connection, entity_id)
    return shared.pages.response(request, "naming/edit.html", name_form(row), shell=reading.shell("people"))


@post("/names/{entity_id:uuid}", status_code=303)
async def change_name(
    request: Request, entity_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    given = (data.get("name", ""), data.get("type", ""), data.get("description", ""))
    try:
        async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
            await service.change_entity(connection, entity_id, *given)
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = name_form(await _find(connection, entity_id), data, str(error))
        shell = make_shell(request, visitor, "people")
        return shared.pages.response(
            request, "naming/edit.html", page, shell=shell, status=error.status if isinstance(error, Conflict) else 422
        )
    return say(Redirect(f"/names/{entity_id}", status_code=303), _("Saved."), action_id)


@post("/names/{entity_id:uuid}/merge", status_code=303)
async def merge_name(
    entity_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:  # fmt: skip
    """Into the record whose id is `into`."""
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await _find(connection, entity_id)
        other = await service.merge_entity(connection, entity_id, _read_id(data.get("into", "")))
    told = _("The two are one now: %(name)s.") % {"name": other["title"]}
    return say(Redirect(shared.kinds[other["kind"]].url(other["id"]), status_code=303), told, action_id)


@post("/names/{entity_id:uuid}/promote", status_code=303)
async def promote_name(
    entity_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:  # fmt: skip
    """Into a person or a topic, as `to` says."""
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await _find(connection, entity_id)
        made = await service.promote_entity(connection, visitor.user_id, entity_id, data.get("to", ""))
    told = _("%(name)s is on file now.") % {"name": made["title"]}
    return say(Redirect(shared.kinds[made["kind"]].url(made["id"]), status_code=303), told, action_id)


@post("/names/{entity_id:uuid}/split", status_code=303)
async def split_name(entity_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.part_entity(connection, entity_id)
    return say(Redirect(f"/names/{entity_id}", status_code=303), _("Parted again."), action_id)


@post("/names/{entity_id:uuid}/discard", status_code=303)
async def discard_name(entity_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.discard_entity(connection, entity_id)
    return say(Redirect("/names", status_code=303), _("Moved to the trash."), action_id)


@post("/names/{entity_id:uuid}/restore", status_code=303)
async def restore_name(entity_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.restore_entity(connection, entity_id)
    return say(Redirect(f"/names/{entity_id}", status_code=303), _("Restored."), action_id)


async def _find(connection: asyncpg.Connection, entity_id: UUID) -> asyncpg.Record:
    row = await queries.show_entity(connection, entity_id)
    if row is None:
        raise NotFound
    return row


def _read_id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Invalid(_("Choose what it is to be merged into.")) from None


ROUTES = [
    list_names, show_name, edit_name, change_name, merge_name, promote_name, split_name, discard_name, restore_name,
]  # fmt: skip
