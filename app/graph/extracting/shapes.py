"""What is known by its shape: addresses of known people, dates, and the domains of web addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from app.core.references import URL
from app.core.text import fold
from app.graph.extracting.known import EXACT, GUESSED, KnownNames, address_key
from app.graph.extracting.mentions import DATE, DOMAIN, Mention
from app.graph.extracting.reading import Reading, folded_word
from app.graph.extracting.vocabulary import MONTHS

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,24}(?![\w@])")
PHONE = re.compile(r"(?<![\w+./-])\+?\(?\d[\d ()/.\u00a0-]{5,22}\d(?![\w/-])")
HANDLE = re.compile(r"(?<![\w@/.])@[\w][\w.-]{0,60}(?<![.-])")
BARE = re.compile(r"(?<![\w@/.])www\.[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
SHAPES = (("email", EMAIL), ("phone", PHONE), ("handle", HANDLE))


def addresses_in(reading: Reading) -> Iterator[tuple[str, int, int, str]]:
    """(key, start, end, origin) of whatever has the shape of one, known or not."""
    text = reading.without_code
    for origin, shape in SHAPES:
        if origin == "phone" or "@" in text:
            for match in shape.finditer(text):
                yield address_key(match[0], origin), *match.span(), origin


def find_addresses(reading: Reading, known: KnownNames) -> Iterable[Mention]:
    for key, start, end, origin in addresses_in(reading):
        bearers = [name for name in known.addresses.get(key, ()) if name.origin == origin]
        if bearers:
            targets = tuple(sorted({name.record_id for name in bearers}))
            sure = EXACT if len(targets) == 1 else GUESSED
            yield Mention(start, end, bearers[0].type, reading.text[start:end], key, sure, targets)


def find_domains(reading: Reading, _known: KnownNames) -> Iterable[Mention]:
    text = reading.without_code
    if "://" in text:
        for match in URL.finditer(text):
            host = _host(match[0])
            if host:
                start = match.start() + match[0].lower().find(host)
                yield Mention(start, start + len(host), DOMAIN, host, fold(host), 1.0)
    if "www." in text:
        for match in BARE.finditer(text):
            host = match[0][4:].lower()
            yield Mention(match.start() + 4, match.end(), DOMAIN, host, fold(host), 1.0)


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if "." in host else ""


# Every date has a number, so numbers are what is looked for: trying each word for a month took ten times as long.
_NUMBER = re.compile(
    r"(?<![\w.,/-])(?:(?P<iso>\d{4}-[01]\d-[0-3]\d)(?![\w-])|(?P<points>\d{1,2}\.\s?[01]?\d\.(?:\s?(?:\d{4}|\d\d)(?!\d))?)"
    r"|(?P<strokes>\d{1,2}/[01]?\d/(?:\d{4}|\d\d))(?![\w/])|(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er|º)?(?!\d))"
)
_MONTH_AFTER = re.compile(r"\s(?:de\s|of\s)?(?P<month>[^\W\d_]{3,10})\.?(?:,?\s(?:de\s|del\s)?\d{4}(?!\d))?")
_MONTH_BEFORE = re.compile(r"(?<![^\W\d_])(?P<month>[^\W\d_]{3,10})\.?\s$")
_YEAR_AFTER = re.compile(r",?\s\d{4}(?!\d)")
_ALL_MONTHS = frozenset(" ".join(MONTHS.values()).split())


def find_dates(reading: Reading, _known: KnownNames) -> Iterable[Mention]:
    text = reading.prose
    for number in _NUMBER.finditer(text):
        if (number["day"] or number[0]).startswith(("4", "5", "6", "7", "8", "9")) and len(number["day"] or "") == 2:
            continue
        place = _with_month(text, number) if number["day"] else number.span()
        if place:
            written = text[place[0] : place[1]]
            yield Mention(*place, DATE, written, fold(written), 0.9)


def _with_month(text: str, number: re.Match[str]) -> tuple[int, int] | None:
    """A number is a day where a month stands beside it."""
    after = _MONTH_AFTER.match(text, number.end())
    if after and folded_word(after["month"]) in _ALL_MONTHS:
        return number.start(), after.end() - (after[0].endswith("."))
    start = max(0, number.start() - 13)
    before = _MONTH_BEFORE.search(text[start : number.start()])
    if before and folded_word(before["month"]) in _ALL_MONTHS:
        year = _YEAR_AFTER.match(text, number.end())
        return start + before.start(), year.end() if year else number.end()
    return None
