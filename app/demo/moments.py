"""Dates in the demo's house, told from the moment it moves in, so that its life is always going on.

In front matter a value may be such a date; in a text or a title it stands as ``{{form date}}``:

    -3h                  three hours ago
    -12d 08:40           twelve days ago by the account's clock; without a time, the day alone
    -2y   -1y-3d  -6w    the same calendar day two years ago; three days before last year's; six weeks ago
    -8d workday 10:00    that day, or the Friday before where it falls on a weekend
    +4d                  a day to come, for what is due

The forms are day (2026-11-18), date (18 November), long (18 November 2026), weekday, month (November 2026) and year. A
file whose name begins so, as in ``day -3d.md``, is the page of that day. 29 February is 28 February in other years.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

_WHEN = re.compile(r"(?P<steps>(?:[-+]\d{1,4}[hdwy])+)(?P<workday> workday)?(?: (?P<clock>\d\d:\d\d))?")
_STEP = re.compile(r"([-+]\d{1,4})([hdwy])")
_MARK = re.compile(r"\{\{(\w+) ([^{}]+)\}\}")

_FORMS: dict[str, Callable[[date], str]] = {
    "day": lambda day: f"{day:%Y-%m-%d}",
    "date": lambda day: f"{day.day} {day:%B}",
    "long": lambda day: f"{day.day} {day:%B %Y}",
    "weekday": lambda day: f"{day:%A}",
    "month": lambda day: f"{day:%B %Y}",
    "year": lambda day: f"{day:%Y}",
}


def fill_in(text: str, now: datetime) -> str:
    """The text with each ``{{form date}}`` written out."""

    def write(mark: re.Match[str]) -> str:
        return _FORMS[mark[1]](find_moment(mark[2], now))

    return _MARK.sub(write, text)


def is_relative(value: str) -> bool:
    return _WHEN.fullmatch(value) is not None


def find_moment(written: str, now: datetime) -> date:
    """A datetime where hours or a time are told, else a date. `now` is in the account's time zone."""
    when = _WHEN.fullmatch(written)
    if when is None:
        raise ValueError(f"{written!r} is no date that the demo knows")
    steps = {unit: int(number) for number, unit in _STEP.findall(when["steps"])}
    if "h" in steps:
        return now.replace(second=0, microsecond=0) + timedelta(hours=steps["h"])
    day = _in_year(now.date(), now.year + steps.get("y", 0))
    day += timedelta(days=steps.get("d", 0), weeks=steps.get("w", 0))
    if when["workday"]:
        day -= timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(day, time.fromisoformat(when["clock"]), now.tzinfo) if when["clock"] else day


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
