"""What becomes of a row for which something stands here already: by its own id, or by what only one may have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

# Of this account, or of how often it was written here; never taken from an archive over a row that is here.
KEPT_HERE = ("id", "user_id", "version", "updated_at", "synced_at", "is_self")
# Two rows of the same name are one thing where these say the same, or where a table has none.
SAYS = {
    "notes": ("title", "content"), "attachments": ("sha256",), "saved_searches": ("query", "place", "kept"),
}  # fmt: skip
SHORT = 8


def moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def is_newer(row: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    theirs, ours = moment(row.get("updated_at")), moment(here.get("updated_at"))
    return theirs is not None and ours is not None and theirs > ours


def is_untouched(here: Mapping[str, Any]) -> bool:
    """Made by the house with the account (Contact Zero, the first folders, a topic of a text), and left as it was."""
    if "version" in here:
        return bool(here["version"] == 1)
    return bool(here.get("is_default")) and here["updated_at"] == here["created_at"]


def missing_here(row: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Columns that are empty here and say something there."""
    empty: tuple[Any, ...] = (None, "", {}, [])
    return [key for key, value in row.items() if key in here and here[key] in empty and value not in empty]


def is_same(table: str, row: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    return all(row.get(column) == here.get(column) for column in SAYS.get(table, ()))


def beside(table: str, columns: tuple[str, ...], row: Mapping[str, Any], row_id: UUID) -> dict[str, Any] | None:
    """What to change of a row so that it can stand beside the one that has these columns' values.

    None where it cannot, and the two become one: folders and topics of one name, Contact Zero.
    """
    stamp = str(row_id)[-SHORT:]
    if columns == ("source", "source_id"):
        return {"source_id": f"{row['source_id']}#{stamp}"}
    if table == "notes" and columns == ("date_key",):
        return {"note_kind": "note"}  # a day has one log; a second one is a note of that day
    if table == "attachments" and columns == ("path",):
        stem, dot, ending = str(row["path"]).rpartition(".")
        return {"path": f"{stem} ({stamp}).{ending}" if dot else f"{ending} ({stamp})"}
    if table == "saved_searches" and columns == ("name",):
        return {"name": f"{str(row['name'])[:85]} ({stamp})"}
    return None
