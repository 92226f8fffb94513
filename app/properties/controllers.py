"""Properties over HTTP, for records of any kind: the list, its form, and the form of a list's filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, NotFound
from app.core.record import Kind
from app.properties import pages as view
from app.properties import queries, service
from app.properties.service import BadField, PropertyEntry
from app.properties.values import read_json
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.rendering import Shell, is_fragment
from app.web.shared import Shared
from app.web.toasts import Toast, say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
TEMPLATE = "properties/show.html"


@get("/records/{record_id:uuid}/properties")
async def show_properties(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    """`edit=NAME` or `add=1` shows it as a form; `at=NAME` is where the keyboard goes."""
    asked = request.query_params
    record, page = await _page(reading.connection, reading.visitor.user_id, shared, record_id)
    form = None
    if (name := asked.get("edit")) is not None:
        if name.startswith("_") or name not in read_json(record["fields"]):
            raise NotFound
        form = await view.change_form(reading.connection, page.properties.address, record["fields"], name)
    elif asked.get("add"):
        entry = PropertyEntry("", service.NEW, "", "", "", "")
        form = await view.new_form(reading.connection, page.properties.address, entry)
    page = replace(page, properties=replace(page.properties, form=form, focus=asked.get("at")))
    return shared.pages.response(request, TEMPLATE, page, shell=reading.shell(""), blocks=("properties",))


@post("/records/{record_id:uuid}/properties", status_code=303)
async def save_property(
    request: Request, record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    entry, action_id = _read_entry(data), uuid4()
    try:
        async with shared.database.reading(visitor.user_id, "person", action_id) as connection:
            kind = await _kind(connection, shared, record_id)
            name, changed = await service.save_property(connection, visitor.user_id, record_id, kind, entry)
    except BadField as error:
        return await _ask_again(request, visitor, shared, record_id, entry, {error.field: str(error)}, 422)
    except Conflict as error:
        return await _ask_again(request, visitor, shared, record_id, entry, {"": str(error)}, 409)
    sentence = (_("Added: %(name)s") if entry.is_new and changed else _("Saved: %(name)s")) % {"name": name}
    return await _answer(request, visitor, shared, record_id, name, sentence, action_id if changed else None)


@post("/records/{record_id:uuid}/properties/remove", status_code=303)
async def remove_property(
    request: Request, record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    entry, action_id = _read_entry(data), uuid4()
    try:
        async with shared.database.reading(visitor.user_id, "person", action_id) as connection:
            kind = await _kind(connection, shared, record_id)
            await service.remove_property(connection, record_id, kind, entry.former, entry.stamp)
    except Conflict as error:
        return await _ask_again(request, visitor, shared, record_id, entry, {"": str(error)}, 409)
    sentence = _("Removed: %(name)s") % {"name": entry.former}
    return await _answer(request, visitor, shared, record_id, "", sentence, action_id)


async def _page(
    connection: asyncpg.Connection, user_id: UUID, shared: Shared, record_id: UUID
) -> tuple[asyncpg.Record, view.PropertiesPage]:
    kind = await _kind(connection, shared, record_id)
    record = await queries.read_record(connection, record_id, kind.table)
    if record is None:
        raise NotFound
    properties = await view.read_list(connection, user_id, shared.kinds, kind, record_id, record["fields"])
    title = record["title"] or record["preview"][:80] or _("Untitled")
    return record, view.PropertiesPage(title, kind.url(record_id), properties)


async def _kind(connection: asyncpg.Connection, shared: Shared, record_id: UUID) -> Kind:
    name = await queries.read_kind(connection, record_id)
    if name is None:
        raise NotFound
    return shared.kinds[name]


async def _answer(
    request: Request, visitor: Visitor, shared: Shared, record_id: UUID, focus: str, sentence: str,
    action_id: UUID | None,
) -> Response:  # fmt: skip
    """htmx gets the list and the toast; a form goes back to the record's page."""
    async with shared.database.reading(visitor.user_id) as connection:
        _record, page = await _page(connection, visitor.user_id, shared, record_id)
    if not is_fragment(request):
        return say(Redirect(page.href, status_code=303), sentence, action_id)
    page = replace(page, properties=replace(page.properties, focus=focus), said=True)
    shell = replace(_shell(request, visitor), toast=Toast(sentence, action_id))
    return shared.pages.fragments(request, TEMPLATE, page, ["properties"], shell=shell)


async def _ask_again(
    request: Request, visitor: Visitor, shared: Shared, record_id: UUID, entry: PropertyEntry,
    errors: Mapping[str, str], status: int,
) -> Response:  # fmt: skip
    """The same form with what was typed; after a conflict it starts from what stands there now."""
    async with shared.database.reading(visitor.user_id) as connection:
        record, page = await _page(connection, visitor.user_id, shared, record_id)
        form = await _kept_form(connection, page.properties.address, record["fields"], entry, errors)
    page = replace(page, properties=replace(page.properties, form=form))
    shell = _shell(request, visitor)
    return shared.pages.response(request, TEMPLATE, page, shell=shell, blocks=("properties",), status=status)


async def _kept_form(
    connection: asyncpg.Connection, address: str, fields: str, entry: PropertyEntry, errors: Mapping[str, str]
) -> view.PropertyForm:
    told: dict[str, Any] = {"errors": errors, "notice": errors.get("", "")}
    if entry.is_new or entry.former not in read_json(fields):
        gone = "" if entry.is_new else _("This property was taken away meanwhile. Saving adds it again.")
        entry = replace(entry, stamp=service.NEW, former="", shown_as="")
        return await view.new_form(connection, address, entry, errors=errors, notice=gone)
    now = await view.change_form(connection, address, fields, entry.former)
    entry = replace(entry, stamp=now.entry.stamp, shown_as=now.entry.shown_as)
    if told["notice"]:
        told["standing"] = now.entry.value or now.code
    return view.typed_form(address, entry, code=now.code, **told)


def _shell(request: Request, visitor: Visitor) -> Shell:
    return make_shell(request, visitor, "")


def _read_entry(data: Mapping[str, str]) -> PropertyEntry:
    given = {name: data.get(name, "") for name in ("former", "stamp", "name", "kind", "shown_as", "value")}
    return PropertyEntry(**given)


ROUTES = [show_properties, save_property, remove_property]
