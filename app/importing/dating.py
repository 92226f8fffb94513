"""When a note came to be: by its own word, by its name, by its file, in this order.

When nine tenths of the file times lie within one day (a checkout, an unpacked archive), those times tell when
the files were copied. A note that then says nothing about its age gets the middle of the dates that the other
names carry, and never one of the last thirty days: what nobody dated must not look new.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from statistics import median_low
from typing import Any

from app.importing.sources import SourceFile

FEWEST_TO_JUDGE = 3
NEARLY_ALL = 0.9
NO_LONGER_NEW = timedelta(days=30)

_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_. ])(\d\d)\2(\d\d)(?!\d)")
_COMPACT = re.compile(r"((?:19|20)\d\d)()(\d\d)(\d\d)(?:\d{4}(?:\d\d)?)?(?!\d)")
_WRITTEN = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ]+(\d{1,2}:\d\d(?::\d\d)?)(?:[.,]\d+)?(?: ?(Z|[+-]\d\d:?\d\d))?)?"
)


@dataclass(frozen=True, slots=True)
class Dates:
    """`updated` is None when nothing tells when the note was last changed."""

    created: datetime
    updated: datetime | None
    day: date | None


class Calendar:
    """Dates the notes of one import, which have to be known together to tell what file times are worth."""

    def __init__(self, files: Sequence[SourceFile], zone: tzinfo, now: datetime) -> None:
        self._zone, self._now = zone, now
        self._copied = _crowded_day([file.modified for file in files if file.modified])
        named = [day for file in files if (day := self._past(date_in_name(file.stem)))]
        middle = median_low(named) if named else self._copied[0] if self._copied else now
        self._undated = min(middle, now - NO_LONGER_NEW)

    def date_note(self, file: SourceFile, created: Any, updated: Any) -> Dates:
        last = self._past(read_date(updated, self._zone)) or self._told_by_file(file.modified)
        first = (
            self._past(read_date(created, self._zone))
            or self._past(date_in_name(file.stem))
            or self._past(read_date(updated, self._zone))
            or self._told_by_file(file.modified)
            or self._undated
        )
        return Dates(first, max(first, last) if last else None, whole_day(file.stem))

    def _past(self, moment: date | None) -> datetime | None:
        """A day still to come says what a note is about, not when it was written."""
        if moment is None:
            return None
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(), self._zone)
        return moment if moment <= self._now else None

    def _told_by_file(self, modified: datetime | None) -> datetime | None:
        if modified is None or (self._copied and self._copied[0] <= modified <= self._copied[1]):
            return None
        return self._past(modified)


def date_in_name(stem: str) -> date | None:
    match = _DAY.search(stem) or _COMPACT.match(stem)
    return _date(match[1], match[3], match[4]) if match else None


def whole_day(stem: str) -> date | None:
    """The day that a daily note stands for: its name is a date and nothing else."""
    match = _DAY.fullmatch(stem)
    return _date(match[1], match[3], match[4]) if match else None


def read_date(value: Any, zone: tzinfo) -> datetime | None:
    """A moment as people and apps write it into front matter; without a time zone it is meant in `zone`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_epoch(float(value))
    match = _WRITTEN.match(value.strip().strip("[]")) if isinstance(value, str) else None
    if match is None or (day := _date(match[1], match[2], match[3])) is None:
        return None
    try:
        clock = time.fromisoformat(f"{'0' * (match[4][1] == ':')}{match[4]}") if match[4] else time()
        offset = datetime.fromisoformat(f"2000-01-01T00:00:00{match[5]}").tzinfo if match[5] else zone
    except ValueError:
        clock, offset = time(), zone
    return datetime.combine(day, clock, offset).astimezone(UTC)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day)) if int(year) >= 1970 else None
    except ValueError:
        return None


def _from_epoch(number: float) -> datetime | None:
    """Seconds or milliseconds since 1970, when that gives a date since 1990; else it is some other number."""
    seconds = number / 1000 if number > 1e11 else number
    return datetime.fromtimestamp(seconds, UTC) if 631_152_000 <= seconds < 4e9 else None


def _crowded_day(times: Iterable[datetime]) -> tuple[datetime, datetime] | None:
    """First and last of the times when nearly all lie within one day."""
    ordered = sorted(times)
    enough = max(FEWEST_TO_JUDGE, -int(-len(ordered) * NEARLY_ALL // 1))
    for start in range(len(ordered) - enough + 1):
        if ordered[start + enough - 1] - ordered[start] <= timedelta(days=1):
            last = bisect_right(ordered, ordered[start] + timedelta(days=1)) - 1
            return ordered[start], ordered[last]
    return None
