"""Stacks over HTTP: the list, one in its order, and a record's place on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound
from app.stacks import queries, service
from app.stacks.pages import OFFERED, OnStacks, StackPage, StacksPage, on_stacks, stack_page, stacks_page
from app.stacks.searching import offer_found, suggest_searches
from app.web.auth import Reading, Visitor, make_shell
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/stacks")
async def list_stacks(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _list(reading.connection)
    return shared.pages.response(request, "stacks/index.html", page, shell=reading.shell("clusters"))


@post("/stacks", status_code=303)
async def make(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Of a `cluster`, a `topic`, a saved `search`, or by `name` alone."""
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            made = await _make(connection, data, shared, visitor.time_zone)
    except Invalid as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _list(connection, data.get("name", ""), str(error))
        shell = make_shell(request, visitor, "clusters")
        return shared.pages.response(request, "stacks/index.html", page, shell=shell, status=422)
    return say(_to(made), _("A new stack."))


@get("/stacks/{stack_id:uuid}")
async def show_stack(
    request: Request, stack_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = await _page(reading.connection, shared, stack_id, reading.visitor.time_zone)
    return shared.pages.response(request, "stacks/show.html", page, shell=reading.shell("clusters"))


@post("/stacks/{stack_id:uuid}", status_code=303)
async def describe(
    request: Request, stack_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Fields `name` and `summary`."""
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            await service.describe(connection, stack_id, data.get("name", ""), data.get("summary", ""))
    except Invalid as error:
        typed = {name: data.get(name, "") for name in ("name", "summary")}
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _page(connection, shared, stack_id, visitor.time_zone, typed, str(error))
        shell = make_shell(request, visitor, "clusters")
        return shared.pages.response(request, "stacks/show.html", page, shell=shell, status=422)
    return say(_to(stack_id), _("Saved."))


@post("/stacks/{stack_id:uuid}/pin", status_code=303)
async def pin(stack_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    is_pinned = data.get("pinned") == "1"
    async with shared.database.reading(visitor.user_id) as connection:
        await service.pin(connection, stack_id, is_pinned=is_pinned)
    return say(_to(stack_id), _("Pinned.") if is_pinned else _("Unpinned."))


@post("/stacks/{stack_id:uuid}/add", status_code=303)
async def add(stack_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Field `record`; one that was taken off comes back, at the end."""
    async with shared.database.reading(visitor.user_id) as connection:
        await service.lock_stack(connection, stack_id)
        await service.add(connection, stack_id, [read_id(data.get("record", ""))])
    return say(_to(stack_id), _("Added to the stack."))


@post("/stacks/{stack_id:uuid}/move", status_code=303)
async def move(stack_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Fields `record` and `by`: `up` or `down`."""
    async with shared.database.reading(visitor.user_id) as connection:
        await service.lock_stack(connection, stack_id)
        by = -1 if data.get("by") == "up" else 1
        await service.move(connection, stack_id, read_id(data.get("record", "")), by)
    return _to(stack_id)


@post("/stacks/{stack_id:uuid}/remove", status_code=303)
async def remove(stack_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.lock_stack(connection, stack_id)
        await service.remove(connection, stack_id, read_id(data.get("record", "")))
    return say(_to(stack_id), _("Taken off; below it can be put back."))


@post("/stacks/{stack_id:uuid}/discard", status_code=303)
async def discard(stack_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.discard(connection, stack_id)
    return say(_to(stack_id), _("Thrown away; what lay on it is as it was."))


@post("/stacks/{stack_id:uuid}/restore", status_code=303)
async def restore(stack_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.restore(connection, stack_id)
    return say(_to(stack_id), _("Restored."))


@get("/records/{record_id:uuid}/stacks")
async def show_record(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page, shell = await _of_record(reading.connection, shared, record_id), reading.shell("clusters")
    return shared.pages.response(request, "stacks/record.html", page, shell=shell, blocks=("stacks",))


@post("/records/{record_id:uuid}/stacks", status_code=303)
async def put_upon(
    request: Request, record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Field `stack`, or `name` of a new one."""
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _of_record(connection, shared, record_id)
            typed = data.get("stack", "")
            stack_id = read_id(typed) if typed else await service.make_stack(connection, data.get("name", ""))
            await service.add(connection, stack_id, [record_id])
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _of_record(connection, shared, record_id, str(error))
        shell = make_shell(request, visitor, "clusters")
        return shared.pages.response(request, "stacks/record.html", page, shell=shell, status=422)
    return say(Redirect(page.href, status_code=303), _("Added to the stack."))


async def _make(connection: asyncpg.Connection, data: Mapping[str, str], shared: Shared, zone: str) -> UUID:
    if data.get("cluster"):
        return await service.make_of_cluster(connection, read_id(data["cluster"]))
    if data.get("topic"):
        return await service.make_of_topic(connection, read_id(data["topic"]))
    if data.get("search"):
        search_id, now = read_id(data["search"]), datetime.now(UTC)
        return await service.make_of_search(connection, search_id, shared.kinds, now, zone)
    return await service.make_stack(connection, data.get("name", ""))


async def _list(connection: asyncpg.Connection, typed: str = "", error: str = "") -> StacksPage:
    return stacks_page(
        await queries.list_stacks(connection), await queries.suggest_clusters(connection),
        await queries.suggest_topics(connection), await suggest_searches(connection),
        await queries.list_gone(connection), typed, error,
    )  # fmt: skip


async def _page(
    connection: asyncpg.Connection, shared: Shared, stack_id: UUID, zone: str,
    typed: Mapping[str, str] | None = None, error: str = "",
) -> StackPage:  # fmt: skip
    row = await queries.find_stack(connection, stack_id)
    if row is None:
        raise NotFound
    return stack_page(
        row, await queries.list_items(connection, stack_id), await queries.list_taken_off(connection, stack_id),
        await _list_offered(connection, shared, row, zone), shared.kinds, typed, error,
    )  # fmt: skip


async def _list_offered(
    connection: asyncpg.Connection, shared: Shared, row: asyncpg.Record, zone: str
) -> Sequence[queries.Row]:
    if row["search_id"]:
        return await offer_found(connection, row, shared.kinds, datetime.now(UTC), zone, OFFERED)
    return await queries.list_offered(connection, row, OFFERED)


async def _of_record(connection: asyncpg.Connection, shared: Shared, record_id: UUID, error: str = "") -> OnStacks:
    record = await queries.find_record(connection, record_id)
    if record is None:
        raise NotFound
    return on_stacks(record, await queries.list_for_record(connection, record_id), shared.kinds, error)


def _to(stack_id: UUID) -> Redirect:
    return Redirect(f"/stacks/{stack_id}", status_code=303)


ROUTES = [
    list_stacks, make, show_stack, describe, pin, add, move, remove, discard, restore, show_record, put_upon,
]  # fmt: skip
