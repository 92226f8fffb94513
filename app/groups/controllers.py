"""Groups over HTTP: the list, a group's page and form, and who is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.contacts.kind import CONTACT
from app.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from app.core.portable import Surroundings
from app.groups import queries, service
from app.groups.pages import GroupForm, fields_of, group_list, group_page
from app.groups.service import GroupFields
from app.notes.attaching import receive_files
from app.notes.people import suggest_people
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/groups")
async def list_groups(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = group_list(await queries.list_groups(reading.connection))
    return shared.pages.response(request, "groups/index.html", page, shell=reading.shell("people"))


@get("/groups/new")
async def new_group(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = GroupForm("/groups", "/groups", GroupFields(), has_banner=False, is_new=True)
    return shared.pages.response(request, "groups/edit.html", page, shell=reading.shell("people"))


@post("/groups", status_code=303)
async def add_group(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    fields, action_id = _read_fields(data), uuid4()
    try:
        if not (errors := service.check_fields(fields)):
            async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
                made = await service.add_group(connection, visitor.user_id, fields)
            return say(Redirect(f"/groups/{made}", status_code=303), _("Saved."), action_id)
    except Conflict as error:
        errors = {"name": str(error)}
    page = GroupForm("/groups", "/groups", fields, has_banner=False, is_new=True, errors=errors)
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, "groups/edit.html", page, shell=shell, status=422)


@get("/groups/{group_id:uuid}")
async def show_group(
    request: Request, group_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await _find(reading.connection, group_id)
    members = await queries.group_members(reading.connection, group_id)
    page = group_page(row, members, await suggest_people(reading.connection))
    return shared.pages.response(request, "groups/show.html", page, shell=reading.shell("people"))


@get("/groups/{group_id:uuid}/edit")
async def edit_group(
    request: Request, group_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = await _form(reading.connection, group_id)
    return shared.pages.response(request, "groups/edit.html", page, shell=reading.shell("people"))


@post("/groups/{group_id:uuid}", status_code=303)
async def change_group(
    request: Request, group_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    fields, action_id = _read_fields(data), uuid4()
    async with shared.database.reading(visitor.user_id) as connection:
        form = await _form(connection, group_id)
    try:
        if not (errors := service.check_fields(fields)):
            async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
                changed = await service.change_group(connection, group_id, fields)
            answer = Redirect(f"/groups/{group_id}", status_code=303)
            return say(answer, _("Saved."), action_id if changed else None)
    except Conflict as error:
        errors = {"name": str(error)}
    shell, page = make_shell(request, visitor, "people"), replace(form, values=fields, errors=errors)
    return shared.pages.response(request, "groups/edit.html", page, shell=shell, status=422)


@get("/groups/{group_id:uuid}/people.vcf")
async def take_along(group_id: FromPath[UUID], reading: Given[Reading]) -> Response[bytes]:
    """Everybody in it as vCards, one after the other, as address books take them."""
    row = await _find(reading.connection, group_id)
    people = await queries.member_rows(reading.connection, group_id)
    assert CONTACT.readable is not None
    cards = "".join(CONTACT.readable.write(one, Surroundings()) for one in people)
    name = quote(row["name"].replace("/", "-") or "group", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}.vcf", "Cache-Control": "no-store"}
    return Response(cards.encode(), media_type="text/vcard; charset=utf-8", headers=headers)


@post("/groups/{group_id:uuid}/banner", status_code=303)
async def change_banner(
    request: Request, group_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Field `files`, one picture; none takes the banner away."""
    async with shared.database.reading(visitor.user_id) as connection:
        await _form(connection, group_id)
    back, action_id = Redirect(f"/groups/{group_id}", status_code=303), uuid4()
    try:
        arrived = await receive_files((await request.form()).getall("files", []), shared, needed=False)
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            most = shared.settings.max_files_mb * 2**20
            await service.set_banner(connection, visitor.user_id, group_id, arrived, most)
    except (Invalid, TooLarge, Unavailable) as error:
        return say(back, str(error))
    return say(back, _("Saved."), action_id)


@post("/groups/{group_id:uuid}/add", status_code=303)
async def add_people(
    request: Request, group_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    action_id, typed = uuid4(), data.get("people", "")
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            joined = await service.join_by_name(connection, typed, group_id)
    except Invalid as error:
        return await _ask_again(request, visitor, shared, group_id, typed, str(error))
    return say_joined(Redirect(f"/groups/{group_id}", status_code=303), joined, action_id)


@post("/groups/{group_id:uuid}/remove", status_code=303)
async def remove_person(
    group_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:
    """Field `person`; what is written of them stays."""
    person = read_id(data.get("person", ""))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        gone = await service.leave_group(connection, [person], group_id)
    back = Redirect(local_path(data.get("back") or f"/groups/{group_id}"), status_code=303)
    return say(back, _("Taken out of the group."), action_id if gone else None)


@post("/groups/{group_id:uuid}/discard", status_code=303)
async def discard(group_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.discard_group(connection, group_id)
    return say(Redirect(f"/groups/{group_id}", status_code=303), _("Moved to the trash."), action_id)


@post("/groups/{group_id:uuid}/restore", status_code=303)
async def restore(group_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.restore_group(connection, group_id)
    return say(Redirect(f"/groups/{group_id}", status_code=303), _("Restored."), action_id)


def say_joined(answer: Redirect, joined: int, action_id: UUID) -> Redirect:
    if not joined:
        return say(answer, _("They were in the group already."))
    told = ngettext("%(num)s person added to the group.", "%(num)s people added to the group.", joined)
    return say(answer, told % {"num": number(joined)}, action_id)


def _read_fields(data: Mapping[str, str]) -> GroupFields:
    return GroupFields(data.get("name", ""), data.get("description", ""), data.get("wished", ""))


async def _ask_again(
    request: Request, visitor: Visitor, shared: Shared, group_id: UUID, typed: str, error: str
) -> Response[Any]:
    async with shared.database.reading(visitor.user_id) as connection:
        row, members = await _find(connection, group_id), await queries.group_members(connection, group_id)
        page = group_page(row, members, await suggest_people(connection), typed, error)
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, "groups/show.html", page, shell=shell, status=422)


async def _form(connection: asyncpg.Connection, group_id: UUID) -> GroupForm:
    row = await _find(connection, group_id)
    if row["deleted_at"] is not None:
        raise NotFound
    href = f"/groups/{group_id}"
    return GroupForm(href, href, fields_of(row), has_banner=row["banner_id"] is not None, is_new=False)


async def _find(connection: asyncpg.Connection, group_id: UUID) -> asyncpg.Record:
    row = await queries.show_group(connection, group_id)
    if row is None:
        raise NotFound
    return row


ROUTES = [
    list_groups, new_group, add_group, show_group, edit_group, change_group, change_banner, add_people, remove_person,
    discard, restore, take_along,
]  # fmt: skip
