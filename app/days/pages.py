"""What the templates of days see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.days.mood import Mood
from app.heat.warmth import score, tier
from app.web.locale import first_of_week, today, weekday, whole_day
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class StripDay:
    day: date
    weekday: str
    name: str
    href: str
    is_written: bool
    is_current: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """A week, beginning where the reader's does."""

    days: tuple[StripDay, ...]
    before_href: str
    after_href: str


@dataclass(frozen=True, slots=True)
class Log:
    """A day's log as it is shown; `html` is empty while nothing is written. `back` is where its form returns to; `mood`
    is None where nobody wants to be asked."""

    day: date
    id: UUID | None
    html: Markup
    href: str
    edit_href: str
    back: str
    value: str = ""
    error: str = ""
    mood: Mood | None = None


@dataclass(frozen=True, slots=True)
class DayRow:
    href: str
    title: str
    soft: str
    heat: str
    when: datetime


@dataclass(frozen=True, slots=True)
class DayPage:
    title: str
    strip: Strip
    log: Log
    notes: tuple[DayRow, ...]
    touched: tuple[DayRow, ...]


def day_href(day: date) -> str:
    return f"/day?on={day.isoformat()}"


def make_strip(day: date, written: Iterable[date]) -> Strip:
    first, known, now = first_of_week(day), set(written), today()
    days = tuple(
        StripDay(one, weekday(one), whole_day(one), day_href(one), one in known, one == day, one == now)
        for one in (first + timedelta(days=number) for number in range(7))
    )
    return Strip(days, day_href(day - timedelta(days=7)), day_href(day + timedelta(days=7)))


def make_log(
    day: date, log_id: UUID | None, html: Markup, back: str, value: str = "", error: str = "", mood: Mood | None = None
) -> Log:
    href = f"/notes/{log_id}" if log_id else ""
    return Log(day, log_id, html, href, f"{href}/edit" if href else "", back, value, error, mood)


def make_rows(found: Iterable[asyncpg.Record], kinds: Mapping[str, Kind]) -> tuple[DayRow, ...]:
    now = datetime.now(UTC)
    return tuple(
        DayRow(
            kinds[row["kind"]].url(row["id"]), row["title"] or row["preview"][:80] or _("Untitled"), row["preview"],
            tier(score(row["warmth"], now)), row["updated_at"],
        )
        for row in found
    )  # fmt: skip


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """When a day begins and ends for somebody who lives in that zone."""
    begins, ends = (datetime.combine(one, time(), ZoneInfo(zone)) for one in (day, day + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)
