"""Reminders: what is to be done about a record, and when."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.portable import ROWS_ALONE
from app.core.record import Kind, Record
from app.core.words import gettext_noop

REMINDER = Kind(
    "reminder", "reminders", gettext_noop("Reminder"), "/reminders/{id}",
    "select id, title, text, 'plain', created_at, custom_fields from reminders where id = any($1)",
    words=("title", "text"),
    readable=ROWS_ALONE,
    people=("record_id",),
)  # fmt: skip


class Reminder(Record):
    __tablename__ = "reminders"

    title: Mapped[str] = mapped_column(server_default="")
    text: Mapped[str] = mapped_column(server_default="")
    record_id: Mapped[UUID | None]
    due_at: Mapped[datetime]
    repeat: Mapped[str | None]
    anchor: Mapped[date | None]
    done_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
