"""vCards in, whatever their version: each card of a text as a person, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple
from typing import Any

from app.contacts.cards.card import OWN_PREFIX, Card, CardAddress, CardDate, JCard, Labelled, Refused
from app.contacts.cards.dates import read_date
from app.contacts.cards.handles import read_handle
from app.contacts.cards.labels import read_label
from app.contacts.cards.lines import Line, decode_bytes, read_lines, split_raw, split_value, unescape
from app.contacts.cards.photos import read_photo
from app.core.words import gettext_noop

# What says something of the card and nothing of the person; it is written anew.
OF_THE_CARD = {"BEGIN", "END", "VERSION", "PRODID", "MAILER"}
TEXTS = {"TITLE": "role_title", "PRONOUNS": "pronouns", "X-PRONOUNS": "pronouns"}
NAME_PARTS = ("last_name", "first_name", "middle_name", "prefix", "suffix")
ADDRESS_PARTS = ("po_box", "extra", "street", "city", "region", "postcode", "country")
LEAST_PREFERRED = 101
LONGEST_CARD = 20_000  # lines
# What a field of a person takes; the rest is kept with what Hearth does not model.
LONGEST = 500
MOST_ROWS = 200

NOBODY = gettext_noop("The card names nobody: it has no name, no company, no address and no number.")
A_LIST = gettext_noop("The card is a list of people and nobody's own.")
TOO_LONG = gettext_noop("The card is longer than any person's.")


def read_cards(content: bytes | str) -> Iterator[Card | Refused]:
    text = decode_bytes(content) if isinstance(content, bytes) else content
    for lines in split_cards(read_lines(text)):
        yield read_card(lines)


def split_cards(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines of each card. One that lies in another (an AGENT of 2.1) is left out with its property."""
    card: list[Line] | None = None
    depth = 0
    for line in lines:
        is_mark = line.value.strip().upper() == "VCARD"
        if line.name == "BEGIN" and is_mark:
            depth += 1
            if depth == 1:
                card = []
        elif line.name == "END" and is_mark:
            depth = max(depth - 1, 0)
            if depth == 0 and card is not None:
                yield card
                card = None
        elif card is not None and depth == 1 and not (line.name == "AGENT" and not line.value):
            card.append(line)
    if card is not None:
        yield card


def read_card(lines: list[Line]) -> Card | Refused:
    if len(lines) > LONGEST_CARD:
        return Refused(TOO_LONG)
    reading = _Reading([line for line in lines if line.name == "VERSION"])
    labels = {line.group.lower(): line for line in lines if line.name == "X-ABLABEL" and line.group}
    for line in _preferred_first(lines):
        label = labels.get(line.group.lower()) if line.group else None
        if line.name in OF_THE_CARD or line.name == "X-ABLABEL":
            continue
        if not reading.take(line, unescape(label.value) if label else ""):
            reading.keep(line)
            if label:
                reading.keep(label)
    return reading.card()


def _preferred_first(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=_preference)


def _preference(line: Line) -> int:
    given = next(iter(line.params.get("pref", ())), "")
    if given.isdecimal():
        return min(int(given[:3]), 100)
    return 1 if "pref" in line.types() else LEAST_PREFERRED


class _Reading:
    """A card while it is being read: what each property says, and what none of Hearth's fields can hold."""

    def __init__(self, versions: list[Line]) -> None:
        self.fields: dict[str, Any] = {"version": versions[0].value.strip() if versions else ""}
        self.many: dict[str, list[Any]] = {
            "emails": [], "phones": [], "urls": [], "addresses": [], "handles": [], "dates": [], "categories": [],
        }  # fmt: skip
        self.nicknames: list[str] = []
        self.notes: list[str] = []
        self.own: dict[str, list[str]] = {}
        self.extra: list[JCard] = []

    def keep(self, line: Line) -> None:
        params: dict[str, Any] = {
            key: values[0] if len(values) == 1 else list(values) for key, values in line.params.items() if values
        }
        if line.group:
            params["group"] = line.group
        kept: JCard = [line.name.lower(), params, "unknown", line.value]
        if kept not in self.extra:
            self.extra.append(kept)

    def take(self, line: Line, label: str) -> bool:
        """Whether one of Hearth's fields holds all that the line says."""
        if line.name.lower().startswith(OWN_PREFIX):
            name = line.name.lower().removeprefix(OWN_PREFIX)
            self.own.setdefault(name, []).append(unescape(line.value))
            return True
        if line.name in TEXTS:
            return self._text(TEXTS[line.name], unescape(line.value))
        if by_name := TAKEN.get(line.name):
            return by_name(self, line, label)
        if handle := read_handle(line):
            return self._add("handles", handle)
        if dated := read_date(line, label):
            return self._dated(dated)
        return False

    def _text(self, field: str, value: str) -> bool:
        value = value.strip()
        if len(value) > LONGEST or (value and self.fields.get(field, value) != value):
            return False
        if value:
            self.fields[field] = value
        return True

    def fn(self, line: Line, label: str) -> bool:
        return self._text("full_name", " ".join(unescape(line.value).split())[:LONGEST])

    def n(self, line: Line, label: str) -> bool:
        if "x-hearth-guess" in line.params:
            return True
        parts = [_listed(part) for part in split_raw(line.value, ";")]
        if not any(parts):
            return True
        if any(self.fields.get(name) for name in NAME_PARTS):
            return False
        separators = (" ", " ", " ", " ", ", ")
        for name, words, separator in zip(NAME_PARTS, parts, separators, strict=False):
            self.fields[name] = separator.join(words)[:LONGEST]
        return True

    def nickname(self, line: Line, label: str) -> bool:
        self.nicknames += [word for word in _listed(line.value) if word not in self.nicknames]
        return True

    def org(self, line: Line, label: str) -> bool:
        """The units of a company are kept as they are, beside its name."""
        parts = [part.strip() for part in split_value(line.value, ";")]
        is_ours = self._text("company", parts[0]) if parts[0] else not any(parts)
        return is_ours and not any(parts[1:])

    def note(self, line: Line, label: str) -> bool:
        note = unescape(line.value).strip("\n")
        if note.strip() and note not in self.notes:
            self.notes.append(note)
        return True

    def uid(self, line: Line, label: str) -> bool:
        return self._text("uid", unescape(line.value))

    def rev(self, line: Line, label: str) -> bool:
        self.fields.setdefault("rev", line.value.strip())
        return True

    def email(self, line: Line, label: str) -> bool:
        value = unescape(line.value).removeprefix("mailto:")
        return ("@" in value or not value.strip()) and self._labelled("emails", line, label, value)

    def tel(self, line: Line, label: str) -> bool:
        value = unescape(line.value)
        return self._labelled("phones", line, label, value[4:] if value[:4].lower() == "tel:" else value)

    def url(self, line: Line, label: str) -> bool:
        return self._labelled("urls", line, label, unescape(line.value))

    def _labelled(self, field: str, line: Line, label: str, value: str) -> bool:
        value = " ".join(value.split())
        return not value or self._add(field, Labelled(read_label(line, label)[:LONGEST], value))

    def adr(self, line: Line, label: str) -> bool:
        parts = [", ".join(_listed(part)) for part in split_raw(line.value, ";")]
        named = dict(zip(ADDRESS_PARTS, parts, strict=False))
        return not any(parts) or self._add("addresses", CardAddress(label=read_label(line, label)[:LONGEST], **named))

    def listed_under(self, line: Line, label: str) -> bool:
        for word in _listed(line.value):
            self._add("categories", word)
        return True

    def photo(self, line: Line, label: str) -> bool:
        photo = read_photo(line) if "photo" not in self.fields else None
        if photo:
            self.fields["photo"] = photo
        return photo is not None

    def _dated(self, dated: CardDate) -> bool:
        """Who is born twice has the other day kept as it was written."""
        once = [other for other in self.many["dates"] if other.label == dated.label and dated.label == "birthday"]
        return once == [dated] if once else self._add("dates", dated)

    def _add(self, field: str, value: Any) -> bool:
        is_known = value in self.many[field]
        texts = (value,) if isinstance(value, str) else astuple(value)
        if not is_known and (len(self.many[field]) >= MOST_ROWS or any(len(text) > LONGEST for text in texts)):
            return False
        if not is_known:
            self.many[field].append(value)
        return True

    def card(self) -> Card | Refused:
        fields = self.fields | {name: tuple(values) for name, values in self.many.items()}
        fields |= {"nickname": ", ".join(self.nicknames)[:LONGEST], "notes": "\n\n".join(self.notes)}
        full_name = (self.fields.get("full_name") or _make_name(fields))[:LONGEST].strip()
        if [line for line in self.extra if line[0] == "kind" and str(line[3]).lower() == "group"]:
            return Refused(A_LIST, full_name)
        if not full_name:
            return Refused(NOBODY)
        own = {name: tuple(values) for name, values in self.own.items()}
        return Card(**fields | {"full_name": full_name, "own": own, "extra": tuple(self.extra)})


TAKEN: dict[str, Callable[[_Reading, Line, str], bool]] = {
    "FN": _Reading.fn, "N": _Reading.n, "NICKNAME": _Reading.nickname, "ORG": _Reading.org, "NOTE": _Reading.note,
    "UID": _Reading.uid, "REV": _Reading.rev, "EMAIL": _Reading.email, "TEL": _Reading.tel, "URL": _Reading.url,
    "ADR": _Reading.adr, "CATEGORIES": _Reading.listed_under, "PHOTO": _Reading.photo,
}  # fmt: skip


def _make_name(fields: dict[str, Any]) -> str:
    order = ("prefix", "first_name", "middle_name", "last_name", "suffix")
    for name in (" ".join(filter(None, (fields.get(part, "") for part in order))), fields["nickname"],
                 fields.get("company", "")):  # fmt: skip
        if name:
            return str(name)
    return next((entry.value for field in ("emails", "phones", "urls", "handles") for entry in fields[field]), "")


def _listed(raw: str) -> list[str]:
    return [word for part in split_value(raw, ",") if (word := part.strip())]
