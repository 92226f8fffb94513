"""What the birthdays' templates see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import asyncpg

from app.birthdays.days import Birthday
from app.web.locale import gettext as _
from app.web.locale import month_of, ngettext, number


@dataclass(frozen=True, slots=True)
class BirthdayRow:
    """`soft` says how old and how soon."""

    href: str
    name: str
    on: date
    soft: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    name: str
    rows: tuple[BirthdayRow, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """`address` this once, after it was made."""

    since: datetime | None
    last_used_at: datetime | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class BirthdaysPage:
    months: tuple[Month, ...]
    feed: Feed


def birthdays_page(
    found: Iterable[tuple[asyncpg.Record, Birthday]], today: date, feed: asyncpg.Record | None, address: str = ""
) -> BirthdaysPage:
    coming = sorted(
        ((birthday.next_from(today), row, birthday) for row, birthday in found),
        key=lambda one: (one[0], one[1]["full_name"].casefold(), one[1]["id"]),
    )
    months = groupby(coming, key=lambda one: (one[0].year, one[0].month))
    return BirthdaysPage(
        tuple(
            Month(month_of(date(*month, 1)), tuple(_row(*one, today) for one in some)) for month, some in months
        ),
        Feed(feed["created_at"], feed["last_used_at"], address) if feed else Feed(None, None),
    )  # fmt: skip


def _row(on: date, row: asyncpg.Record, birthday: Birthday, today: date) -> BirthdayRow:
    said = [_how_soon((on - today).days), _how_old(birthday.age_on(on))]
    if birthday.is_leap and on.day != 29:
        said.append(_("born on 29 February, so on the last day of the month this year"))
    return BirthdayRow(
        f"/people/{row['id']}", row["full_name"], on, " · ".join(part for part in said if part), on == today
    )


def _how_soon(days: int) -> str:
    if days < 2:
        return _("tomorrow") if days else _("today")
    return ngettext("in %(num)s day", "in %(num)s days", days) % {"num": number(days)}


def _how_old(age: int | None) -> str:
    return ngettext("turns %(num)s", "turns %(num)s", age) % {"num": number(age)} if age else ""
