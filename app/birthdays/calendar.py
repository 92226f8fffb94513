"""Birthdays as a calendar (RFC 5545): one event a person, all day, each year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.birthdays.days import Birthday
from app.web.locale import gettext as _

# Where the year is unknown the series has to begin somewhere: a leap year, so that it may be 29 February.
BEGINS = 2000


def write_calendar(found: Iterable[tuple[UUID, str, datetime, Birthday]]) -> bytes:
    """Of (person, name, when they were changed last, birthday)."""
    # Takes memory, which a house at rest shall not give.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Hearth//Birthdays//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", _("Birthdays"))
    for contact_id, name, changed, birthday in found:
        calendar.add_component(_event(contact_id, name, changed, birthday))
    return bytes(calendar.to_ical())


def _event(contact_id: UUID, name: str, changed: datetime, birthday: Birthday) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"birthday-{contact_id}@hearth")
    event.add("dtstamp", changed.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", birthday.in_year(birthday.year or BEGINS))
    event.add("rrule", _rule(birthday))
    event.add("summary", _summary(_storable(name), birthday.year))
    event.add("transp", "TRANSPARENT")
    return event


def _rule(birthday: Birthday) -> dict[str, Any]:
    """The 29th of February: the last day of that month, which leap years have as the 29th."""
    return {"freq": "yearly", "bymonth": 2, "bymonthday": -1} if birthday.is_leap else {"freq": "yearly"}


def _summary(name: str, year: int | None) -> str:
    if year is None or year > date.today().year:
        return _("%(name)s’s birthday") % {"name": name}
    return _("%(name)s’s birthday (%(year)s)") % {"name": name, "year": year}


def _storable(name: str) -> str:
    """A name is one line of signs that a calendar may hold."""
    return "".join(sign if sign.isprintable() else " " for sign in name)
