"""A table of people (CSV) as cards: what its columns mean is guessed from their heads, and a person's to say."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.contacts.cards.card import Card, CardAddress, CardDate, Labelled
from app.contacts.cards.lines import storable
from app.core.text import fold

MOST_COLUMNS = 200
MOST_ROWS = 50_000
LONGEST = 500
SINGLE = ("full_name", "prefix", "first_name", "middle_name", "last_name", "suffix", "nickname", "pronouns", "company",
          "role_title")  # fmt: skip
ADDRESS = ("street", "extra", "po_box", "city", "region", "postcode", "country")
LABELS = ("", "home", "work")
PHONE_LABELS = (*LABELS, "cell", "fax", "home fax", "work fax", "pager", "other")
MEANINGS = (
    "", *SINGLE, "notes", "categories", "birthday", "anniversary",
    *(f"email:{label}" for label in (*LABELS, "other")), *(f"phone:{label}" for label in PHONE_LABELS),
    *(f"url:{label}" for label in LABELS), *(f"{part}:{label}" for part in ADDRESS for label in LABELS),
)  # fmt: skip
# Some clients put several values into one field.
SEPARATOR = " ::: "
DAY = re.compile(r"(\d{1,4})([-./])(\d{1,2})\2(\d{2,4})")

# By what remains of a column's head once case, accents and signs are gone: Google, Outlook, German Outlook, plain ones.
HEADS = {
    "name": "full_name", "full name": "full_name", "display name": "full_name", "anzeigename": "full_name",
    "first name": "first_name", "given name": "first_name", "vorname": "first_name", "middle name": "middle_name",
    "additional name": "middle_name", "weitere vornamen": "middle_name", "last name": "last_name",
    "family name": "last_name", "surname": "last_name", "nachname": "last_name", "title": "prefix", "anrede": "prefix",
    "name prefix": "prefix", "suffix": "suffix", "name suffix": "suffix", "nickname": "nickname",
    "spitzname": "nickname", "pronouns": "pronouns", "company": "company", "organization name": "company",
    "organization": "company", "organization 1 name": "company", "firma": "company", "job title": "role_title",
    "organization title": "role_title", "organization 1 title": "role_title", "position": "role_title",
    "notes": "notes", "note": "notes", "notizen": "notes", "labels": "categories", "group membership": "categories",
    "categories": "categories", "kategorien": "categories", "birthday": "birthday", "geburtstag": "birthday",
    "anniversary": "anniversary", "jahrestag": "anniversary", "mobile phone": "phone:cell", "mobile": "phone:cell",
    "mobiltelefon": "phone:cell", "cell": "phone:cell", "business fax": "phone:work fax", "home fax": "phone:home fax",
    "pager": "phone:pager", "web page": "url:", "website": "url:", "webseite": "url:", "url": "url:",
}  # fmt: skip
PARTS = {
    "street": "street", "strasse": "street", "address": "street", "city": "city", "ort": "city", "state": "region",
    "region": "region", "postal code": "postcode", "postleitzahl": "postcode", "zip": "postcode",
    "country": "country", "country region": "country", "land": "country", "po box": "po_box",
    "extended address": "extra",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def decode_table(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_table(text: str) -> Table:
    """Raises ValueError where it is none."""
    text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    delimiter = max(",;\t|", key=lambda sign: _head_of(text).count(sign))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [tuple(cell.strip() for cell in line[:MOST_COLUMNS]) for line in reader if any(map(str.strip, line))]
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(lines) < 2 or len(lines) > MOST_ROWS:
        raise ValueError(len(lines))
    heads = lines[0]
    return Table(heads, tuple((*line, *[""] * len(heads))[: len(heads)] for line in lines[1:]))


def _head_of(text: str) -> str:
    """The first line, without what stands between quotes."""
    return re.sub(r'"[^"]*"', "", text.lstrip("\n").partition("\n")[0])


def guess_meanings(heads: Sequence[str]) -> tuple[str, ...]:
    """Of several columns that seem to be the one name, the first is."""
    found: list[str] = []
    for head in heads:
        meaning = _guess(" ".join(re.sub(r"[^\w]+", " ", fold(head)).split()))
        found.append("" if meaning in SINGLE and meaning in found else meaning)
    return tuple(found)


def _guess(head: str) -> str:
    if head in HEADS:
        return HEADS[head]
    label = "work" if re.search(r"business|work|geschaftlich|office", head) else ""
    label = label or ("home" if re.search(r"home|privat", head) else "")
    if head.endswith((" label", " type")):
        return ""
    if re.search(r"\be ?mail", head):
        return "" if "display name" in head or "anzeigename" in head else f"email:{label}"
    if re.search(r"fax", head):
        return f"phone:{label} fax".replace(": ", ":") if label else "phone:fax"
    if re.search(r"phone|telefon|\btel\b", head):
        return f"phone:{label}"
    if re.search(r"website|web page", head):
        return f"url:{label}"
    bare = re.sub(r"\b(address|adresse|home|work|business|privat|geschaftlich|other|\d+)\b", " ", head)
    part = PARTS.get(" ".join(bare.split()), "street" if head.strip() in ("address", "adresse") else "")
    return f"{part}:{label}" if part else ""


def table_cards(table: Table, meanings: Sequence[str]) -> Iterator[Card]:
    """A row that names nobody gives no card."""
    for row in table.rows:
        if card := row_card(table.heads, row, meanings):
            yield card


def row_card(heads: Sequence[str], row: Sequence[str], meanings: Sequence[str]) -> Card | None:
    fields: dict[str, Any] = {}
    many: dict[str, list[Any]] = {"emails": [], "phones": [], "urls": [], "dates": [], "categories": []}
    addresses: dict[str, CardAddress] = {}
    notes: list[str] = []
    for head, cell, meaning in zip(heads, row, meanings, strict=False):
        if not cell or not meaning:
            continue
        name, _, label = meaning.partition(":")
        if name in SINGLE:
            fields[name] = " ".join(cell.split())[:LONGEST]
        elif name in ADDRESS:
            addresses[label] = replace(addresses.get(label, CardAddress(label)), **{name: cell[:LONGEST]})
        elif not _take(many, name, label, cell):
            notes.append(cell if name == "notes" else f"{head}: {cell}")
    full_name = fields.pop("full_name", "") or _make_name(fields, many)
    if not full_name:
        return None
    lists: dict[str, Any] = {name: tuple(dict.fromkeys(values)) for name, values in many.items()}
    return Card(full_name, addresses=tuple(addresses.values()), notes="\n\n".join(notes), **fields, **lists)


def _take(many: dict[str, list[Any]], name: str, label: str, cell: str) -> bool:
    """Whether the cell is what its column says; else it is kept among the notes."""
    parts = [part.strip() for part in cell.split(SEPARATOR.strip()) if part.strip()]
    if name == "categories":
        many[name] += [word.strip(" *") for part in parts for word in re.split("[;,]", part) if word.strip(" *")]
        return True
    if name in ("birthday", "anniversary"):
        many["dates"] += [CardDate(name, day)] if (day := read_day(cell)) else []
        return day is not None
    fits = name in ("email", "phone", "url") and all(len(part) <= LONGEST for part in parts)
    if not fits or (name == "email" and not all("@" in part for part in parts)):
        return False
    many[f"{name}s"] += [Labelled(label, part) for part in parts]
    return True


def read_day(cell: str) -> str | None:
    """1980-02-29, 29.2.1980, 2/29/1980, --02-29; Outlook's 0.0.00 is none."""
    if found := re.fullmatch(r"--(\d\d)-?(\d\d)", cell):
        return f"--{found[1]}-{found[2]}" if _day(2000, int(found[1]), int(found[2])) else None
    found = DAY.match(cell)
    if not found:
        return None
    first, sign, second, third = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4:
        return _day(first, second, third)
    if len(found[4]) != 4:
        return None
    is_month_first = sign == "/" and first <= 12
    return _day(third, first, second) if is_month_first else _day(third, second, first)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _make_name(fields: dict[str, Any], many: dict[str, list[Any]]) -> str:
    order = ("prefix", "first_name", "middle_name", "last_name", "suffix")
    whole = " ".join(filter(None, (fields.get(part, "") for part in order)))
    for name in (whole, fields.get("nickname", ""), fields.get("company", "")):
        if name:
            return str(name)[:LONGEST]
    return next((str(one.value) for one in (*many["emails"], *many["phones"])), "")
