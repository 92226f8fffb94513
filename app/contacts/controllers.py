"""People over HTTP: a list, a page and a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.contacts import queries, service
from app.contacts.kind import CONTACT
from app.contacts.pages import ContactForm, contact_list, contact_page
from app.contacts.service import ContactFields
from app.core.errors import Conflict, NotFound
from app.properties.lists import try_filter
from app.properties.pages import read_list
from app.search.listing import list_box, query_reader, read_q
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/people")
async def list_people(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    after = request.query_params.get("after")
    cursor = decode_cursor(after, str, UUID) if after else queries.FIRST
    prop, problem = try_filter(request.query_params)
    q = read_q(request.query_params)
    read = query_reader(reading, q, CONTACT, shared.kinds, "c.id")
    found, query = await queries.list_contacts(reading.connection, (cursor[0], cursor[1]), prop, read)
    box = await list_box(reading.connection, "/people", q, query, prop.query if prop else {}, shared.kinds)
    page = contact_list(list(found), box, is_first=not after, prop=prop, problem=problem)
    shell = reading.shell("people")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "contacts/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(
        request, "contacts/index.html", page, shell=shell, blocks=("people-list",), status=422 if problem else 200
    )


@get("/people/new")
async def new_person(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    name = request.query_params.get("name", "")[: service.LONGEST]
    page = ContactForm("/people", 0, ContactFields(full_name=name), is_new=True)
    return shared.pages.response(request, "contacts/edit.html", page, shell=reading.shell("people"))


@post("/people", status_code=303)
async def add_person(
    request: Request,
    data: Form,
    visitor: Given[Visitor],
    shared: Given[Shared],
) -> Response:
    fields = _read_fields(data)
    if errors := service.check_fields(fields):
        page = ContactForm("/people", 0, fields, is_new=True, errors=errors)
        shell = make_shell(request, visitor, "people")
        return shared.pages.response(request, "contacts/edit.html", page, shell=shell, status=422)
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        contact = await service.add_contact(session, visitor.user_id, fields)
    return say(Redirect(f"/people/{contact.id}", status_code=303), _("Saved."), action_id)


@get("/people/{contact_id:uuid}")
async def show_person(
    request: Request,
    contact_id: FromPath[UUID],
    reading: Given[Reading],
    shared: Given[Shared],
) -> Response:
    row = await queries.show_contact(reading.connection, contact_id)
    if row is None:
        raise NotFound
    properties = await read_list(
        reading.connection, reading.visitor.user_id, shared.kinds, CONTACT, contact_id, row["custom_fields"],
        can_edit=row["deleted_at"] is None,
    )  # fmt: skip
    page = contact_page(row, shared.kinds, _labels(), properties)
    return shared.pages.response(request, "contacts/show.html", page, shell=reading.shell("people"))


@get("/people/{contact_id:uuid}/edit")
async def edit_person(
    request: Request, contact_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await queries.show_contact(reading.connection, contact_id)
    if row is None:
        raise NotFound
    fields = ContactFields(**{name: row[name] or "" for name in ContactFields.__dataclass_fields__})
    page = ContactForm(f"/people/{contact_id}", row["version"], fields, is_new=False)
    return shared.pages.response(request, "contacts/edit.html", page, shell=reading.shell("people"))


@post("/people/{contact_id:uuid}", status_code=303)
async def save_person(
    request: Request, contact_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared],
) -> Response:  # fmt: skip
    fields, version = _read_fields(data), data.get("version", "")
    errors, status = service.check_fields(fields), 422
    try:
        if not errors:
            async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
                await service.change_contact(session, contact_id, int(version) if version.isdecimal() else 0, fields)
            return say(Redirect(f"/people/{contact_id}", status_code=303), _("Saved."), action_id)
    except Conflict as error:
        errors, status = {"full_name": str(error)}, 409
    async with shared.database.reading(visitor.user_id) as connection:
        row = await queries.show_contact(connection, contact_id)
    if row is None:
        raise NotFound
    page = ContactForm(f"/people/{contact_id}", row["version"], fields, is_new=False, errors=errors)
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, "contacts/edit.html", page, shell=shell, status=status)


@post("/people/{contact_id:uuid}/discard", status_code=303)
async def discard_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await service.discard_contact(session, contact_id)
    return say(Redirect(f"/people/{contact_id}", status_code=303), _("Moved to the trash."), action_id)


@post("/people/{contact_id:uuid}/restore", status_code=303)
async def restore_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await service.restore_contact(session, contact_id)
    return say(Redirect(f"/people/{contact_id}", status_code=303), _("Restored."), action_id)


def _read_fields(data: Mapping[str, str]) -> ContactFields:
    return ContactFields(**{name: data.get(name, "") for name in ContactFields.__dataclass_fields__})


def _labels() -> dict[str, str]:
    return {
        "nickname": _("Nickname"), "email": _("E-mail"), "phone": _("Phone"), "role_title": _("Role"),
        "company": _("Company"), "location": _("Place"),
    }  # fmt: skip


ROUTES = [
    list_people,
    new_person,
    add_person,
    show_person,
    edit_person,
    save_person,
    discard_person,
    restore_person,
]
