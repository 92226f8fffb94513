"""Lists narrowed to a property: read from an address, told on a chip, and as the clauses of a list's statement.

`?property=rating&is=5`, `&has=…`, `&from=…&to=…` (numbers, or days as 2026-11-21), or the name alone: whoever has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.core.errors import Invalid
from app.core.text import fold
from app.properties.names import property_key
from app.properties.values import as_day, read_value
from app.web.locale import day
from app.web.locale import gettext as _

LONGEST = 400
VERBS = ("is", "has", "from", "to")

# An array, so that the values are read once, by their index. As `in (…)` the planner sometimes walked the whole list
# and looked up each row: 50 to 107 ms with 10,000 notes, where this takes 0.3 to 8 ms for few and 39 ms if all match.
CLAUSE = " and {column} = any (array(select v.record_id from property_values v where v.key = ${key}{match}))"
# Within a name's rows, which an index finds, all further comparing is cheap.
MATCHES = {
    "any": "",
    "is": " and v.folded = ${low}",
    "has": " and strpos(v.folded, ${low}) > 0",
    "numbers": " and v.number >= ${low} and v.number <= ${high}",
    "days": " and v.folded >= ${low} and left(v.folded, 10) <= ${high} and v.folded ~ '^[0-9]{{4}}-[0-9][0-9]-[0-9]'",
}
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"
FIRST_NUMBER, LAST_NUMBER = float("-inf"), float("inf")


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """At most one of `word` (exactly), `part` and the range; texts as they were given."""

    name: str
    word: str = ""
    part: str = ""
    low: str = ""
    high: str = ""

    @property
    def match(self) -> str:
        if self.word or self.part:
            return "is" if self.word else "has"
        if self.low or self.high:
            return "days" if as_day(self.low or self.high) else "numbers"
        return "any"

    @property
    def values(self) -> tuple[Any, ...]:
        """The parameters of its clause."""
        key = property_key(self.name)
        ranges = {
            "any": (), "is": (_comparable(self.word),), "has": (fold(self.part)[:LONGEST],),
            "days": (self.low or FIRST_DAY, self.high or LAST_DAY),
            "numbers": (_float(self.low, FIRST_NUMBER), _float(self.high, LAST_NUMBER)),
        }  # fmt: skip
        return key, *ranges[self.match]

    @property
    def query(self) -> dict[str, str]:
        given = {"is": self.word, "has": self.part, "from": self.low, "to": self.high}
        return {"property": self.name, **{verb: value for verb, value in given.items() if value}}

    @property
    def sentence(self) -> str:
        told = {"name": self.name, "value": self.word or self.part, "low": _told(self.low), "high": _told(self.high)}
        if self.word or self.part:
            told["value"] = {"true": _("yes"), "false": _("no")}.get(told["value"], told["value"])
            return (_("%(name)s: %(value)s") if self.word else _("%(name)s contains %(value)s")) % told
        if self.low and self.high:
            return _("%(name)s from %(low)s to %(high)s") % told
        if self.low or self.high:
            return (_("%(name)s from %(low)s") if self.low else _("%(name)s up to %(high)s")) % told
        return _("has %(name)s") % told


def clauses(column: str, first: int) -> dict[str, str]:
    """SQL for each `match`, its parameters numbered from `first`."""
    return {
        match: CLAUSE.format(column=column, key=first, match=sql.format(low=first + 1, high=first + 2))
        for match, sql in MATCHES.items()
    }


def read_filter(given: Mapping[str, Any]) -> PropertyFilter | None:
    """Raises Invalid for a range that is none."""
    name = _clean(given.get("property"))
    if not name:
        return None
    words = {verb: _clean(given.get(verb)) for verb in VERBS}
    if given.get("how") in VERBS:
        words[str(given["how"])] = _clean(given.get("value"))
    for verb in ("is", "has"):
        if words[verb]:
            return PropertyFilter(name, **{"word" if verb == "is" else "part": words[verb]})
    return PropertyFilter(name, low=words["from"], high=words["to"]) if _is_range(words) else PropertyFilter(name)


def filter_href(path: str, name: str, word: str) -> str:
    """The list's address for everything whose property is this word."""
    return f"{path}?{urlencode({'property': name, 'is': word[:LONGEST]} if word else {'property': name})}"


def _is_range(words: Mapping[str, str]) -> bool:
    ends = [words[verb] for verb in ("from", "to") if words[verb]]
    if not ends:
        return False
    are_numbers = all(_float(end, FIRST_NUMBER) > FIRST_NUMBER for end in ends)
    if not are_numbers and not all(as_day(end) for end in ends):
        raise Invalid(_("A range is between two numbers or between two days like 2026-11-21."))
    return True


def _comparable(word: str) -> str:
    return fold(word.strip().removeprefix("[[").removesuffix("]]"))[:LONGEST]


def _float(text: str, otherwise: float) -> float:
    try:
        return float(read_value("number", text)) if text else otherwise
    except Invalid:
        return otherwise


def _told(end: str) -> str:
    found = as_day(end)
    return day(found) if found else end


def _clean(value: Any) -> str:
    return str(value or "").replace("\0", "").strip()[:LONGEST]
