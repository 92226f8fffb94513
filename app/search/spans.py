"""Days, weeks, months and years as they are typed into a query: 2026-03-12, 2026-03, 2026, yesterday, last-week …"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from app.core.filtering import RecordFilter
from app.core.words import gettext_noop
from app.web.locale import first_of_week

DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
Span = tuple[date, date]
"""The first day, and the first one after."""

NAMED: dict[str, Callable[[date], Span]] = {
    "today": lambda today: _days(today, 1),
    "yesterday": lambda today: _days(today - timedelta(days=1), 1),
    "this-week": lambda today: _days(first_of_week(today), 7),
    "last-week": lambda today: _days(first_of_week(today) - timedelta(days=7), 7),
    "this-month": lambda today: _months(today.year, today.month),
    "last-month": lambda today: _months(*((today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12))),
    "this-year": lambda today: _months(today.year, 1, 12),
    "last-year": lambda today: _months(today.year - 1, 1, 12),
}
OFFERED = (
    RecordFilter("on", gettext_noop("Last changed today"), "", choice="today"),
    RecordFilter("on", gettext_noop("Last changed yesterday"), "", choice="yesterday"),
    RecordFilter("on", gettext_noop("Last changed this week"), "", choice="this-week"),
    RecordFilter("on", gettext_noop("Last changed last week"), "", choice="last-week"),
    RecordFilter("on", gettext_noop("Last changed this month"), "", choice="this-month"),
    RecordFilter("on", gettext_noop("Last changed last month"), "", choice="last-month"),
)


def read_span(value: str, today: date) -> Span | None:
    """None for what is no day, week, month or year. A week begins where the reader's does."""
    try:
        return NAMED[value](today) if value in NAMED else _read_numbers(value)
    except (ValueError, OverflowError):
        return None


def _read_numbers(value: str) -> Span | None:
    match = DAY.fullmatch(value)
    if not match:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if day:
        return _days(date(year, month, day), 1)
    return _months(year, month) if match[2] else _months(year, 1, 12)


def _days(first: date, count: int) -> Span:
    return first, first + timedelta(days=count)


def _months(year: int, month: int, count: int = 1) -> Span:
    years, last = divmod(month - 1 + count, 12)
    return date(year, month, 1), date(year + years, last + 1, 1)
