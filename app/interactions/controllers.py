"""Interactions over HTTP: logged in a tap or by a form, shown, changed, and listed by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from app.core.local_time import as_typed
from app.interactions import queries, service
from app.interactions.pages import (
    InteractionForm,
    direction_names,
    fields_of,
    interaction_page,
    make_list,
    type_names,
)
from app.interactions.service import InteractionFields, Wrong
from app.notes.attaching import receive_files
from app.notes.attachments import Arrived, keep_files
from app.notes.people import suggest_people
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

TEMPLATE = "interactions/edit.html"
TYPED = ("interaction_type", "day", "clock", "direction", "summary", "is_notable", "author", "added")


@get("/people/{contact_id:uuid}/interactions")
async def list_interactions(
    request: Request, contact_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    after = request.query_params.get("after")
    cursor = decode_cursor(after, datetime.fromisoformat, UUID) if after else queries.NEWEST
    person = await _person(reading.connection, contact_id)
    found = await queries.interactions_with(reading.connection, contact_id, (cursor[0], cursor[1]))
    page, shell = make_list(person, found, is_first=not after), reading.shell("people")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "interactions/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(request, "interactions/index.html", page, shell=shell)


@get("/interactions/new")
async def new_interaction(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """`?person=` (several times) ticks whom it was with."""
    given = [one for one in request.query_params.getall("person", []) if _is_id(one)]
    known = [str(row["id"]) for row in await queries.find_people(reading.connection, [UUID(one) for one in given])]
    zone = reading.visitor.time_zone
    values = InteractionFields("call", *as_typed(datetime.now(UTC), zone), people=tuple(known))
    page = await _form(reading.connection, values, back=f"/people/{known[0]}" if known else "/people")
    return shared.pages.response(request, TEMPLATE, page, shell=reading.shell("people"))


@post("/interactions", status_code=303)
async def log_interaction(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    form, action_id, arrived = await request.form(), uuid4(), list[Arrived]()
    fields = _read_form(form)
    try:
        arrived = await receive_files(form.getall("files", []), shared, needed=False)
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            now = datetime.now(UTC)
            made = await service.add_interaction(connection, visitor.user_id, fields, visitor.time_zone, now)
            await keep_files(connection, visitor.user_id, made, arrived, shared.settings.max_files_mb * 2**20)
    except (Wrong, Invalid, TooLarge, Unavailable) as error:
        return await _ask_again(request, visitor, shared, fields, _errors(error), 422)
    back = form.get("back") or (f"/people/{fields.people[0]}" if fields.people else f"/interactions/{made}")
    told = _("%(kind)s logged.") % {"kind": type_names()[fields.interaction_type]}
    return say(Redirect(local_path(str(back)), status_code=303), told, action_id)


@get("/interactions/{interaction_id:uuid}")
async def show_interaction(
    request: Request, interaction_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = interaction_page(await _find(reading.connection, interaction_id))
    return shared.pages.response(request, "interactions/show.html", page, shell=reading.shell("people"))


@get("/interactions/{interaction_id:uuid}/edit")
async def edit_interaction(
    request: Request, interaction_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await _find(reading.connection, interaction_id)
    if row["deleted_at"] is not None:
        raise NotFound
    page = await _form(reading.connection, fields_of(row, reading.visitor.time_zone), row=row)
    return shared.pages.response(request, TEMPLATE, page, shell=reading.shell("people"))


@post("/interactions/{interaction_id:uuid}", status_code=303)
async def change_interaction(
    request: Request, interaction_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    form, action_id = await request.form(), uuid4()
    fields, version = _read_form(form), str(form.get("version", ""))
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            changed = await service.change_interaction(
                connection, interaction_id, int(version) if version.isdecimal() else 0, fields, visitor.time_zone
            )
    except (Wrong, Conflict) as error:
        return await _ask_again(request, visitor, shared, fields, _errors(error), error.status, interaction_id)
    back = Redirect(f"/interactions/{interaction_id}", status_code=303)
    return say(back, _("Saved."), action_id if changed else None)


@post("/interactions/{interaction_id:uuid}/files", status_code=303)
async def attach(
    request: Request, interaction_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    # Before the files are read, which may be long: nobody sends them in vain.
    async with shared.database.reading(visitor.user_id) as connection:
        await service.check_interaction(connection, interaction_id)
    back, action_id = Redirect(f"/interactions/{interaction_id}#files", status_code=303), uuid4()
    try:
        arrived = await receive_files((await request.form()).getall("files", []), shared)
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            await service.check_interaction(connection, interaction_id)
            most = shared.settings.max_files_mb * 2**20
            await keep_files(connection, visitor.user_id, interaction_id, arrived, most)
    except (Invalid, TooLarge, Unavailable) as error:
        return say(back, str(error))
    told = ngettext("%(num)s file added.", "%(num)s files added.", len(arrived))
    return say(back, told % {"num": number(len(arrived))}, action_id)


@post("/interactions/{interaction_id:uuid}/discard", status_code=303)
async def discard(interaction_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.discard_interaction(connection, interaction_id)
    return say(Redirect(f"/interactions/{interaction_id}", status_code=303), _("Moved to the trash."), action_id)


@post("/interactions/{interaction_id:uuid}/restore", status_code=303)
async def restore(interaction_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.restore_interaction(connection, interaction_id)
    return say(Redirect(f"/interactions/{interaction_id}", status_code=303), _("Restored."), action_id)


def _read_form(form: FormMultiDict) -> InteractionFields:
    given = {name: str(form.get(name, "")) for name in TYPED}
    # What one tap logs says no more than what and with whom.
    given["interaction_type"], given["direction"] = given["interaction_type"] or "other", given["direction"] or "both"
    return InteractionFields(**given, people=tuple(map(str, form.getall("person", []))))


def _errors(error: Exception) -> dict[str, str]:
    return error.errors if isinstance(error, Wrong) else {"form": str(error)}


async def _ask_again(
    request: Request, visitor: Visitor, shared: Shared, fields: InteractionFields, errors: Mapping[str, str],
    status: int, interaction_id: UUID | None = None,
) -> Response[Any]:  # fmt: skip
    async with shared.database.reading(visitor.user_id) as connection:
        row = await _find(connection, interaction_id) if interaction_id else None
        page = replace(await _form(connection, fields, row=row), errors=errors)
    return shared.pages.response(
        request, TEMPLATE, page, shell=make_shell(request, visitor, "people"), status=422 if status == 400 else status
    )


async def _form(
    connection: asyncpg.Connection,
    values: InteractionFields,
    *,
    row: asyncpg.Record | None = None,
    back: str = "/people",
) -> InteractionForm:
    people = await queries.find_people(connection, _ids(values.people))
    action = f"/interactions/{row['id']}" if row else "/interactions"
    return InteractionForm(
        action, action if row else back, row["version"] if row else 0, values,
        tuple((str(one["id"]), one["full_name"]) for one in people), await suggest_people(connection), type_names(),
        direction_names(), row is None,
    )  # fmt: skip


def _ids(given: Sequence[str]) -> list[UUID]:
    return [UUID(one) for one in given if _is_id(one)]


def _is_id(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True


async def _find(connection: asyncpg.Connection, interaction_id: UUID) -> asyncpg.Record:
    row = await queries.show_interaction(connection, interaction_id)
    if row is None:
        raise NotFound
    return row


async def _person(connection: asyncpg.Connection, contact_id: UUID) -> asyncpg.Record:
    row = await queries.find_contact(connection, contact_id)
    if row is None:
        raise NotFound
    return row


ROUTES = [
    list_interactions, new_interaction, log_interaction, show_interaction, edit_interaction, change_interaction, attach,
    discard, restore,
]  # fmt: skip
