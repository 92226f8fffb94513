"""The user's verbs on a property of any record: add, change, rename, take away. Each is one action, undone at once.

Whether somebody else was faster is asked of the property and not of the record's version: who goes on writing a note
in another window does not stand in the way of its rating.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, HearthError, Invalid, NotFound
from app.core.record import Kind
from app.properties import queries
from app.properties.names import check_name, property_key
from app.properties.values import NESTED, TYPES, change_value, guess_type, read_json, write_json
from app.web.locale import gettext as _

NEW = ""
"""The stamp of a property that does not exist yet."""


class BadField(Invalid):
    """One field of the form cannot be used: `name` or `value`."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class PropertyEntry:
    """What a form says. `kind` is the chosen type (empty: whichever is known or fits), `shown_as` the form's own."""

    former: str
    stamp: str
    name: str
    kind: str
    shown_as: str
    value: str

    @property
    def is_new(self) -> bool:
        return self.stamp == NEW


async def save_property(
    connection: asyncpg.Connection, user_id: UUID, record_id: UUID, kind: Kind, entry: PropertyEntry
) -> tuple[str, bool]:
    """The name as stored, and whether the record changed. Raises BadField, Conflict, NotFound."""
    record = await queries.read_record(connection, record_id, kind.table)
    if record is None:
        raise NotFound
    former = None if entry.is_new else entry.former
    name = _checked("name", check_name, entry.name, former)
    key = property_key(name)
    known = (await queries.read_types(connection, [key])).get(key)
    stored = None if former is None else read_json(record["fields"]).get(former)
    chosen, value = _read_entry(entry, known, stored)
    untouched = former is not None and value is stored
    outcome = await queries.set_property(
        connection, kind.table, record_id, former, entry.stamp, name, None if untouched else write_json(value)
    )
    _refuse(outcome, name)
    if chosen != NESTED and entry.kind not in ("", entry.shown_as, known):
        await queries.define_type(connection, user_id, key, name, chosen)
    return name, outcome == "done"


def _read_entry(entry: PropertyEntry, known: str | None, stored: Any) -> tuple[str, Any]:
    if entry.shown_as == NESTED:
        return NESTED, stored
    chosen = entry.kind or known or guess_type(entry.value)
    if chosen not in TYPES:
        raise BadField("value", _("There is no such type; choose one of the list."))
    return chosen, _checked("value", change_value, stored, entry.shown_as, chosen, entry.value)


async def remove_property(connection: asyncpg.Connection, record_id: UUID, kind: Kind, former: str, stamp: str) -> None:
    """Raises Conflict, NotFound."""
    _refuse(await queries.set_property(connection, kind.table, record_id, former, stamp, None, None), former)


def _checked(field: str, check: Any, *given: Any) -> Any:
    try:
        return check(*given)
    except Invalid as error:
        raise BadField(field, str(error)) from None


def _refuse(outcome: str, name: str) -> None:
    refusals: dict[str, HearthError] = {
        "gone": NotFound(),
        "moved": Conflict(_("This was changed somewhere else meanwhile; what you typed is still here.")),
        "taken": BadField("name", _("There is a property of this name already: %(name)s.") % {"name": name}),
        "full": BadField("value", _("This record holds as much in its properties as it can; shorten this one.")),
    }
    if outcome in refusals:
        raise refusals[outcome]
