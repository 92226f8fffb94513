"""Dates in words, as people write them to themselves: "tomorrow at 9", "morgen um 9", "mañana a las 9".

A small grammar of our own in three languages: the libraries for this weigh tens of megabytes and read dates into words
that are none. What is found is offered and never applied by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.text import fold

USUAL = time(9)
DAYS = {
    "today": 0, "heute": 0, "hoy": 0, "tonight": 0, "heute abend": 0, "esta noche": 0, "this evening": 0,
    "tomorrow": 1, "morgen": 1, "manana": 1, "the day after tomorrow": 2, "day after tomorrow": 2, "ubermorgen": 2,
    "pasado manana": 2, "next week": 7, "nachste woche": 7, "la proxima semana": 7, "la semana que viene": 7,
}  # fmt: skip
WEEKDAYS = (
    ("monday", "montag", "lunes"), ("tuesday", "dienstag", "martes"), ("wednesday", "mittwoch", "miercoles"),
    ("thursday", "donnerstag", "jueves"), ("friday", "freitag", "viernes"),
    ("saturday", "samstag", "sonnabend", "sabado"), ("sunday", "sonntag", "domingo"),
)  # fmt: skip
MONTHS = (
    ("january", "januar", "enero"), ("february", "februar", "febrero"), ("march", "marz", "marzo"),
    ("april", "abril"), ("may", "mai", "mayo"), ("june", "juni", "junio"), ("july", "juli", "julio"),
    ("august", "agosto"), ("september", "septiembre", "setiembre"), ("october", "oktober", "octubre"),
    ("november", "noviembre"), ("december", "dezember", "diciembre"),
)  # fmt: skip
PARTS = {
    "morning": time(9), "fruh": time(8), "vormittag": time(10), "noon": time(12), "mittag": time(12),
    "mediodia": time(12), "afternoon": time(15), "nachmittag": time(15), "tarde": time(17), "evening": time(19),
    "abend": time(19), "noche": time(20), "tonight": time(19), "night": time(20),
}  # fmt: skip
UNITS = {"day": 1, "days": 1, "tag": 1, "tagen": 1, "tage": 1, "dia": 1, "dias": 1, "week": 7, "weeks": 7, "woche": 7,
         "wochen": 7, "semana": 7, "semanas": 7}  # fmt: skip
WORDS = {"a": 1, "an": 1, "one": 1, "einem": 1, "einer": 1, "un": 1, "una": 1, "two": 2, "zwei": 2, "dos": 2,
         "three": 3, "drei": 3, "tres": 3}  # fmt: skip


def _any(words: list[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_WEEKDAY = {word: number for number, words in enumerate(WEEKDAYS) for word in words}
_MONTH = {word: number for number, words in enumerate(MONTHS, 1) for word in words}
_DAY = re.compile(
    rf"(?<!\w)(?:(?P<day>{_any(list(DAYS))})"
    rf"|(?:(?P<next>next|nachsten|nachster|proximo)\s+|on\s+|this\s+|am\s+|el\s+|este\s+)?(?P<weekday>{_any(list(_WEEKDAY))})"
    rf"|(?:in|en|dentro de)\s+(?P<count>\d{{1,3}}|{_any(list(WORDS))})\s+(?P<unit>{_any(list(UNITS))})"
    rf"|(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})"
    rf"|(?P<dom>\d{{1,2}})(?:\.|st|nd|rd|th)?\s+(?:de\s+|of\s+)?(?P<month>{_any(list(_MONTH))})(?:\s+(?:de\s+)?(?P<year>\d{{4}}))?"
    rf"|(?P<month2>{_any(list(_MONTH))})\s+(?P<dom2>\d{{1,2}})(?:st|nd|rd|th)?(?!\w))(?!\w)"
)
_TIME = re.compile(
    r"(?:\s*,?\s*(?:at|um|a las|a la|gegen|@)\s+(?P<h>\d{1,2})(?:[:.h](?P<m>\d{2}))?\s*(?P<half>am|pm|uhr|h)?"
    r"|\s+(?P<h2>\d{1,2})[:.](?P<m2>\d{2})"
    rf"|\s*(?:,|in the|am|por la|de la|a la|early)?\s*(?P<part>{_any(list(PARTS))}))(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A moment, in the zone of `now`; `has_time` is false where only a day was named."""

    moment: datetime
    has_time: bool

    @property
    def day(self) -> date:
        return self.moment.date()


def read_moment(text: str, now: datetime) -> Said | None:
    """The first that the text names and that lies ahead."""
    said = fold(text[:2000])
    for found in _DAY.finditer(said):
        day = _day(found, now.date())
        if day is None:
            continue
        clock = _clock(said, found)
        moment = datetime.combine(day, clock or USUAL, now.tzinfo)
        if moment > now or (clock is None and day == now.date()):
            return Said(moment, clock is not None)
    return None


def _day(found: re.Match[str], today: date) -> date | None:
    try:
        if found["day"]:
            return today + timedelta(days=DAYS[found["day"]])
        if found["weekday"]:
            ahead = (_WEEKDAY[found["weekday"]] - today.weekday()) % 7 or 7
            return today + timedelta(days=ahead)
        if found["count"]:
            count = int(found["count"]) if found["count"].isdigit() else WORDS[found["count"]]
            return today + timedelta(days=count * UNITS[found["unit"]])
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        return _named(found, today)
    except (ValueError, OverflowError):
        return None


def _named(found: re.Match[str], today: date) -> date:
    month, number = _MONTH[found["month"] or found["month2"]], int(found["dom"] or found["dom2"])
    if found["year"]:
        return date(int(found["year"]), month, number)
    this = date(today.year, month, number)
    return this if this >= today else date(today.year + 1, month, number)


def _clock(said: str, found: re.Match[str]) -> time | None:
    """What follows the day; else the time of the day that its word says ("tonight")."""
    after = _TIME.match(said, found.end())
    if after is None:
        whole = found[0].split()[-1]
        return PARTS.get(whole)
    if after["part"]:
        return PARTS[after["part"]]
    hour, minute = int(after["h"] or after["h2"]), int(after["m"] or after["m2"] or 0)
    if after["half"] == "pm" and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
