"""The user's verbs on bookmarks. One address is kept once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.bookmarks.addresses import check_address, normalise
from app.core.errors import Conflict, Invalid, NotFound
from app.topics.service import ensure_topic, file_records
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST_TITLE = 500
LONGEST = 1_000_000

# What is known already is only added to: an empty field is filled in, and what lay in the trash is back. $9: somebody
# means this one, and no file of many; by `kept_at` an undo knows that it is not its first keeper's alone.
KEEP = """
insert into bookmarks as b (user_id, url, normal_url, title, description, category, is_favourite, last_visited_at,
                            created_at, updated_at)
values (app_user_id(), $1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), coalesce($8, now()))
on conflict (user_id, normal_url) do update
   set deleted_at = null, archived_at = null,
       title = case when b.title = '' then excluded.title else b.title end,
       description = case when b.description = '' then excluded.description else b.description end,
       category = coalesce(b.category, excluded.category), is_favourite = b.is_favourite or excluded.is_favourite,
       last_visited_at = greatest(b.last_visited_at, excluded.last_visited_at),
       kept_at = case when $9 then clock_timestamp() else b.kept_at end
 where $9 or b.deleted_at is not null or b.archived_at is not null
    or b.title = '' and excluded.title <> '' or b.description = '' and excluded.description <> ''
    or b.category is null and excluded.category is not null or excluded.is_favourite and not b.is_favourite
    or b.last_visited_at is distinct from greatest(b.last_visited_at, excluded.last_visited_at)
returning id, xmax = 0 as is_new"""
KNOWN = "select id from bookmarks where normal_url = $1"
CHANGE = """
update bookmarks set url = $2, normal_url = $3, title = $4, description = $5, category = $6
 where id = $1 and deleted_at is null returning id"""
FAVOUR = "update bookmarks set is_favourite = not is_favourite where id = $1 returning is_favourite"
VISIT = "update bookmarks set visit_count = visit_count + 1, last_visited_at = now() where id = $1 returning url"
DISCARD = "update bookmarks set deleted_at = coalesce(deleted_at, now()) where id = $1 returning id"
RESTORE = "update bookmarks set deleted_at = null where id = $1 returning id"


@dataclass(frozen=True, slots=True)
class BookmarkFields:
    url: str = ""
    title: str = ""
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    is_favourite: bool = False
    added: datetime | None = None
    visited: datetime | None = None


async def keep_bookmark(
    connection: asyncpg.Connection, user_id: UUID, fields: BookmarkFields, *, is_meant: bool = True
) -> tuple[UUID, bool]:  # fmt: skip
    """Its id, and whether the address is new here. Raises Invalid."""
    url = check_address(fields.url)
    title, description, category = _checked(fields)
    row = await connection.fetchrow(
        KEEP, url, normalise(url), title, description, category, fields.is_favourite, fields.visited, fields.added,
        is_meant,
    )  # fmt: skip
    # Null: there is nothing to add to what is there.
    bookmark_id = row["id"] if row else await connection.fetchval(KNOWN, normalise(url))
    await file_under(connection, user_id, bookmark_id, fields.tags)
    return bookmark_id, bool(row and row["is_new"])


async def change_bookmark(
    connection: asyncpg.Connection, user_id: UUID, bookmark_id: UUID, fields: BookmarkFields
) -> None:  # fmt: skip
    url = check_address(fields.url)
    title, description, category = _checked(fields)
    try:
        async with connection.transaction():
            if not await connection.fetchval(CHANGE, bookmark_id, url, normalise(url), title, description, category):
                raise NotFound
    except asyncpg.UniqueViolationError:
        raise Conflict(_("This address is kept already, as another bookmark.")) from None
    await file_under(connection, user_id, bookmark_id, fields.tags)


async def file_under(connection: asyncpg.Connection, user_id: UUID, record_id: UUID, tags: Iterable[str]) -> None:
    for tag in tags:
        if tag.strip(" #"):
            topic_id, _label = await ensure_topic(connection, user_id, tag)
            await file_records(connection, [record_id], topic_id)


def _checked(fields: BookmarkFields) -> tuple[str, str, str | None]:
    title = " ".join(fields.title.replace("\0", "").split())[:LONGEST_TITLE]
    description = fields.description.replace("\0", "").replace("\r\n", "\n").strip()
    if len(description) > LONGEST:
        raise Invalid(_("A description has at most %(most)s characters.") % {"most": number(LONGEST)})
    category = "/".join(filter(None, (" ".join(part.split()) for part in fields.category.replace("\0", "").split("/"))))
    return title, description, category[:LONGEST_TITLE] or None
