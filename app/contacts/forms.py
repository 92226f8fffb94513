"""What the form of a person sent: single fields by their names, rows as `emails.0.value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from app.contacts.fields import MOST_ROWS, ROW_TYPES, TEXTS, ContactFields, read_row

KEY = re.compile(r"([a-z_]+)\.([0-9]{1,3})\.([a-z0-9_]+)")
# Neither of them is typed: they are kept as they were.
KEPT = ("avatar", "card_uid", "groups", "card_extra", "promises")
EDITED = tuple(name for name in ROW_TYPES if name not in KEPT)
ADD, REMOVE = "add_row", "remove_row"
"""The names of the buttons that answer the form with one more row, or one less."""


def read_form(data: Mapping[str, str], before: ContactFields | None = None) -> ContactFields:
    """What the form does not hold stays as it was `before`."""
    before = before or ContactFields()
    given: dict[str, Any] = {name: data[name] for name in (*TEXTS, "notes") if name in data and name not in KEPT}
    given |= {name: data[name] for name in ("domain", "status") if name in data}
    if "is_whole" in data:
        given["is_favourite"] = "is_favourite" in data
        given["wished_days"] = _whole_number(data.get("wished_days", ""))
        given |= dict.fromkeys(EDITED, ())
    return replace(before, **(given | _rows(data)))


def _rows(data: Mapping[str, str]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, dict[int, dict[str, str]]] = {}
    for key, value in data.items():
        if (match := KEY.fullmatch(key)) and match[1] in EDITED and int(match[2]) <= MOST_ROWS:
            found.setdefault(match[1], {}).setdefault(int(match[2]), {})[match[3]] = value
    lists = {}
    for name, rows in found.items():
        known = {field.name for field in fields(ROW_TYPES[name])} - {"e164"}
        lists[name] = tuple(
            read_row(ROW_TYPES[name], {k: v for k, v in row.items() if k in known}) for _, row in sorted(rows.items())
        )
    return lists


def changes_rows(data: Mapping[str, str]) -> bool:
    """Whether a button was pressed that answers the form with another row, or without one."""
    return ADD in data or REMOVE in data


def change_rows(given: ContactFields, data: Mapping[str, str]) -> ContactFields:
    if (name := data.get(ADD, "")) in EDITED:
        return with_row(given, name)
    name, _dot, place = data.get(REMOVE, "").partition(".")
    if name not in EDITED or not place.isdecimal():
        return given
    rows: dict[str, Any] = {name: tuple(row for at, row in enumerate(getattr(given, name)) if at != int(place))}
    return replace(given, **rows)


def with_row(given: ContactFields, name: str) -> ContactFields:
    """One more, empty, of a list."""
    if name not in EDITED:
        return given
    rows: dict[str, Any] = {name: (*getattr(given, name), ROW_TYPES[name]())}
    return replace(given, **rows)


def _whole_number(typed: str) -> int | None:
    return int(typed) if typed.strip().isdecimal() and len(typed.strip()) < 6 else None
