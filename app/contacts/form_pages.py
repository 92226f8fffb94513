"""What the template of a person's form sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg

from app.contacts.fields import ROW_TYPES, ContactFields
from app.contacts.relating import WORDS
from app.web.locale import gettext as _

PEOPLE = """
select c.id, c.full_name from contacts c left join record_heat h on h.record_id = c.id
 where c.deleted_at is null and not c.is_self and c.id is distinct from $1
 order by h.warmth desc nulls last, c.full_name limit 300"""
NAMED = "select c.id, c.full_name from contacts c where c.id::text = any($1)"


@dataclass(frozen=True, slots=True)
class ContactForm:
    action: str
    version: int
    values: ContactFields
    is_new: bool
    is_self: bool = False
    people: tuple[tuple[str, str], ...] = ()
    topics: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_name_parts(self) -> bool:
        values = self.values
        return bool(values.prefix or values.first_name or values.middle_name or values.last_name or values.suffix)

    @property
    def lists(self) -> tuple[tuple[str, str, str], ...]:
        """(name, title, what its button says) of each list of rows."""
        shown = (
            ("emails", _("E-mail"), _("Add an e-mail address")), ("phones", _("Phone"), _("Add a number")),
            ("handles", _("Elsewhere"), _("Add a place where they are")), ("urls", _("Web"), _("Add a web address")),
            ("addresses", _("Address"), _("Add an address")), ("dates", _("Dates"), _("Add a day")),
            ("relations", _("Related to"), _("Add a relation")),
        )  # fmt: skip
        return shown[:-1] if self.is_self else shown

    @property
    def relation_words(self) -> tuple[tuple[str, str], ...]:
        known = tuple((value, _(words[0].label)) for value, words in WORDS.items())
        others = {row.relation for row in self.values.relations} - WORDS.keys() - {""}
        return (*known, *((value, value) for value in sorted(others)))


def with_first_rows(values: ContactFields) -> ContactFields:
    """An empty row of what nearly everybody has, to write into at once."""
    given: dict[str, Any] = {
        name: (ROW_TYPES[name](),) for name in ("emails", "phones") if not getattr(values, name)
    }  # fmt: skip
    return replace(values, **given)


async def read_people(
    connection: asyncpg.Connection, contact_id: UUID | None, values: ContactFields
) -> tuple[tuple[str, str], ...]:
    """Whom a relation may name: the warmest, and whoever is named already."""
    if not values.relations:
        return ()
    named = [row.contact_id for row in values.relations]
    rows = [*await connection.fetch(NAMED, named), *await connection.fetch(PEOPLE, contact_id)]
    return tuple({str(row[0]): row[1] for row in rows}.items())
