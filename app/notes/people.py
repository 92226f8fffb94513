"""Whom a note is by and for: the people of its form, found by what they are called."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.core.errors import Invalid
from app.core.text import fold
from app.web.locale import gettext as _

MOST_SUGGESTED = 300

# By any of their names, or by the address that tells two namesakes apart. Contact Zero is nobody else.
CALLED = """
select distinct c.id from names n join contacts c on c.id = n.record_id
 where c.deleted_at is null and not c.is_self and n.folded = $1
 limit 2"""
SUGGESTED = """
select c.full_name from contacts c left join record_heat h on h.record_id = c.id
 where c.deleted_at is null and c.archived_at is null and not c.is_self
 order by h.warmth desc nulls last, c.full_name limit 300"""
TARGETS = """
select c.id, c.full_name, t.is_written from note_targets t join contacts c on c.id = t.contact_id
 where t.note_id = $1 order by c.full_name, c.id"""


async def find_person(connection: asyncpg.Connection, typed: str) -> UUID:
    """Who is called so. Raises Invalid for nobody, and where it could be another as well."""
    name = " ".join(typed.replace("\0", "").split())
    found = await connection.fetch(CALLED, fold(name))
    if not found:
        sentence = _("Nobody is called “%(name)s” here; add the person first, under People.")
        raise Invalid(sentence % {"name": name[:80]})
    if len(found) > 1:
        sentence = _("Several people are called “%(name)s”; write the e-mail address instead.")
        raise Invalid(sentence % {"name": name[:80]})
    person: UUID = found[0]["id"]
    return person


async def suggest_people(connection: asyncpg.Connection) -> tuple[str, ...]:
    """The names that a form offers, the warmest first."""
    return tuple(dict.fromkeys(row[0] for row in await connection.fetch(SUGGESTED)))


async def read_targets(connection: asyncpg.Connection, note_id: UUID) -> list[asyncpg.Record]:
    """(id, full_name, is_written) of whom a note is for, by name."""
    return await connection.fetch(TARGETS, note_id)
