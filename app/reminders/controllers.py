"""Reminders over HTTP: the list, those of one record, and what can be done to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import NotFound
from app.core.local_time import end_of_day
from app.reminders import queries, service
from app.reminders.pages import (
    RecordReminders,
    ReminderForm,
    ReminderList,
    ReminderPage,
    blank,
    make_panel,
    make_row,
    new_form,
    record_of,
    repeat_names,
)
from app.reminders.service import ReminderFields
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.locale import day, today
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/reminders")
async def list_reminders(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    zone, now = reading.visitor.time_zone, datetime.now(UTC)
    rows, until = await queries.open_reminders(reading.connection), end_of_day(today(), zone)
    due = [row for row in rows if (row["snoozed_until"] or row["due_at"]) <= until]
    page = ReminderList(
        make_panel(due, shared.kinds, now, zone, "/reminders"),
        make_panel(rows[len(due):], shared.kinds, now, zone, "/reminders"),
        tuple(make_row(row, shared.kinds, today(), zone) for row in await queries.last_done(reading.connection)),
    )  # fmt: skip
    return shared.pages.response(request, "reminders/index.html", page, shell=reading.shell("today"))


@get("/records/{record_id:uuid}/reminders")
async def show_reminders_of(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    """What a record's page asks for once it stands; a page of its own without JavaScript."""
    form = new_form(record_id, blank(datetime.now(UTC), reading.visitor.time_zone))
    page = await _record_page(reading.connection, reading.visitor, shared, record_id, form)
    return shared.pages.response(
        request, "reminders/record.html", page, shell=reading.shell("today"), blocks=("reminders",)
    )


@post("/records/{record_id:uuid}/reminders", status_code=303)
async def add_reminder(
    request: Request, record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    fields = _read_fields(data)
    if errors := service.check_fields(fields, visitor.time_zone):
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _record_page(connection, visitor, shared, record_id, new_form(record_id, fields, errors))
        shell = make_shell(request, visitor, "today")
        return shared.pages.response(
            request, "reminders/record.html", page, shell=shell, status=422, blocks=("reminders",)
        )
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.add_reminder(connection, visitor.user_id, record_id, fields, visitor.time_zone)
        record = await queries.find_record(connection, record_id)
        assert record is not None
    back = data.get("back") or shared.kinds[record["kind"]].url(record_id)
    return say(Redirect(local_path(back), status_code=303), _("You will be reminded."), action_id)


@get("/reminders/{reminder_id:uuid}")
async def show_reminder(
    request: Request, reminder_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = await _reminder_page(reading.connection, reading.visitor, shared, reminder_id)
    return shared.pages.response(request, "reminders/edit.html", page, shell=reading.shell("today"))


@post("/reminders/{reminder_id:uuid}", status_code=303)
async def change_reminder(
    request: Request, reminder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    fields = _read_fields(data)
    if errors := service.check_fields(fields, visitor.time_zone):
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _reminder_page(connection, visitor, shared, reminder_id, fields, errors)
        shell = make_shell(request, visitor, "today")
        return shared.pages.response(request, "reminders/edit.html", page, shell=shell, status=422)
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.change_reminder(connection, reminder_id, fields, visitor.time_zone)
        row = await queries.show_reminder(connection, reminder_id)
        assert row is not None
    back = record_of(row, shared.kinds)[1] or "/reminders"
    return say(Redirect(back, status_code=303), _("Saved."), action_id)


@post("/reminders/{reminder_id:uuid}/done", status_code=303)
async def finish(reminder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        again = await service.finish_reminder(
            connection, visitor.user_id, reminder_id, datetime.now(UTC), visitor.time_zone
        )
    told = _("Done; it comes again on %(day)s.") % {"day": day(again)} if again else _("Done.")
    return say(_back(data), told, action_id)


@post("/reminders/{reminder_id:uuid}/reopen", status_code=303)
async def reopen(reminder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.reopen_reminder(connection, reminder_id)
    return say(_back(data), _("To be done again."), action_id)


@post("/reminders/{reminder_id:uuid}/snooze", status_code=303)
async def snooze(reminder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """`by` is `tomorrow` or `week`; else `day` says when."""
    until = service.snoozed_to(data.get("by", ""), data.get("day", ""), datetime.now(UTC), visitor.time_zone)
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        if await queries.show_reminder(connection, reminder_id) is None:
            raise NotFound
        if until is None:
            return say(_back(data), _("Choose a day that is still to come."))
        await service.snooze_reminder(connection, reminder_id, until)
    return say(_back(data), _("Put off until %(day)s.") % {"day": day(until)}, action_id)


@post("/reminders/{reminder_id:uuid}/discard", status_code=303)
async def discard(reminder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.discard_reminder(connection, reminder_id, datetime.now(UTC))
    return say(_back(data), _("Moved to the trash."), action_id)


@post("/reminders/{reminder_id:uuid}/restore", status_code=303)
async def restore(reminder_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.restore_reminder(connection, reminder_id)
    return say(_back(data), _("Restored."), action_id)


def _back(data: Mapping[str, str]) -> Redirect:
    return Redirect(local_path(data.get("back") or "/reminders"), status_code=303)


def _read_fields(data: Mapping[str, str]) -> ReminderFields:
    return ReminderFields(**{name: data.get(name, "") for name in ReminderFields.__dataclass_fields__})


async def _record_page(
    connection: asyncpg.Connection, visitor: Visitor, shared: Shared, record_id: UUID, form: ReminderForm
) -> RecordReminders:
    record = await queries.find_record(connection, record_id)
    if record is None or record["deleted_at"] is not None:
        raise NotFound
    href = shared.kinds[record["kind"]].url(record_id)
    rows = await queries.reminders_of(connection, record_id)
    panel = make_panel(rows, shared.kinds, datetime.now(UTC), visitor.time_zone, href, form=form, names_record=False)
    return RecordReminders(record["title"] or record["preview"][:80] or _("Untitled"), href, panel)


async def _reminder_page(
    connection: asyncpg.Connection, visitor: Visitor, shared: Shared, reminder_id: UUID,
    typed: ReminderFields | None = None, errors: Mapping[str, str] | None = None,
) -> ReminderPage:  # fmt: skip
    row = await queries.show_reminder(connection, reminder_id)
    if row is None:
        raise NotFound
    href, fields = f"/reminders/{reminder_id}", typed or service.fields_of(row, visitor.time_zone)
    form = ReminderForm(href, fields, repeat_names(), errors or {})
    return ReminderPage(
        href, row["text"], *record_of(row, shared.kinds), row["deleted_at"] is not None, row["done_at"] is not None,
        form,
    )  # fmt: skip


ROUTES = [
    list_reminders, show_reminders_of, add_reminder, show_reminder, change_reminder, finish, reopen, snooze, discard,
    restore,
]  # fmt: skip
