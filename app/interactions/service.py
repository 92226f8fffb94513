"""The user's verbs on interactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.core.local_time import read_moment
from app.notes.people import find_person
from app.web.locale import gettext as _
from app.web.locale import number

TYPES = ("call", "meeting", "message", "email", "dm", "other")
DIRECTIONS = ("both", "me", "them")
LONGEST = 100_000
MOST_PEOPLE = 100
# Clocks differ, and whoever flies east logs a call of "tomorrow".
SOON = timedelta(days=1)

OWN = "select * from interactions where id = $1 for update"
PEOPLE = "select id from contacts where id = any($1) and not is_self and deleted_at is null order by full_name, id"
ADD = """
insert into interactions (user_id, interaction_type, occurred_at, direction, summary, is_notable, author_contact_id,
                          participant_ids)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning id"""
CHANGE = """
update interactions
   set interaction_type = $2, occurred_at = $3, direction = $4, summary = $5, is_notable = $6,
       author_contact_id = $7, participant_ids = $8
 where id = $1 and (interaction_type, occurred_at, direction, summary, is_notable, author_contact_id, participant_ids)
       is distinct from ($2, $3, $4, $5, $6, $7, $8)"""
DISCARD = "update interactions set deleted_at = $2 where id = $1 and deleted_at is null"
RESTORE = "update interactions set deleted_at = null where id = $1 and deleted_at is not null"


@dataclass(frozen=True, slots=True)
class InteractionFields:
    """The form as it is typed. `people` are ids that are ticked, `added` further names; without a day it is now."""

    interaction_type: str = "call"
    day: str = ""
    clock: str = ""
    direction: str = "both"
    summary: str = ""
    is_notable: str = ""
    author: str = ""
    people: tuple[str, ...] = ()
    added: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """What of the fields is stored."""

    interaction_type: str
    occurred_at: datetime
    direction: str
    summary: str
    is_notable: bool
    author: UUID | None
    people: list[UUID]

    def values(self) -> tuple[object, ...]:
        return (self.interaction_type, self.occurred_at, self.direction, self.summary, self.is_notable, self.author,
                self.people)  # fmt: skip


class Wrong(Invalid):
    """A form that cannot be kept: a sentence for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


async def add_interaction(
    connection: asyncpg.Connection, user_id: UUID, fields: InteractionFields, zone: str, now: datetime
) -> UUID:
    """Raises Wrong."""
    logged = await _read(connection, fields, zone, now)
    return UUID(str(await connection.fetchval(ADD, user_id, *logged.values())))


async def change_interaction(
    connection: asyncpg.Connection, interaction_id: UUID, version: int, fields: InteractionFields, zone: str
) -> bool:
    """Whether anything changed. Raises Wrong, and Conflict when it was changed since `version`."""
    row = await _own(connection, interaction_id)
    if row["version"] != version:
        raise Conflict(_("This was changed somewhere else meanwhile; your entries are still in the form."))
    logged = await _read(connection, fields, zone, row["occurred_at"])
    return bool(await connection.execute(CHANGE, interaction_id, *logged.values()) != "UPDATE 0")


async def discard_interaction(connection: asyncpg.Connection, interaction_id: UUID) -> None:
    await _own(connection, interaction_id)
    await connection.execute(DISCARD, interaction_id, datetime.now(UTC))


async def restore_interaction(connection: asyncpg.Connection, interaction_id: UUID) -> None:
    await _any(connection, interaction_id)
    await connection.execute(RESTORE, interaction_id)


async def check_interaction(connection: asyncpg.Connection, interaction_id: UUID) -> None:
    """Raises NotFound for one that is not there, or in the trash."""
    await _own(connection, interaction_id)


async def _read(connection: asyncpg.Connection, fields: InteractionFields, zone: str, now: datetime) -> Logged:
    errors = _check(fields)
    occurred = read_moment(fields.day, fields.clock, zone) if fields.day.strip() else now
    if occurred is None:
        errors["day"] = _("Say on which day it was.")
    elif occurred > datetime.now(UTC) + SOON:
        errors["day"] = _("This has not happened yet; a reminder can wait for it.")
    people, author = await _people(connection, fields, errors), await _author(connection, fields, errors)
    if errors or occurred is None:
        raise Wrong(errors)
    summary = fields.summary.replace("\r\n", "\n").strip()
    return Logged(fields.interaction_type, occurred, fields.direction, summary, bool(fields.is_notable), author, people)


def _check(fields: InteractionFields) -> dict[str, str]:
    errors = {}
    if fields.interaction_type not in TYPES or fields.direction not in DIRECTIONS:
        errors["people"] = _("The form holds a choice that there is not; reload the page and choose again.")
    if len(fields.summary) > LONGEST or "\0" in fields.summary:
        errors["summary"] = _("This holds at most %(most)s characters.") % {"most": number(LONGEST)}
    return errors


async def _people(connection: asyncpg.Connection, fields: InteractionFields, errors: dict[str, str]) -> list[UUID]:
    try:
        ticked = [UUID(one) for one in fields.people]
    except ValueError:
        raise NotFound from None
    found = [row[0] for row in await connection.fetch(PEOPLE, ticked)]
    if len(found) < len(set(ticked)):
        raise NotFound
    try:
        found += [one for one in await _named(connection, fields.added) if one not in found]
    except Invalid as error:
        errors["added"] = str(error)
    else:
        if not found:
            errors["added"] = _("Say with whom.")
        elif len(found) > MOST_PEOPLE:
            errors["added"] = _("At most a hundred people can take part.")
    return found


async def _named(connection: asyncpg.Connection, typed: str) -> list[UUID]:
    """One name, or several with commas between them. Raises Invalid for one that is nobody's."""
    if not typed.strip():
        return []
    try:
        return [await find_person(connection, typed)]
    except Invalid:
        if "," not in typed:
            raise
    found = [await find_person(connection, name) for name in typed.split(",")[: MOST_PEOPLE + 1] if name.strip()]
    return list(dict.fromkeys(found))


async def _author(connection: asyncpg.Connection, fields: InteractionFields, errors: dict[str, str]) -> UUID | None:
    if not fields.author.strip():
        return None
    try:
        return await find_person(connection, fields.author)
    except Invalid as error:
        errors["author"] = str(error)
        return None


async def _own(connection: asyncpg.Connection, interaction_id: UUID) -> asyncpg.Record:
    row = await _any(connection, interaction_id)
    if row["deleted_at"] is not None:
        raise NotFound
    return row


async def _any(connection: asyncpg.Connection, interaction_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(OWN, interaction_id)
    if row is None:
        raise NotFound
    return row
