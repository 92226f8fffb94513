"""Folders, files and filings by hand: no records, but what records come in.

Their changes are logged, and undone with the action's others, except that what still serves stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.core.errors import Conflict
from app.web.locale import gettext as _

TABLES = {
    "folder": "folders", "attachment": "attachments", "filing": "filings", "distinction": "distinctions",
    "link": "entity_links",
}  # fmt: skip

# A folder stays that holds something living: a note, or a folder that the action did not make.
DISCARD_FOLDERS = """
update folders f set deleted_at = now()
 where f.user_id = $1 and f.id = any($2) and f.deleted_at is null and not exists (
       with recursive below as (
           select f.id union all
           select c.id from folders c join below b on c.parent_id = b.id where c.deleted_at is null)
       select from below b where b.id <> all($2)
           or exists (select from notes n where n.folder_id = b.id and n.deleted_at is null))"""

# What the texts show, by name (app/notes/previews.py reads the same marks).
SHOWN = r"""
with marks as (
    select m[1] as wiki, m[2] as path from notes n cross join lateral regexp_matches(
           n.content, '!\[\[([^][|#\n]+)|\]\(\s*<?([^()<>\n]+?)>?(?:\s+"[^"\n]*")?\s*\)', 'g') m
     where n.user_id = $1 and (n.deleted_at is null or $3)
       and (position('![[' in n.content) > 0 or position('](' in n.content) > 0)),
shown as (
    select distinct fold_text(regexp_replace(btrim(coalesce(wiki, replace(path, '%20', ' '))), '^.*/', '')) as folded
      from marks)
select a.id from attachments a where a.user_id = $1 and a.id = any($2) and a.folded in (select folded from shown)"""
DISCARD_FILES = "update attachments set deleted_at = now() where user_id = $1 and id = any($2) and deleted_at is null"
# What a person linked by hand is ended, not forgotten, so that undoing the undo has it again.
DISCARD_LINKS = """
update entity_links set valid_to = now()
 where user_id = $1 and id = any($2) and origin = 'manual' and valid_to is null"""
DISCARD_FILINGS = "update filings set deleted_at = now() where user_id = $1 and id = any($2) and deleted_at is null"
DISCARD_DISTINCTIONS = """
update distinctions set deleted_at = now() where user_id = $1 and id = any($2) and deleted_at is null"""

# A name belongs to one folder of a place. One in the trash gives it up (as in app/folders/service.py) to one that has
# it back.
MAKE_ROOM = """
update folders t set name = left(t.name, 240) || ' · ' || left(t.id::text, 8)
  from unnest($1::uuid[], $2::jsonb[]) w(id, wanted) join folders f on f.id = w.id
 where t.user_id = app_user_id() and t.deleted_at is not null and t.id <> all($1)
   and t.name = coalesce(w.wanted ->> 'name', f.name)
   and t.parent_id is not distinct from
       case when w.wanted ? 'parent_id' then (w.wanted ->> 'parent_id')::uuid else f.parent_id end"""

# Whatever was put back: a folder is there as long as something living lies in it.
KEEP_FOLDERS = """
with recursive needed as (
    select f.id, f.parent_id from folders f where f.user_id = $1 and (f.deleted_at is null or exists (
           select from notes n where n.folder_id = f.id and n.deleted_at is null))
    union select f.id, f.parent_id from folders f join needed n on f.id = n.parent_id)
update folders f set deleted_at = null from needed n where f.id = n.id and f.deleted_at is not null"""

# Undone in another order than done, two moves can make a ring.
UNREACHED = """
with recursive reached as (
    select f.id from folders f where f.user_id = $1 and f.parent_id is null
    union all select f.id from folders f join reached r on f.parent_id = r.id)
select exists (select from folders f where f.user_id = $1 and f.id not in (select id from reached))"""

# Of these, what lay its days and holds nothing, not even something in the trash.
DUE_FILES = "select id from attachments where user_id = $1 and deleted_at < $2"
KEEP_FILES = "update attachments set deleted_at = null where user_id = $1 and id = any($2)"
PURGE_FILES = "delete from attachments where user_id = $1 and deleted_at < $2"
PURGE_FOLDERS = """
delete from folders f where f.user_id = $1 and f.deleted_at < $2
   and not exists (select from notes n where n.folder_id = f.id)
   and not exists (select from folders c where c.parent_id = f.id)"""


async def make_room(connection: asyncpg.Connection, folders: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Before these folders have those columns back."""
    moving = {folder: wanted for folder, wanted in folders.items() if {"name", "parent_id"} & wanted.keys()}
    if moving:
        await connection.execute(MAKE_ROOM, list(moving), [json.dumps(wanted) for wanted in moving.values()])


async def discard_company(
    connection: asyncpg.Connection, user_id: UUID, folders: Sequence[UUID], files: Sequence[UUID],
    filings: Sequence[UUID], distinctions: Sequence[UUID], links: Sequence[UUID],
) -> bool:  # fmt: skip
    """Of what an action made, put into the trash what serves nothing any more: after its records lie there.

    Raises Conflict where what was put back is no tree.
    """
    gone = await connection.execute(DISCARD_FOLDERS, user_id, folders) if folders else "UPDATE 0"
    # A file stays that a living text shows, whichever note it came with.
    shown = await find_shown(connection, user_id, files, by_trash=False)
    useless = [file for file in files if file not in shown]
    gone_too = await connection.execute(DISCARD_FILES, user_id, useless) if useless else "UPDATE 0"
    unfiled = await connection.execute(DISCARD_FILINGS, user_id, filings) if filings else "UPDATE 0"
    if distinctions and await connection.execute(DISCARD_DISTINCTIONS, user_id, distinctions) != "UPDATE 0":
        unfiled = "UPDATE 1"
    if links and await connection.execute(DISCARD_LINKS, user_id, links) != "UPDATE 0":
        unfiled = "UPDATE 1"
    await connection.execute(KEEP_FOLDERS, user_id)
    if await connection.fetchval(UNREACHED, user_id):
        raise Conflict(_("This cannot be undone any more: something else stands in its place now."))
    return {gone, gone_too, unfiled} != {"UPDATE 0"}


async def purge_company(connection: asyncpg.Connection, user_id: UUID, before: datetime) -> None:
    """What lay its days in the trash is deleted, unless a text that is still here, in the trash or not, shows it."""
    due = [row[0] for row in await connection.fetch(DUE_FILES, user_id, before)]
    await connection.execute(KEEP_FILES, user_id, list(await find_shown(connection, user_id, due, by_trash=True)))
    await connection.execute(PURGE_FILES, user_id, before)
    # From the leaves up: a folder goes once it is empty.
    while await connection.execute(PURGE_FOLDERS, user_id, before) != "DELETE 0":
        continue


async def find_shown(
    connection: asyncpg.Connection, user_id: UUID, files: Sequence[UUID], *, by_trash: bool
) -> set[UUID]:
    return {row[0] for row in await connection.fetch(SHOWN, user_id, files, by_trash)} if files else set()
