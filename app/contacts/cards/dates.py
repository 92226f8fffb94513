"""Birthdays, anniversaries and other days of a card, in the many forms that clients write them."""

from __future__ import annotations

import re
from datetime import date

from app.contacts.cards.card import CardDate
from app.contacts.cards.lines import Line, unescape

NAMED = {
    "BDAY": "birthday", "ANNIVERSARY": "anniversary", "X-ANNIVERSARY": "anniversary",
    "X-EVOLUTION-ANNIVERSARY": "anniversary", "X-MS-ANNIVERSARY": "anniversary",
    "X-KADDRESSBOOK-X-ANNIVERSARY": "anniversary", "DEATHDATE": "death", "X-ABDATE": "",
}  # fmt: skip
FULL = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?", re.S)
NO_YEAR = re.compile(r"--(\d{2})-?(\d{2})(?:[T ].*)?", re.S)
LEAP = 2000


def read_date(line: Line, label: str) -> CardDate | None:
    """None for no day, and for what only a person understands (`circa 1800`): that is kept as it stands."""
    if line.name not in NAMED:
        return None
    value = unescape(line.value).strip()
    omitted = next(iter(line.params.get("x-apple-omit-year", ())), None)
    day = _with_year(value, omitted) or _without_year(value)
    return CardDate(NAMED[line.name] or _bare(label) or "other", day) if day else None


def _with_year(value: str, omitted: str | None) -> str | None:
    found = FULL.fullmatch(value)
    if not found or not _is_day(*(int(part) for part in found.groups())):
        return None
    year, month, day = found.groups()
    # Phones write a leap year where nobody said one.
    return f"--{month}-{day}" if year in (omitted, "1604") else f"{year}-{month}-{day}"


def _without_year(value: str) -> str | None:
    found = NO_YEAR.fullmatch(value)
    return f"--{found[1]}-{found[2]}" if found and _is_day(LEAP, int(found[1]), int(found[2])) else None


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _bare(label: str) -> str:
    return label.removeprefix("_$!<").removesuffix(">!$_").strip().lower()
