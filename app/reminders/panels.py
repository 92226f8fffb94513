"""Reminders on a record's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.record import Kind
from app.reminders.pages import ReminderPanel, ReminderRow, blank, make_panel, make_row, new_form
from app.reminders.queries import find_record, reminders_of
from app.web.locale import current_zone


async def read_reminders(
    kinds: Mapping[str, Kind], connection: asyncpg.Connection, record_id: UUID, kind: str
) -> ReminderPanel | None:
    """With a form to add one; nothing for what is in the trash."""
    record = await find_record(connection, record_id)
    if record is None or record["deleted_at"] is not None:
        return None
    now, zone = datetime.now(UTC), current_zone()
    rows, form = await reminders_of(connection, record_id), new_form(record_id, blank(now, zone))
    return make_panel(rows, kinds, now, zone, kinds[kind].url(record_id), form=form, names_record=False)


async def read_next(
    kinds: Mapping[str, Kind], connection: asyncpg.Connection, record_id: UUID, _kind: str
) -> ReminderRow | None:
    """The one that comes first."""
    rows, zone = await reminders_of(connection, record_id), current_zone()
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    return make_row(rows[0], kinds, today, zone, names_record=False) if rows else None
