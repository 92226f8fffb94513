"""Three doors at the end of an import: what is most linked, what this day was in other years, what is warm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from app.core.record import Kind
from app.heat.warmth import score, tier
from app.home.queries import warm_records
from app.importing import queries
from app.web.auth import Reading
from app.web.locale import gettext as _

Span = tuple[date, datetime, datetime]
MOST_YEARS = 60
MOST_WARM = 3


@dataclass(frozen=True, slots=True)
class DoorRow:
    href: str
    title: str
    soft: str = ""
    heat: str = "cold"


@dataclass(frozen=True, slots=True)
class Doors:
    """`nearest` is the day that stands in where nothing was written on this one."""

    waiting: int
    is_settled: bool
    linked: DoorRow | None
    sources: int
    today: date
    years: tuple[tuple[int, DoorRow], ...]
    nearest: tuple[date, DoorRow] | None
    warm: tuple[DoorRow, ...]


async def read_doors(reading: Reading, kinds: Mapping[str, Kind], now: datetime) -> Doors:
    connection, zone = reading.connection, ZoneInfo(reading.visitor.time_zone)
    waiting, unsettled = await queries.count_waiting(connection)
    linked = await queries.most_linked(connection)
    today = now.astimezone(zone).date()
    spans = same_days(today, await queries.first_day(connection), zone)
    found = await queries.notes_of_days(connection, spans) if spans else []
    nearest = await _nearest(connection, spans, zone, kinds) if spans and not found else None
    warm = (await warm_records(connection, now))[:MOST_WARM]
    return Doors(
        waiting, not unsettled, _row(linked, kinds) if linked else None, linked["sources"] if linked else 0, today,
        tuple((row["day"].year, _row(row, kinds, row["preview"])) for row in found), nearest,
        tuple(_row(row, kinds, row["preview"], tier(score(row["warmth"], now))) for row in warm),
    )  # fmt: skip


def same_days(today: date, first: date | None, zone: ZoneInfo) -> list[Span]:
    """This day of each earlier year since the first note, and when it began and ended there; the latest first."""
    since = max(first.year, today.year - MOST_YEARS) if first else today.year
    return [_span(_in_year(today, year), zone) for year in range(today.year - 1, since - 1, -1)]


def _in_year(day: date, year: int) -> date:
    """The 29th of February is the 28th where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _span(day: date, zone: ZoneInfo) -> Span:
    begins, ends = (datetime.combine(moment, time(), zone) for moment in (day, day + timedelta(days=1)))
    return day, begins.astimezone(UTC), ends.astimezone(UTC)


async def _nearest(
    connection: asyncpg.Connection, spans: list[Span], zone: ZoneInfo, kinds: Mapping[str, Kind]
) -> tuple[date, DoorRow] | None:
    this_year = spans[0][0].year + 1
    found = await queries.notes_near_days(connection, spans, zone.key)
    rows = [row for row in found if row["day"].year < this_year]
    if not rows:
        return None
    row = min(rows, key=lambda row: (min(abs(row["day"] - day) for day, *_ends in spans), -row["day"].toordinal()))
    return row["day"], _row(row, kinds, row["preview"])


def _row(row: asyncpg.Record, kinds: Mapping[str, Kind], soft: str = "", heat: str = "cold") -> DoorRow:
    return DoorRow(kinds[row["kind"]].url(row["id"]), row["title"] or _("Untitled"), soft, heat)
