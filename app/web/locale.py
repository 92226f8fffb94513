"""Words, dates and numbers in the reader's language and time zone (docs/translating.md)."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from app.settings import PROJECT

LOCALES = PROJECT / "app" / "locale"
SUPPORTED = {"en": "English", "de": "Deutsch"}
"""Each by its own name. The sources speak the first."""

_locale: ContextVar[str] = ContextVar("locale", default="en")
_zone: ContextVar[str] = ContextVar("zone", default="UTC")
_week_start: ContextVar[int] = ContextVar("week_start", default=0)


def use_locale(locale: str, time_zone: str, week_start: int = 0) -> None:
    """For the rest of this request (each runs in a context of its own). `week_start`: 1 is Monday, 7 is Sunday, 0 as
    the language has it."""
    _locale.set(locale if locale in SUPPORTED else "en")
    _zone.set(time_zone)
    _week_start.set(week_start)


def current_locale() -> str:
    return _locale.get()


def current_zone() -> str:
    return _zone.get()


def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def gettext(message: str) -> str:
    return str(translations(_locale.get()).ugettext(message))


def pgettext(context: str, message: str) -> str:
    """Of a word that means two things in English: the one that is meant here."""
    return str(translations(_locale.get()).upgettext(context, message))


def ngettext(one: str, many: str, number: int) -> str:
    return str(translations(_locale.get()).ungettext(one, many, number))


@lru_cache
def translations(locale: str) -> NullTranslations:
    """Read from the language's .po at its first use in a process: some 40 ms, and nothing has to be built or stored."""
    if locale == "en":
        return NullTranslations()
    # Imported by those alone who speak another language: together 1 MB.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = LOCALES / locale / "LC_MESSAGES" / "messages.po"
    write_mo(compiled := BytesIO(), read_po(BytesIO(source.read_bytes())))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(256)
def choose_locale(accepted: str) -> str:
    """The language that an Accept-Language header likes best of those that are spoken here."""
    wishes = []
    for number_of_wish, wish in enumerate(accepted[:1000].split(",")):
        name, _semicolon, weight = wish.partition(";")
        language = name.strip().lower().partition("-")[0]
        if language in SUPPORTED and (liking := _read_weight(weight)) > 0:
            wishes.append((-liking, number_of_wish, language))
    return min(wishes)[2] if wishes else "en"


def _read_weight(weight: str) -> float:
    """Of `q=0.8`; what is not said is 1, what cannot be read is 0."""
    if not weight.strip():
        return 1.0
    try:
        return float(weight.strip().removeprefix("q="))
    except ValueError:
        return 0.0


def today() -> date:
    """The reader's."""
    return datetime.now(_tz()).date()


def first_of_week(day: date) -> date:
    """On or before this day, where the reader's week begins."""
    begins = (_week_start.get() or _babel().first_week_day + 1) - 1
    return day - timedelta(days=(day.weekday() - begins) % 7)


def day(value: datetime | date) -> str:
    """14 March, with the year when it is another one."""
    local = value.astimezone(_tz()) if isinstance(value, datetime) else value
    today = datetime.now(_tz())
    return format_date(local, _pattern("MMMMd" if local.year == today.year else "long", _locale.get()), locale=_babel())


def weekday(value: date) -> str:
    """Mon."""
    return format_date(value, "EEE", locale=_babel())


def month_of(value: date) -> str:
    """March, with the year when it is another one."""
    this = value.year == datetime.now(_tz()).year
    return format_date(value, "LLLL" if this else "LLLL y", locale=_babel())


def ago(days: int) -> str:
    """3 weeks ago."""
    return format_timedelta(timedelta(days=-days), add_direction=True, locale=_babel())


def whole_day(value: date) -> str:
    """Monday, 14 March 2026."""
    return format_date(value, "full", locale=_parsed("en_GB") if _locale.get() == "en" else _babel())


def brief(value: datetime) -> str:
    """The shortest that says when: the clock today, the day this year, else the month and year."""
    local, now = value.astimezone(_tz()), datetime.now(_tz())
    if local.date() == now.date():
        return format_time(local, "short", tzinfo=_tz(), locale=_babel())
    return format_date(local, _pattern("MMMd" if local.year == now.year else "yMMM", _locale.get()), locale=_babel())


def moment(value: datetime) -> str:
    return format_datetime(value, "medium", tzinfo=_tz(), locale=_babel())


def clock(value: datetime) -> str:
    """Day and time; one without a zone is told as it stands."""
    local = value.astimezone(_tz()) if value.tzinfo else value.replace(tzinfo=_tz())
    return f"{day(local)}, {format_time(local, 'short', tzinfo=_tz(), locale=_babel())}"


def iso(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")


def number(value: float) -> str:
    return format_decimal(value, locale=_babel())


def exact_number(value: Decimal) -> str:
    """All its digits, and none put together: 2026 may be a year."""
    return format_decimal(value, locale=_babel(), group_separator=False, decimal_quantization=False)


@lru_cache
def _pattern(name: str, language: str) -> str:
    """How the language writes such a date, by the Unicode CLDR; English as in Europe, the day first."""
    locale = _parsed("en_GB" if language == "en" else language)
    return str(locale.date_formats[name] if name == "long" else locale.datetime_skeletons[name])


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


def size_in_words(size: int) -> str:
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("KB", 1000)):
        if size >= one:
            value = size / one
            return f"{number(round(value, 1) if value < 10 else round(value))} {unit}"
    return gettext("%(num)s bytes") % {"num": size}


def language_name(code: str) -> str:
    """As the reader's language calls it, at the head of a line."""
    name = _parsed(code).get_display_name(_babel()) or code
    return name[:1].upper() + name[1:]
