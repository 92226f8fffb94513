"""A person as a vCard: what address books know by its own field, the rest as X-HEARTH-…, so that nothing is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.core.portable import Row, Surroundings

if TYPE_CHECKING:
    from vobject.base import Component

PLAIN = {"nickname": "nickname", "email": "email", "phone": "tel", "role_title": "title", "notes": "note"}
# Ours alone; a JSON Lines row beside it has every column exactly.
OWN = ("is_self", "is_pinned", "archived_at", "sensitivity", "avatar", "source", "source_id", "created_at")


def name_contact(row: Row) -> str:
    return str(row["full_name"])


def write_contact(row: Row, around: Surroundings) -> str:
    # Takes memory, which a house at rest shall not give.
    import vobject

    card = vobject.vCard()
    _add(card, "uid", f"urn:uuid:{row['id']}")
    _add(card, "fn", row["full_name"])
    card.add("n").value = _name(row["full_name"])
    for column, field in PLAIN.items():
        _add(card, field, row.get(column))
    if row.get("company"):
        card.add("org").value = [_storable(row["company"])]
    if row.get("location"):
        card.add("adr").value = vobject.vcard.Address(city=_storable(row["location"]))
    if around.tags:
        card.add("categories").value = [_storable(tag) for tag in around.tags]
    _add(card, "rev", row["updated_at"])
    _add_own(card, row, around)
    text: str = card.serialize(validate=False)
    return text


def _add_own(card: Component, row: Row, around: Surroundings) -> None:
    for column in OWN:
        if row.get(column) not in (None, False, ""):
            _add(card, f"x-hearth-{column.replace('_', '-')}", row[column])
    for alias in around.aliases:
        _add(card, "x-hearth-alias", alias)
    if row["custom_fields"]:
        _add(card, "x-hearth-fields", json.dumps(row["custom_fields"], ensure_ascii=False))


def _add(card: Component, field: str, value: Any) -> None:
    if value not in (None, ""):
        card.add(field).value = _storable(str(value).lower() if isinstance(value, bool) else str(value))


def _name(full_name: str) -> Any:
    """The last word is the family's, as address books guess; FN has the whole as it is written."""
    import vobject

    given, _, family = _storable(full_name).rpartition(" ")
    return vobject.vcard.Name(family=family, given=given) if given else vobject.vcard.Name(given=family)


def _storable(text: str) -> str:
    """A vCard is made of lines: of the signs below a blank only a line's end has a form in it."""
    return "".join(sign if sign >= " " or sign in "\n\t" else " " for sign in text.replace("\r\n", "\n"))
