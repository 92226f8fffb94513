"""When a repeating reminder comes again, counted from its first day: the 31st stays the 31st where there is one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import count

DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
REPEATS = (*DAYS, *MONTHS)


def next_day(anchor: date, repeat: str, after: date) -> date:
    """The first day of the series that lies after `after`."""
    if repeat in DAYS:
        step = DAYS[repeat]
        return anchor + timedelta(days=max(0, (after - anchor).days // step + 1) * step)
    step = MONTHS[repeat]
    begin = max(0, ((after.year - anchor.year) * 12 + after.month - anchor.month) // step)
    return next(day for turn in count(begin) if (day := _in_months(anchor, turn * step)) > after)


def _in_months(day: date, months: int) -> date:
    """The same day of a later month; its last day where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
