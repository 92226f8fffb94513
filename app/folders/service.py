"""The verbs on folders. Each runs in the caller's transaction and is undone as its action (app/history/company.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.web.locale import gettext as _

LONGEST_NAME = 255
LONGEST_ICON = 16
DEEPEST = 20
COLOURS = ("", "ember", "moss", "sky", "plum")

# One of that name in the trash comes back: a name stands once in a place, whether its folder is there or not.
ADD = """
insert into folders as f (user_id, parent_id, name, icon, colour, sort_order)
select app_user_id(), $1, $2, nullif($3, ''), nullif($4, ''), coalesce(max(s.sort_order), 0) + 1
  from folders s where s.parent_id is not distinct from $1
on conflict (user_id, parent_id, name) do update
   set deleted_at = null, icon = excluded.icon, colour = excluded.colour, sort_order = excluded.sort_order
 where f.deleted_at is not null
returning id"""
OWN = "select * from folders where id = $1 and deleted_at is null for update"
CHANGE = """
update folders set name = $2, icon = nullif($3, ''), colour = nullif($4, ''), updated_at = now()
 where id = $1 and (name, coalesce(icon, ''), coalesce(colour, '')) <> ($2, $3, $4)"""
NAMESAKE = """
select id, deleted_at from folders where parent_id is not distinct from $1 and name = $2 and id <> $3"""
STEP_ASIDE = "update folders set name = left(name, 240) || ' · ' || left(id::text, 8) where id = $1"
MOVE = "update folders set parent_id = $2, updated_at = now() where id = $1"

# The way up from a folder, itself first.
ABOVE = """
with recursive up as (
    select f.id, f.parent_id, 1 as depth from folders f where f.id = $1
    union all select f.id, f.parent_id, up.depth + 1 from folders f join up on f.id = up.parent_id where up.depth < 100)
select id from up order by depth"""
HEIGHT = """
with recursive below as (
    select f.id, 1 as depth from folders f where f.id = $1
    union all select f.id, b.depth + 1 from folders f join below b on f.parent_id = b.id
     where f.deleted_at is null and b.depth < 100)
select max(depth) from below"""
# Two moves at once, each into the other's folder, would make a ring.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended(app_user_id()::text, 31))"
SIBLINGS = """
select id, sort_order from folders where parent_id is not distinct from $1 and deleted_at is null
 order by sort_order, fold_text(name), id for update"""
PLACE = """
update folders f set sort_order = p.place from unnest($1::uuid[], $2::int[]) p(id, place)
 where f.id = p.id and f.sort_order <> p.place"""
UNFILE = "update notes set folder_id = null where folder_id = $1"
CHILDREN = (
    "select id, name from folders where parent_id = $1 and deleted_at is null order by sort_order, name for update"
)
DISCARD = "update folders set deleted_at = $2 where id = $1"
FILE = "update notes set folder_id = $2 where id = any($1) and folder_id is distinct from $2"


@dataclass(frozen=True, slots=True)
class FolderFields:
    name: str
    icon: str = ""
    colour: str = ""


async def add_folder(connection: asyncpg.Connection, fields: FolderFields, parent_id: UUID | None) -> UUID:
    fields = check_fields(fields)
    if parent_id is not None:
        await _own(connection, parent_id)
        await _check_depth(connection, parent_id, 1)
    made: UUID | None = await connection.fetchval(ADD, parent_id, fields.name, fields.icon, fields.colour)
    if made is None:
        raise Conflict(_("There is a folder of that name already."))
    return made


async def change_folder(connection: asyncpg.Connection, folder_id: UUID, fields: FolderFields) -> None:
    fields = check_fields(fields)
    folder = await _own(connection, folder_id)
    await _make_room(connection, folder["parent_id"], fields.name, folder_id)
    await connection.execute(CHANGE, folder_id, fields.name, fields.icon, fields.colour)


def check_fields(fields: FolderFields) -> FolderFields:
    """As they are stored; raises Invalid."""
    name = " ".join(fields.name.replace("\0", "").split())
    if not name:
        raise Invalid(_("A folder needs a name."))
    if len(name) > LONGEST_NAME:
        raise Invalid(_("The name of a folder has at most %(most)s characters.") % {"most": LONGEST_NAME})
    if "/" in name:
        raise Invalid(_("A slash separates folders: make one inside the other instead."))
    icon = fields.icon.replace("\0", "").strip()
    if len(icon) > LONGEST_ICON:
        raise Invalid(_("An icon is one sign or emoji."))
    return FolderFields(name, icon, fields.colour if fields.colour in COLOURS else "")


async def move_folder(
    connection: asyncpg.Connection, folder_id: UUID, parent_id: UUID | None, before: UUID | None = None
) -> None:
    """Into another folder, or to the top; before one of those that lie there, or behind them all."""
    await connection.execute(ONE_AT_A_TIME)
    folder = await _own(connection, folder_id)
    if folder["is_default"] and parent_id is not None:
        raise Invalid(_("This folder came with the house and stays at the top."))
    if parent_id is not None:
        await _own(connection, parent_id)
        if folder_id in {row[0] for row in await connection.fetch(ABOVE, parent_id)}:
            raise Invalid(_("A folder cannot lie in itself, nor in a folder that lies in it."))
        await _check_depth(connection, parent_id, await connection.fetchval(HEIGHT, folder_id))
    if folder["parent_id"] != parent_id:
        await _make_room(connection, parent_id, folder["name"], folder_id)
        await connection.execute(MOVE, folder_id, parent_id)
    await _place(connection, folder_id, parent_id, before)


async def settle_folder(connection: asyncpg.Connection, folder_id: UUID, parent_id: UUID | None) -> None:
    """Into another folder, if it does not lie there already."""
    if (await _own(connection, folder_id))["parent_id"] != parent_id:
        await move_folder(connection, folder_id, parent_id)


async def step_folder(connection: asyncpg.Connection, folder_id: UUID, by: int) -> None:
    """One place up (-1) or down (1) among those that lie beside it."""
    folder = await _own(connection, folder_id)
    ids = [row["id"] for row in await connection.fetch(SIBLINGS, folder["parent_id"])]
    place = ids.index(folder_id)
    ids.insert(min(max(place + by, 0), len(ids) - 1), ids.pop(place))
    await _number(connection, ids)


async def delete_folder(connection: asyncpg.Connection, folder_id: UUID) -> int:
    """Its notes lie in no folder then, its subfolders where it lay; how many notes that were."""
    folder = await _own(connection, folder_id)
    if folder["is_default"]:
        raise Invalid(_("This folder came with the house and stays."))
    unfiled = int((await connection.execute(UNFILE, folder_id)).split()[-1])
    for child in await connection.fetch(CHILDREN, folder_id):
        await _rehome(connection, child["id"], child["name"], folder["parent_id"], folder_id)
    await connection.execute(DISCARD, folder_id, datetime.now(UTC))
    return unfiled


def read_folder_id(data: Mapping[str, Any], field: str = "folder") -> UUID | None:
    """Of a form; None for no folder. Raises NotFound for what is no id."""
    try:
        return UUID(str(data[field])) if data.get(field) else None
    except ValueError:
        raise NotFound from None


async def file_notes(connection: asyncpg.Connection, note_ids: Sequence[UUID], folder_id: UUID | None) -> int:
    """Put notes into a folder, or into none; how many were elsewhere before."""
    if folder_id is not None:
        await _own(connection, folder_id)
    return int((await connection.execute(FILE, note_ids, folder_id)).split()[-1])


async def _own(connection: asyncpg.Connection, folder_id: UUID) -> asyncpg.Record:
    folder = await connection.fetchrow(OWN, folder_id)
    if folder is None:
        raise NotFound
    return folder


async def _check_depth(connection: asyncpg.Connection, parent_id: UUID, height: int) -> None:
    if len(await connection.fetch(ABOVE, parent_id)) + height > DEEPEST:
        raise Invalid(_("Folders lie at most %(most)s deep.") % {"most": DEEPEST})


async def _make_room(connection: asyncpg.Connection, parent_id: UUID | None, name: str, for_: UUID) -> None:
    """One in the trash gives the name up; a living one keeps it."""
    namesake = await connection.fetchrow(NAMESAKE, parent_id, name, for_)
    if namesake and namesake["deleted_at"] is None:
        raise Conflict(_("There is a folder of that name already."))
    if namesake:
        await connection.execute(STEP_ASIDE, namesake["id"])


async def _rehome(connection: asyncpg.Connection, child: UUID, name: str, parent_id: UUID | None, gone: UUID) -> None:
    """Beside the folder that goes; where its name stands already, it takes a number."""
    number, fresh = 1, name
    while (other := await connection.fetchrow(NAMESAKE, parent_id, fresh, child)) and other["id"] != gone:
        number += 1
        fresh = f"{name[: LONGEST_NAME - 8]} ({number})"
    if other:
        await connection.execute(STEP_ASIDE, gone)
    await connection.execute("update folders set parent_id = $2, name = $3 where id = $1", child, parent_id, fresh)


async def _place(connection: asyncpg.Connection, folder_id: UUID, parent_id: UUID | None, before: UUID | None) -> None:
    ids = [row["id"] for row in await connection.fetch(SIBLINGS, parent_id) if row["id"] != folder_id]
    ids.insert(ids.index(before) if before in ids else len(ids), folder_id)
    await _number(connection, ids)


async def _number(connection: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    await connection.execute(PLACE, ids, list(range(1, len(ids) + 1)))
