"""People over HTTP: a list, a page and a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.contacts import queries, service
from app.contacts.fields import ContactFields, fields_of
from app.contacts.filing import file_person, read_topics
from app.contacts.finding import find_people
from app.contacts.form_pages import ContactForm, read_people, with_first_rows
from app.contacts.forms import change_rows, changes_rows, read_form
from app.contacts.kind import CONTACT
from app.contacts.pages import contact_list
from app.core.database import plain_connection
from app.core.errors import Conflict, Invalid, NotFound
from app.properties.lists import try_filter
from app.search.listing import is_plain, list_box, query_reader, read_q
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
    read, among = query_reader(reading, q, CONTACT, shared.kinds, "c.id"), None
    if read and is_plain(q, shared.kinds):
        read, among = None, await find_people(reading.connection, q)
    found, query = await queries.list_contacts(reading.connection, (cursor[0], cursor[1]), prop, read, among)
    box = await list_box(reading.connection, "/people", q, query, prop.query if prop else {}, shared.kinds)
    letters = [] if q or prop or len(found) < queries.PAGE_SIZE else await queries.read_letters(reading.connection)
    page = contact_list(list(found), box, letters, is_first=not after, prop=prop, problem=problem)
    shell = reading.shell("people")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "contacts/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(
        request, "contacts/index.html", page, shell=shell, blocks=("people-list",), status=422 if problem else 200
    )


@get("/people/new")
async def new_person(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    name = request.query_params.get("name", "")[: service.LONGEST]
    page = ContactForm("/people", 0, with_first_rows(ContactFields(full_name=name)), is_new=True)
    return shared.pages.response(request, "contacts/edit.html", page, shell=reading.shell("people"))


@post("/people", status_code=303)
async def add_person(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    fields = read_form(data)
    errors: Mapping[str, str] = {}
    try:
        if not changes_rows(data) and not (errors := service.check_fields(fields)):
            async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
                contact = await service.add_contact(session, visitor.user_id, fields)
                await file_person(await plain_connection(session), visitor.user_id, contact.id, data.get("topics", ""))
            return say(Redirect(f"/people/{contact.id}", status_code=303), _("Saved."), action_id)
    except Invalid as error:
        errors = {"topics": str(error)}
    page = ContactForm("/people", 0, change_rows(fields, data), is_new=True, topics=data.get("topics", ""))
    return await _form_again(request, visitor, shared, None, replace(page, errors=errors), 422 if errors else 200)


@get("/people/{contact_id:uuid}/edit")
async def edit_person(
    request: Request, contact_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await queries.show_contact(reading.connection, contact_id)
    if row is None:
        raise NotFound
    values = with_first_rows(fields_of(row))
    people = await read_people(reading.connection, contact_id, values)
    topics = await read_topics(reading.connection, contact_id)
    page = ContactForm(f"/people/{contact_id}", row["version"], values, False, row["is_self"], people, topics)
    return shared.pages.response(request, "contacts/edit.html", page, shell=reading.shell("people"))


@post("/people/{contact_id:uuid}", status_code=303)
async def save_person(
    request: Request, contact_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared],
) -> Response:  # fmt: skip
    async with shared.database.reading(visitor.user_id) as connection:
        row = await queries.show_contact(connection, contact_id)
    if row is None:
        raise NotFound
    fields, errors, status = read_form(data, fields_of(row)), {}, 200
    try:
        if not changes_rows(data) and not (errors := service.check_fields(fields)):
            return await _save(visitor, shared, contact_id, data, fields)
    except Conflict as error:
        errors, status = {"full_name": str(error)}, 409
    except Invalid as error:
        errors = {"topics": str(error)}
    version = row["version"] if status == 409 else _version(data) or row["version"]
    page = ContactForm(f"/people/{contact_id}", version, change_rows(fields, data), False, row["is_self"],
                       topics=data.get("topics", ""), errors=errors)  # fmt: skip
    status = 422 if errors and status == 200 else status
    return await _form_again(request, visitor, shared, contact_id, page, status)


async def _save(
    visitor: Visitor, shared: Shared, contact_id: UUID, data: Mapping[str, str], fields: ContactFields
) -> Response:  # fmt: skip
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await service.change_contact(session, contact_id, _version(data), fields)
        if "topics" in data:
            await session.flush()
            await file_person(await plain_connection(session), visitor.user_id, contact_id, data["topics"])
    return say(Redirect(f"/people/{contact_id}", status_code=303), _("Saved."), action_id)


async def _form_again(
    request: Request, visitor: Visitor, shared: Shared, contact_id: UUID | None, page: ContactForm, status: int
) -> Response:  # fmt: skip
    """With all that was typed."""
    async with shared.database.reading(visitor.user_id) as connection:
        page = replace(page, people=await read_people(connection, contact_id, page.values))
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, "contacts/edit.html", page, shell=shell, status=status)


def _version(data: Mapping[str, str]) -> int:
    given = data.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


@post("/people/{contact_id:uuid}/discard", status_code=303)
async def discard_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(contact_id, visitor, shared, _("Moved to the trash."), service.discard_contact)


@post("/people/{contact_id:uuid}/restore", status_code=303)
async def restore_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(contact_id, visitor, shared, _("Restored."), service.restore_contact)


@post("/people/{contact_id:uuid}/archive", status_code=303)
async def archive_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(contact_id, visitor, shared, _("Archived."), service.archive_contact, True)


@post("/people/{contact_id:uuid}/unarchive", status_code=303)
async def unarchive_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(contact_id, visitor, shared, _("Taken out of the archive."), service.archive_contact, False)


@post("/people/{contact_id:uuid}/favourite", status_code=303)
async def favour_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(contact_id, visitor, shared, _("A favourite now."), service.favour_contact, True)


@post("/people/{contact_id:uuid}/unfavourite", status_code=303)
async def unfavour_person(contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(contact_id, visitor, shared, _("No favourite any more."), service.favour_contact, False)


async def _change(
    contact_id: UUID, visitor: Visitor, shared: Shared, sentence: str, verb: Any, *values: bool
) -> Redirect:  # fmt: skip
    """One verb in one transaction; the person's page shows the outcome and the way back."""
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await verb(session, contact_id, *values)
    return say(Redirect(f"/people/{contact_id}", status_code=303), sentence, action_id)


ROUTES = [
    list_people, new_person, add_person, edit_person, save_person, discard_person, restore_person, archive_person,
    unarchive_person, favour_person, unfavour_person,
]  # fmt: skip
