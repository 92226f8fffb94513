"""A person as a vCard in an export: what address books know by its own field, the rest as X-HEARTH-…"""

from __future__ import annotations

import json
from typing import Any

from app.core.portable import Row, Surroundings

# Ours alone; a JSON Lines row beside it has every column exactly.
OWN = ("is_self", "is_pinned", "archived_at", "sensitivity", "avatar", "source", "source_id", "created_at")


def name_contact(row: Row) -> str:
    return str(row["full_name"])


def write_contact(row: Row, around: Surroundings) -> str:
    # Takes memory, which a house at rest shall not give.
    from app.contacts.cards.person import card_of
    from app.contacts.cards.writing import write_card
    from app.contacts.fields import ContactFields, fields_of

    # An export of an older Hearth has fewer columns.
    whole = {name: getattr(ContactFields(), name) for name in ContactFields.__dataclass_fields__} | dict(row)
    own = _own(row) | {"alias": around.aliases, "topic": around.tags}
    card = card_of(row["id"], fields_of(whole), rev=str(row["updated_at"]), own={k: v for k, v in own.items() if v})
    return write_card(card)


def _own(row: Row) -> dict[str, tuple[str, ...]]:
    said = {column.replace("_", "-"): _told(row.get(column)) for column in OWN}
    if row.get("custom_fields"):
        said["fields"] = json.dumps(row["custom_fields"], ensure_ascii=False)
    return {name: (value,) for name, value in said.items() if value}


def _told(value: Any) -> str:
    return "true" if value is True else str(value or "")
