"""The user's verbs on reminders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.errors import Conflict, NotFound
from app.core.local_time import as_typed, read_moment
from app.reminders.repeating import REPEATS, next_day
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST = 2000

RECORD = "select deleted_at is not null as in_trash from records where id = $1"
OWN = "select id, record_id, text, due_at, repeat, anchor, done_at, deleted_at from reminders where id = $1 for update"
ADD = """
insert into reminders (user_id, record_id, text, due_at, repeat, anchor) values ($1, $2, $3, $4, $5, $6) returning id"""
CHANGE = "update reminders set text = $2, due_at = $3, repeat = $4, anchor = $5, snoozed_until = null where id = $1"
FINISH = "update reminders set done_at = $2 where id = $1"
REOPEN = "update reminders set done_at = null where id = $1 and done_at is not null"
SNOOZE = "update reminders set snoozed_until = $2 where id = $1"
DISCARD = "update reminders set deleted_at = $2 where id = $1 and deleted_at is null"
RESTORE = "update reminders set deleted_at = null where id = $1 and deleted_at is not null"


@dataclass(frozen=True, slots=True)
class ReminderFields:
    """The form as it is typed; `clock` may be left out."""

    text: str = ""
    day: str = ""
    clock: str = ""
    repeat: str = ""


def check_fields(fields: ReminderFields, zone: str) -> dict[str, str]:
    """Errors by field; empty when it can be kept."""
    errors = {}
    if not fields.text.strip():
        errors["text"] = _("Say what is to be done.")
    elif len(fields.text) > LONGEST or "\0" in fields.text:
        errors["text"] = _("This holds at most %(most)s characters.") % {"most": number(LONGEST)}
    if read_moment(fields.day, fields.clock, zone) is None:
        errors["day"] = _("Say on which day.")
    if fields.repeat not in ("", *REPEATS):
        errors["repeat"] = _("The form holds a choice that there is not; reload the page and choose again.")
    return errors


async def add_reminder(
    connection: asyncpg.Connection, user_id: UUID, record_id: UUID, fields: ReminderFields, zone: str
) -> UUID:
    """`fields` are checked already. Raises NotFound or Conflict for the record."""
    record = await connection.fetchrow(RECORD, record_id)
    if record is None:
        raise NotFound
    if record["in_trash"]:
        raise Conflict(_("This is in the trash; restore it first."))
    due, anchor = _due(fields, zone)
    return UUID(str(await connection.fetchval(
        ADD, user_id, record_id, _text(fields), due, fields.repeat or None, anchor if fields.repeat else None
    )))  # fmt: skip


async def change_reminder(connection: asyncpg.Connection, reminder_id: UUID, fields: ReminderFields, zone: str) -> None:
    """A new time begins a new series, and ends a snooze."""
    await _own(connection, reminder_id)
    due, anchor = _due(fields, zone)
    await connection.execute(
        CHANGE, reminder_id, _text(fields), due, fields.repeat or None, anchor if fields.repeat else None
    )


async def finish_reminder(
    connection: asyncpg.Connection, user_id: UUID, reminder_id: UUID, now: datetime, zone: str
) -> datetime | None:
    """When it comes again, for one that repeats. Done twice is done once."""
    row = await _own(connection, reminder_id)
    if row["done_at"] is not None:
        return None
    await connection.execute(FINISH, reminder_id, now)
    if not row["repeat"]:
        return None
    due, again = row["due_at"].astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    anchor = row["anchor"] or due.date()
    # Whoever is late is not reminded of each day that has passed.
    following = datetime.combine(next_day(anchor, row["repeat"], max(due.date(), again)), due.time(), ZoneInfo(zone))
    await connection.execute(ADD, user_id, row["record_id"], row["text"], following, row["repeat"], anchor)
    return following


async def reopen_reminder(connection: asyncpg.Connection, reminder_id: UUID) -> None:
    await _own(connection, reminder_id)
    await connection.execute(REOPEN, reminder_id)


async def snooze_reminder(connection: asyncpg.Connection, reminder_id: UUID, until: datetime) -> None:
    row = await _own(connection, reminder_id)
    if row["done_at"] is not None:
        raise Conflict(_("This is done already."))
    await connection.execute(SNOOZE, reminder_id, until)


def snoozed_to(by: str, day: str, now: datetime, zone: str) -> datetime | None:
    """`tomorrow`, `week` or, by its day, a date: each in the morning. None for what is no such day, or past."""
    local = now.astimezone(ZoneInfo(zone))
    shifts = {"tomorrow": 1, "week": 7}
    wanted = (local.date() + timedelta(days=shifts[by])).isoformat() if by in shifts else day
    until = read_moment(wanted, "", zone)
    return until if until and until.date() > local.date() else None


async def discard_reminder(connection: asyncpg.Connection, reminder_id: UUID, now: datetime) -> None:
    await _own(connection, reminder_id)
    await connection.execute(DISCARD, reminder_id, now)


async def restore_reminder(connection: asyncpg.Connection, reminder_id: UUID) -> None:
    await _any(connection, reminder_id)
    await connection.execute(RESTORE, reminder_id)


def fields_of(row: asyncpg.Record, zone: str) -> ReminderFields:
    return ReminderFields(row["text"], *as_typed(row["due_at"], zone), row["repeat"] or "")


def _text(fields: ReminderFields) -> str:
    return fields.text.strip().replace("\r\n", "\n")


def _due(fields: ReminderFields, zone: str) -> tuple[datetime, object]:
    due = read_moment(fields.day, fields.clock, zone)
    assert due is not None
    return due, due.date()


async def _own(connection: asyncpg.Connection, reminder_id: UUID) -> asyncpg.Record:
    row = await _any(connection, reminder_id)
    if row["deleted_at"] is not None:
        raise NotFound
    return row


async def _any(connection: asyncpg.Connection, reminder_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(OWN, reminder_id)
    if row is None:
        raise NotFound
    return row
