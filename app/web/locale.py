"""Words, dates and numbers in the reader's language and time zone."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from app.settings import PROJECT

LOCALES = PROJECT / "app" / "locale"
SUPPORTED = {"en": "English"}
_locale: ContextVar[str] = ContextVar("locale", default="en")
_zone: ContextVar[str] = ContextVar("zone", default="UTC")


def use_locale(locale: str, time_zone: str) -> None:
    """For the rest of this request (each runs in a context of its own)."""
    _locale.set(locale)
    _zone.set(time_zone)


def current_locale() -> str:
    return _locale.get()


def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def gettext(message: str) -> str:
    return str(translations(_locale.get()).ugettext(message))


def ngettext(one: str, many: str, number: int) -> str:
    return str(translations(_locale.get()).ungettext(one, many, number))


@lru_cache
def translations(locale: str) -> NullTranslations:
    return Translations.load(LOCALES, [locale])


def day(value: datetime | date) -> str:
    """14 March, with the year when it is another one."""
    local = value.astimezone(_tz()) if isinstance(value, datetime) else value
    today = datetime.now(_tz())
    pattern = "d MMMM" if local.year == today.year else "d MMMM y"
    return format_date(local, pattern, locale=_babel())


def brief(value: datetime) -> str:
    """The shortest that says when: the clock today, the day this year, else the month and year."""
    local, now = value.astimezone(_tz()), datetime.now(_tz())
    if local.date() == now.date():
        return format_time(local, "short", tzinfo=_tz(), locale=_babel())
    return format_date(local, "d MMM" if local.year == now.year else "MMM y", locale=_babel())


def moment(value: datetime) -> str:
    return format_datetime(value, "medium", tzinfo=_tz(), locale=_babel())


def iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")


def number(value: float) -> str:
    return format_decimal(value, locale=_babel())


def _tz() -> ZoneInfo:
    return ZoneInfo(_zone.get())


@lru_cache
def _parsed(locale: str) -> Locale:
    try:
        return Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def _babel() -> Locale:
    return _parsed(_locale.get())
