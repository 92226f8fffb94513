"""What several people's rows say, put together: field by field, and whose each of it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from app.contacts.fields import MOST_ROWS, ROW_TYPES, TEXTS, ContactFields, is_blank
from app.core.text import fold

# One of them is chosen. The UID is an address book's name for the one that stays, so it is never another's.
SINGLE = (*(name for name in TEXTS if name != "card_uid"), "domain", "status", "wished_days")
DEFAULTS: Mapping[str, Any] = {"domain": "personal", "status": "active"}
# What is compared of a row: two writings of one number are one.
SAME_BY: Mapping[str, tuple[str, ...]] = {
    "emails": ("value",), "urls": ("value",), "handles": ("service", "value"), "dates": ("label", "date"),
    "relations": ("contact_id", "relation"), "groups": ("group_id",), "promises": ("by", "text", "due"),
    "addresses": ("street", "extra", "po_box", "city", "region", "postcode", "country"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    fields: ContactFields


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, and whose it is."""

    value: Any
    owners: tuple[UUID, ...]


def said_values(people: Sequence[Person], name: str) -> list[tuple[Any, tuple[UUID, ...]]]:
    """The different values of a field that one has but once, with whose each is; the first is the one that stays."""
    found: dict[Any, list[UUID]] = {}
    for person in people:
        value = getattr(person.fields, name)
        value = value.strip() if isinstance(value, str) else value
        if value not in (None, "", DEFAULTS.get(name)):
            found.setdefault(value, []).append(person.id)
    return [(value, tuple(owners)) for value, owners in found.items()]


def said_rows(people: Sequence[Person], name: str) -> list[Row]:
    found: dict[Any, tuple[Any, list[UUID]]] = {}
    for person in people:
        for row in getattr(person.fields, name):
            if not is_blank(row):
                found.setdefault(same_row(name, row), (row, []))[1].append(person.id)
    return [Row(row, tuple(dict.fromkeys(owners))) for row, owners in found.values()]


def same_row(name: str, row: Any) -> tuple[str, ...]:
    said = asdict(row)
    if name == "phones":
        return (said["e164"] or "".join(sign for sign in said["value"] if sign.isdigit()) or said["value"],)
    return tuple(fold(str(said[part] or "")) for part in SAME_BY[name])


def join_notes(people: Iterable[Person]) -> str:
    texts = dict.fromkeys(person.fields.notes.strip("\n") for person in people)
    return "\n\n".join(text for text in texts if text.strip())


def combine(
    people: Sequence[Person], picked: Mapping[str, Any] | None = None, dropped: Collection[tuple[str, ...]] = ()
) -> ContactFields:
    """As the first of them, with all that the others say besides.

    `picked` and `dropped` are a person's own choices: values of fields, and rows as (list, *same_row) tells them.
    """
    picked = picked or {}
    first, ids = people[0].fields, {str(person.id) for person in people}
    single = {name: picked.get(name, values[0][0]) for name in SINGLE if (values := said_values(people, name))}
    lists: dict[str, Any] = {
        name: tuple(r.value for r in said_rows(people, name) if (name, *same_row(name, r.value)) not in dropped)
        for name in ROW_TYPES
    }
    lists["relations"] = tuple(row for row in lists["relations"] if row.contact_id not in ids)
    extra: list[Any] = []
    for person in people:
        extra += [kept for kept in person.fields.card_extra if kept not in extra]
    return replace(
        first, **single, **{name: rows[:MOST_ROWS] for name, rows in lists.items()}, card_extra=tuple(extra),
        notes=str(picked.get("notes", join_notes(people))),
        is_favourite=any(person.fields.is_favourite for person in people),
    )  # fmt: skip
