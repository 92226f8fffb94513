"""The filter of an addressbook-query (RFC 6352, 10.5), asked of one card."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from app.contacts.cards.lines import Line, read_lines, unescape
from app.core.errors import Invalid
from app.dav.answers import Refused
from app.dav.xml import CARD
from app.web.locale import gettext as _

Check = Callable[[Sequence[Line]], bool]
Fold = Callable[[str], str]
MOST_CHECKS = 100


def _unicode(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def _ascii(text: str) -> str:
    return "".join(sign.lower() if sign < "\x80" else sign for sign in text)


FOLDS: dict[str, Fold] = {
    "i;unicode-casemap": _unicode, "default": _unicode, "i;ascii-casemap": _ascii, "i;octet": lambda text: text,
}  # fmt: skip
MATCHES: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda text, part: text == part,
    "contains": lambda text, part: part in text,
    "starts-with": lambda text, part: text.startswith(part),
    "ends-with": lambda text, part: text.endswith(part),
}


@dataclass(frozen=True, slots=True)
class Filter:
    checks: tuple[Check, ...]
    is_all: bool

    def fits(self, card: str) -> bool:
        lines = list(read_lines(card))
        return _join(self.is_all, (check(lines) for check in self.checks)) if self.checks else True


def read_filter(element: Element | None) -> Filter:
    """Raises Invalid, or Refused with the rule that is broken."""
    if element is None:
        raise Invalid(_("The request has no filter."))
    if sum(1 for _part in element.iter()) > MOST_CHECKS:
        raise Refused(403, CARD + "supported-filter", _("The request's filter is too long."))
    checks = tuple(_prop(part) for part in _parts(element, {"prop-filter"}))
    return Filter(checks, _is_all(element))


def _prop(element: Element) -> Check:
    group, _dot, name = element.get("name", "").upper().rpartition(".")
    if not name:
        raise Invalid(_("A filter does not say which property it is for."))
    parts = _parts(element, {"is-not-defined", "text-match", "param-filter"})
    absent = any(part.tag == CARD + "is-not-defined" for part in parts)
    tests = [_text(part) if part.tag == CARD + "text-match" else _param(part) for part in parts] if not absent else []
    is_all = _is_all(element)

    def check(lines: Sequence[Line]) -> bool:
        mine = [line for line in lines if line.name == name and (not group or line.group.upper() == group)]
        if absent or not mine or not tests:
            return bool(mine) is not absent
        return _join(is_all, (any(test(line) for line in mine) for test in tests))

    return check


def _text(element: Element) -> Callable[[Line], bool]:
    match = _match(element)
    return lambda line: match(unescape(line.value))


def _param(element: Element) -> Callable[[Line], bool]:
    name = element.get("name", "").lower()
    parts = _parts(element, {"is-not-defined", "text-match"})
    if any(part.tag == CARD + "is-not-defined" for part in parts):
        return lambda line: name not in line.params
    if not parts:
        return lambda line: name in line.params
    match = _match(parts[0])
    return lambda line: any(match(value) for value in line.params.get(name, ()))


def _match(element: Element) -> Callable[[str], bool]:
    fold = FOLDS.get(element.get("collation", "default"))
    if fold is None:
        raise Refused(403, CARD + "supported-collation", _("The request compares texts in an unknown way."))
    compare = MATCHES.get(element.get("match-type", "contains"))
    if compare is None:
        raise Invalid(_("A filter looks for a text in an unknown way."))
    part, negated = fold(element.text or ""), element.get("negate-condition") == "yes"
    return lambda text: compare(fold(text), part) is not negated


def _parts(element: Element, known: set[str]) -> list[Element]:
    names = {CARD + name for name in known}
    if any(part.tag not in names for part in element):
        raise Refused(403, CARD + "supported-filter", _("The request's filter asks for something unknown."))
    return list(element)


def _is_all(element: Element) -> bool:
    return element.get("test", "anyof") == "allof"


def _join(is_all: bool, results: Iterable[bool]) -> bool:
    return all(results) if is_all else any(results)
