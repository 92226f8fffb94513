"""Moments as a person types and reads them: a day and a clock in their own time zone."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

MORNING = time(9)


def read_moment(day: str, clock: str, zone: str) -> datetime | None:
    """What a form's fields of day and time say; the morning where the time is left out. None for what is no moment."""
    try:
        at = time.fromisoformat(clock.strip()) if clock.strip() else MORNING
        moment = datetime.combine(date.fromisoformat(day.strip()), at.replace(tzinfo=None), ZoneInfo(zone))
    except ValueError:
        return None
    # Beyond this neither calendars nor a shift between zones are sure to hold it.
    return moment if 1900 <= moment.year <= 2200 else None


def as_typed(moment: datetime, zone: str) -> tuple[str, str]:
    """Day and clock for a form's fields."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.date().isoformat(), local.strftime("%H:%M")


def end_of_day(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.max, ZoneInfo(zone))
