"""What the templates of History see: deeds as sentences, and fields as they were and became."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.core.text import fold
from app.history.wording import field_label, show_value, tell_deed, tell_who
from app.properties.values import read_json
from app.properties.wording import show_value as show_property
from app.web.locale import gettext as _

MOST_LINES = 200
PROPERTIES = "custom_fields"
Line = tuple[str, str]
"""A sign (+, -, … or a blank) and a line of text."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """`records` are (title, href) of the first few; `more` how many there are beside them."""

    id: UUID
    sentence: str
    who: str
    at: datetime
    records: tuple[tuple[str, str], ...]
    more: int
    is_undone: bool
    can_undo: bool


@dataclass(frozen=True, slots=True)
class HistoryPage:
    rows: tuple[ActionRow, ...]
    next_href: str | None
    is_empty: bool


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`lines` for a text of several lines; else `before` and `after`. `key` is the property, where it is one."""

    column: str
    label: str
    before: str
    after: str
    lines: tuple[Line, ...]
    can_revert: bool
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    seq: int
    action_id: UUID
    sentence: str
    who: str
    at: datetime
    is_undone: bool
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class RecordHistory:
    title: str
    href: str
    versions_href: str
    changes: tuple[ChangeRow, ...]


def history_page(
    seqs: Mapping[UUID, int], deeds: Mapping[UUID, asyncpg.Record], titles: Mapping[UUID, Sequence[asyncpg.Record]],
    kinds: Mapping[str, Kind], following: int | None, *, is_first: bool,
) -> HistoryPage:  # fmt: skip
    rows = tuple(_action_row(deeds[action], titles.get(action, ()), kinds) for action in seqs if action in deeds)
    next_href = "/history?" + urlencode({"before": following}) if following else None
    return HistoryPage(rows, next_href, is_first and not rows)


def _action_row(deed: asyncpg.Record, titles: Sequence[asyncpg.Record], kinds: Mapping[str, Kind]) -> ActionRow:
    records = tuple((_title(row), kinds[row["kind"]].url(row["record_id"])) for row in titles)
    can_undo = not deed["is_undone"] and set(deed["ops"]) != {"delete"}
    return ActionRow(
        deed["action_id"], tell_deed(dict(deed)), tell_who(deed["actor"]), deed["at"], records,
        deed["records"] - len(records), deed["is_undone"], can_undo,
    )  # fmt: skip


def record_history(
    record: asyncpg.Record, record_id: UUID, changes: Iterable[asyncpg.Record], kinds: Mapping[str, Kind]
) -> RecordHistory:
    """Walks from what stands now back through the changes: what one found is what the one before it left."""
    state = read_json(record["fields"])
    rows = []
    for change in changes:
        before = read_json(change["before"])
        fields = tuple(field for column in change["columns"] for field in _fields(column, before, state))
        state |= {column: before.get(column) for column in change["columns"]}
        rows.append(_change_row(change, fields))
    href = kinds[record["kind"]].url(record_id)
    return RecordHistory(_title(record), href, f"/records/{record_id}/versions", tuple(rows))


def _change_row(change: asyncpg.Record, fields: tuple[FieldChange, ...]) -> ChangeRow:
    before = json.loads(change["before"])
    deed = {
        "ops": [change["op"]], "columns": change["columns"], "records": 1, "actor": change["actor"], "undoes": None,
        "discards": "deleted_at" in before and before["deleted_at"] is None,
        "archives": "archived_at" in before and before["archived_at"] is None,
        "pins": before.get("is_pinned") is False,
    }  # fmt: skip
    return ChangeRow(
        change["seq"], change["action_id"], tell_deed(deed), tell_who(change["actor"]), change["at"],
        change["is_undone"], tuple(field for field in fields if field.column != "synced_at"),
    )  # fmt: skip


def _fields(column: str, before: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[FieldChange]:
    """One for each column, but one for each of the properties that changed."""
    if column != PROPERTIES or column not in before:
        yield _field(column, before, state)
        return
    old, new = before[column] or {}, state.get(column) or {}
    for key in sorted({*old, *new}, key=fold):
        if not key.startswith("_") and (key in old, old.get(key)) != (key in new, new.get(key)):
            yield _property(key, old.get(key), new.get(key))


def _property(key: str, old: Any, new: Any) -> FieldChange:
    before, after = show_property(old), show_property(new)
    lines = compare_lines(before, after) if _is_text(before) or _is_text(after) else ()
    return FieldChange(PROPERTIES, key, before or _("nothing"), after or _("nothing"), lines, True, key)


def _field(column: str, before: Mapping[str, Any], state: Mapping[str, Any]) -> FieldChange:
    old, new = before.get(column), state.get(column)
    lines = compare_lines(str(old or ""), str(new or "")) if _is_text(old) or _is_text(new) else ()
    return FieldChange(
        column, field_label(column), show_value(column, old), show_value(column, new), lines,
        can_revert=column in before and old != new,
    )  # fmt: skip


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and ("\n" in value or len(value) > 80)


def compare_lines(before: str, after: str) -> tuple[Line, ...]:
    """The lines that went and came, each with one line around it; `…` where equal lines are left out."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    lines = [("…", "") if line.startswith("@@") else (line[0], line[1:]) for line in list(compared)[2:]]
    cut = [("…", "")] if len(lines) > MOST_LINES else []
    return tuple(lines[1:MOST_LINES] + cut)


def _title(row: asyncpg.Record) -> str:
    return row["title"] or row["preview"][:80] or _("Untitled")
