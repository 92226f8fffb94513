"""The user's verbs on groups, and on several people at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.core.text import fold
from app.notes.attachments import Arrived, keep_files
from app.notes.people import find_person
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST_NAME, LONGEST_DESCRIPTION = 200, 100_000

OWN = "select * from groups where id = $1 for update"
ADD = "insert into groups (user_id, name, description, wished_days) values ($1, $2, $3, $4) returning id"
CHANGE = """
update groups set name = $2, description = $3, wished_days = $4
 where id = $1 and (name, description, wished_days) is distinct from ($2, $3, $4)"""
DISCARD = "update groups set deleted_at = $2 where id = $1 and deleted_at is null"
RESTORE = "update groups set deleted_at = null where id = $1 and deleted_at is not null"
NAMESAKE = """
select id from groups where fold_text(name) = $1 and deleted_at is null and id is distinct from $2
 order by created_at limit 1"""
BANNER = "update groups set banner = $2 where id = $1 and banner is distinct from $2"
PEOPLE = "select count(*) from contacts where id = any($1) and not is_self"
# In each person's own row, so that undo, merge and history know it; a trigger keeps who is in which.
JOIN = """
update contacts c
   set groups = c.groups || jsonb_build_array(jsonb_build_object('group_id', $2::uuid, 'joined_at', $3::timestamptz))
 where c.id = any($1) and not c.is_self and c.deleted_at is null
   and not exists (select from jsonb_array_elements(c.groups) e where e ->> 'group_id' = $2::uuid::text)"""
LEAVE = """
update contacts c
   set groups = (select coalesce(jsonb_agg(e order by n), '[]')
                   from jsonb_array_elements(c.groups) with ordinality l(e, n) where e ->> 'group_id' <> $2::uuid::text)
 where c.id = any($1)
   and exists (select from jsonb_array_elements(c.groups) e where e ->> 'group_id' = $2::uuid::text)"""


@dataclass(frozen=True, slots=True)
class GroupFields:
    """The form as it is typed. `wished` are days, or nothing."""

    name: str = ""
    description: str = ""
    wished: str = ""


def check_fields(fields: GroupFields) -> dict[str, str]:
    """Errors by field; empty when it can be kept."""
    errors = {}
    if not fields.name.strip():
        errors["name"] = _("A group needs a name.")
    elif len(fields.name) > LONGEST_NAME:
        errors["name"] = _("This holds at most %(most)s characters.") % {"most": number(LONGEST_NAME)}
    if len(fields.description) > LONGEST_DESCRIPTION or "\0" in fields.name + fields.description:
        errors["description"] = _("This holds at most %(most)s characters.") % {"most": number(LONGEST_DESCRIPTION)}
    if fields.wished.strip() and not (fields.wished.strip().isdecimal() and 1 <= int(fields.wished) <= 3650):
        errors["wished"] = _("Between one day and ten years.")
    return errors


async def add_group(connection: asyncpg.Connection, user_id: UUID, fields: GroupFields) -> UUID:
    """`fields` are checked already. Raises Conflict where another is called so."""
    await _check_name(connection, fields.name, None)
    return UUID(str(await connection.fetchval(ADD, user_id, *_columns(fields))))


async def change_group(connection: asyncpg.Connection, group_id: UUID, fields: GroupFields) -> bool:
    """Whether anything changed. Raises Conflict where another is called so."""
    await own_group(connection, group_id)
    await _check_name(connection, fields.name, group_id)
    return bool(await connection.execute(CHANGE, group_id, *_columns(fields)) != "UPDATE 0")


async def ensure_group(connection: asyncpg.Connection, user_id: UUID, name: str) -> tuple[UUID, str]:
    """Whichever is called so; made when there is none. Its id and name. Raises Invalid."""
    fields = GroupFields(name=name)
    if errors := check_fields(fields):
        raise Invalid(errors["name"] if "name" in errors else next(iter(errors.values())))
    found = await connection.fetchval(NAMESAKE, fold(name), None)
    group_id = found or await add_group(connection, user_id, fields)
    return group_id, (await own_group(connection, group_id))["name"]


async def join_group(connection: asyncpg.Connection, people: Sequence[UUID], group_id: UUID) -> int:
    """How many were not in it yet. Raises NotFound for people who are not here, and for Contact Zero."""
    await own_group(connection, group_id)
    wanted = sorted(set(people))
    if await connection.fetchval(PEOPLE, wanted) < len(wanted):
        raise NotFound
    return _count(await connection.execute(JOIN, wanted, group_id, datetime.now(UTC)))


async def join_by_name(connection: asyncpg.Connection, typed: str, group_id: UUID) -> int:
    """One name, or several with commas between them. Raises Invalid for one that is nobody's."""
    await own_group(connection, group_id)
    names = [typed] if "," not in typed else [name for name in typed.split(",") if name.strip()]
    if not any(name.strip() for name in names):
        raise Invalid(_("Say who."))
    return await join_group(connection, [await find_person(connection, name) for name in names[:500]], group_id)


async def leave_group(connection: asyncpg.Connection, people: Sequence[UUID], group_id: UUID) -> int:
    """How many were in it."""
    await own_group(connection, group_id)
    if await connection.fetchval(PEOPLE, list(set(people))) < len(set(people)):
        raise NotFound
    return _count(await connection.execute(LEAVE, sorted(people), group_id))


async def set_banner(
    connection: asyncpg.Connection, user_id: UUID, group_id: UUID, arrived: Sequence[Arrived], most: int
) -> None:
    """A picture of the group's own files; none takes the banner away. Raises Invalid for what is no picture."""
    await own_group(connection, group_id)
    if arrived and arrived[0].looks.width is None:
        raise Invalid(_("A banner is a picture: PNG, JPEG, WebP, GIF or AVIF."))
    kept = await keep_files(connection, user_id, group_id, arrived[:1], most)
    await connection.execute(BANNER, group_id, kept[0].id if kept else None)


async def discard_group(connection: asyncpg.Connection, group_id: UUID) -> None:
    await own_group(connection, group_id)
    await connection.execute(DISCARD, group_id, datetime.now(UTC))


async def restore_group(connection: asyncpg.Connection, group_id: UUID) -> None:
    await _any(connection, group_id)
    await connection.execute(RESTORE, group_id)


async def own_group(connection: asyncpg.Connection, group_id: UUID) -> asyncpg.Record:
    """One that is in use, locked. Raises NotFound."""
    row = await _any(connection, group_id)
    if row["deleted_at"] is not None:
        raise NotFound
    return row


async def _any(connection: asyncpg.Connection, group_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(OWN, group_id)
    if row is None:
        raise NotFound
    return row


async def _check_name(connection: asyncpg.Connection, name: str, group_id: UUID | None) -> None:
    if await connection.fetchval(NAMESAKE, fold(name), group_id):
        raise Conflict(_("Another group is called so."))


def _columns(fields: GroupFields) -> tuple[str, str, int | None]:
    wished = fields.wished.strip()
    return fields.name.strip(), fields.description.replace("\r\n", "\n"), int(wished) if wished else None


def _count(answer: str) -> int:
    return int(answer.split()[-1])
