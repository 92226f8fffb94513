"""What templates see of properties: the list on a record's page, and the form of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg

from app.core.names import find_names
from app.core.record import Kind
from app.core.text import fold
from app.properties import queries
from app.properties.names import imported_hint, property_key
from app.properties.service import PropertyEntry
from app.properties.values import NESTED, as_day, effective_type, fits, form_text, link_name, read_json
from app.properties.wording import Item, misfit, show_code, show_items, type_labels

MOST_UNFOLDED = 4
"""A phone shows as many at once; more are folded."""


@dataclass(frozen=True, slots=True)
class PropertyRow:
    name: str
    kind: str
    items: tuple[Item, ...]
    code: str
    remark: str
    edit_href: str


@dataclass(frozen=True, slots=True)
class PropertyForm:
    """`control` is the input's type, or `lines` or `choice`; `names` are offered for a new one's name.

    `standing` is what somebody else made of it while this was typed.
    """

    action: str
    entry: PropertyEntry
    control: str
    types: tuple[tuple[str, str], ...]
    names: tuple[str, ...] = ()
    hint: str = ""
    code: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    standing: str = ""


@dataclass(frozen=True, slots=True)
class PropertyList:
    """`form` stands in the place of the row whose `entry.former` it is, or at the end; `focus` is the row to go to."""

    address: str
    rows: tuple[PropertyRow, ...]
    can_edit: bool
    form: PropertyForm | None = None
    focus: str | None = None

    @property
    def add_href(self) -> str:
        return f"{self.address}?add=1"

    @property
    def is_folded(self) -> bool:
        return len(self.rows) > MOST_UNFOLDED


@dataclass(frozen=True, slots=True)
class PropertiesPage:
    """`said`: whether the shell's toast goes along with a fragment."""

    title: str
    href: str
    properties: PropertyList
    said: bool = False


async def read_list(
    connection: asyncpg.Connection, user_id: UUID, kinds: Mapping[str, Kind], kind: Kind, record_id: UUID,
    custom_fields: str, *, can_edit: bool = True,
) -> PropertyList:  # fmt: skip
    """At most two queries, however many properties there are, and none when there are none."""
    fields = visible_fields(custom_fields)
    types = await queries.read_types(connection, [property_key(name) for name in fields])
    links = await _find_links(connection, user_id, kinds, fields, types)
    address = f"/records/{record_id}/properties"
    # A kind's list is where its pages are (app/core/record.py); it reads the filter by app/properties/filters.py.
    list_path = kind.path.rpartition("/")[0]
    rows = tuple(
        _row(address, list_path, name, value, types.get(property_key(name)), links) for name, value in fields.items()
    )
    return PropertyList(address, rows, can_edit)


def visible_fields(custom_fields: str) -> dict[str, Any]:
    """By name: jsonb keeps no order of its own. Names with an underscore are the import's."""
    fields = read_json(custom_fields)
    shown = (name for name in fields if not name.startswith("_"))
    return {name: fields[name] for name in sorted(shown, key=lambda name: (fold(name), name))}


async def _find_links(
    connection: asyncpg.Connection, user_id: UUID, kinds: Mapping[str, Kind], fields: Mapping[str, Any],
    types: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    wanted = {folded for name, value in fields.items() for folded in _linked(value, types.get(property_key(name)))}
    if not wanted:
        return {}
    found = await find_names(connection, user_id, wanted)
    best = {folded: match[0] for folded in wanted if (match := found.best(folded))}
    kind_of = {named.record_id: named.kind for several in found.by_folded.values() for named in several}
    return {folded: kinds[kind_of[record_id]].url(record_id) for folded, record_id in best.items()}


def _linked(value: Any, defined: str | None) -> list[str]:
    kind = effective_type(value, defined)
    names = [link_name(part) for part in value] if kind == "list" else []
    if kind == "link" and value:
        names = [link_name(value) or str(value)]
    return [fold(name.partition("|")[0]) for name in names if name and fold(name.partition("|")[0])]


def _row(
    address: str, list_path: str, name: str, value: Any, defined: str | None, links: Mapping[str, str]
) -> PropertyRow:
    kind = effective_type(value, defined)
    remark = misfit(defined) if defined and not fits(value, defined) else ""
    edit_href = f"{address}?{urlencode({'edit': name})}"
    if kind == NESTED:
        return PropertyRow(name, kind, (), show_code(value), remark, edit_href)
    return PropertyRow(name, kind, show_items(kind, name, value, list_path, links), "", remark, edit_href)


async def new_form(connection: asyncpg.Connection, address: str, entry: PropertyEntry, **told: Any) -> PropertyForm:
    types = tuple(type_labels().items())
    return PropertyForm(address, entry, "text", types, await queries.known_names(connection), **told)


async def change_form(
    connection: asyncpg.Connection, address: str, fields: str, name: str, **told: Any
) -> PropertyForm:
    """A form that starts from what is stored."""
    value, key = read_json(fields)[name], property_key(name)
    kind = effective_type(value, (await queries.read_types(connection, [key])).get(key))
    stamp = await queries.read_stamp(connection, fields, name)
    entry = PropertyEntry(name, stamp, name, kind, kind, "" if kind == NESTED else form_text(value))
    return typed_form(address, entry, code=show_code(value) if kind == NESTED else "", **told)


def typed_form(address: str, entry: PropertyEntry, **told: Any) -> PropertyForm:
    """A form that keeps what was typed."""
    hint = imported_hint(entry.former)
    return PropertyForm(
        address, entry, _control(entry.shown_as, entry.value), tuple(type_labels().items()), hint=hint, **told
    )


def _control(kind: str, value: str) -> str:
    """The input for a type; a plain one where another would drop what it cannot show."""
    if kind == "yes_no":
        return "choice" if value in ("", "true", "false") else "text"
    if kind == "list" or (kind == "text" and ("\n" in value or len(value) > 60)):
        return "lines"
    if kind == "date":
        return "date" if not value or as_day(value) else "text"
    if kind == "moment":
        return "datetime-local" if not value or (len(value) == 16 and value[10] == "T") else "text"
    return {"url": "url", "email": "email", "number": "decimal"}.get(kind, "text")
