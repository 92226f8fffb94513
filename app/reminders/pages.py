"""What the reminders' templates see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.record import Kind
from app.reminders.service import ReminderFields
from app.web.locale import day as in_words
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """`when` in words; `of` and `of_href` are the record that it is about, empty where that is known."""

    href: str
    text: str
    when: str
    repeats: str
    is_overdue: bool
    is_done: bool
    of: str
    of_href: str


@dataclass(frozen=True, slots=True)
class ReminderForm:
    """`tomorrow` is the earliest day that a snooze offers."""

    action: str
    values: ReminderFields
    repeats: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReminderPanel:
    """Of one record, with a form to add one; or, without, what is due of all. `back` is where its buttons return."""

    rows: tuple[ReminderRow, ...]
    back: str
    tomorrow: str
    form: ReminderForm | None = None


@dataclass(frozen=True, slots=True)
class RecordReminders:
    title: str
    href: str
    panel: ReminderPanel


@dataclass(frozen=True, slots=True)
class ReminderList:
    due: ReminderPanel
    later: ReminderPanel
    done: tuple[ReminderRow, ...]


@dataclass(frozen=True, slots=True)
class ReminderPage:
    href: str
    text: str
    of: str
    of_href: str
    is_in_trash: bool
    is_done: bool
    form: ReminderForm


def repeat_names() -> dict[str, str]:
    return {
        "": _("Once"), "day": _("Every day"), "week": _("Every week"), "month": _("Every month"),
        "quarter": _("Every three months"), "year": _("Every year"),
    }  # fmt: skip


def make_panel(
    rows: Iterable[asyncpg.Record], kinds: Mapping[str, Kind], now: datetime, zone: str, back: str,
    *, form: ReminderForm | None = None, names_record: bool = True,
) -> ReminderPanel:  # fmt: skip
    today = now.astimezone(ZoneInfo(zone)).date()
    found = tuple(make_row(row, kinds, today, zone, names_record=names_record) for row in rows)
    return ReminderPanel(found, back, (today + timedelta(days=1)).isoformat(), form)


def make_row(
    row: asyncpg.Record, kinds: Mapping[str, Kind], today: date, zone: str, *, names_record: bool = True
) -> ReminderRow:
    due = (row["snoozed_until"] or row["due_at"]).astimezone(ZoneInfo(zone)).date()
    is_done = row["done_at"] is not None
    when = _done_in_words(row["done_at"]) if is_done else _due_in_words(due, today)
    of, of_href = record_of(row, kinds) if names_record else ("", "")
    repeats = repeat_names()[row["repeat"]] if row["repeat"] else ""
    return ReminderRow(f"/reminders/{row['id']}", row["text"], when, repeats, not is_done and due < today, is_done,
                       of, of_href)  # fmt: skip


def record_of(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> tuple[str, str]:
    """What the record is called, and its address; both empty where there is none."""
    if row["kind"] is None:
        return "", ""
    return row["title"] or row["preview"][:80] or _("Untitled"), kinds[row["kind"]].url(row["record_id"])


def new_form(record_id: UUID, values: ReminderFields, errors: Mapping[str, str] | None = None) -> ReminderForm:
    return ReminderForm(f"/records/{record_id}/reminders", values, repeat_names(), errors or {})


def blank(now: datetime, zone: str) -> ReminderFields:
    """Tomorrow, unless somebody says otherwise."""
    return ReminderFields(day=(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)).isoformat())


def _due_in_words(due: date, today: date) -> str:
    if due == today:
        return _("Today")
    if due == today + timedelta(days=1):
        return _("Tomorrow")
    return (_("Due since %(day)s") if due < today else _("On %(day)s")) % {"day": in_words(due)}


def _done_in_words(done: datetime) -> str:
    return _("Done on %(day)s") % {"day": in_words(done)}
