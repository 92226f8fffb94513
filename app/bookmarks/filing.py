"""From the inbox to a bookmark: the one of that address, which is made when there is none."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from app.bookmarks.service import BookmarkFields, keep_bookmark
from app.core.errors import Invalid, NotFound
from app.core.filing import Item, Target
from app.core.words import gettext_noop
from app.web.locale import gettext as _

APPEND = r"""
update bookmarks
   set description = case when description ~ '\S' then rtrim(description, E' \n') || E'\n\n' else '' end || $2
 where id = $1 and deleted_at is null returning id"""


async def make_bookmark(connection: asyncpg.Connection, user_id: UUID, item: Item, choices: Mapping[str, str]) -> UUID:
    if not item.address:
        raise Invalid(_("There is no web address in it; file it as something else."))
    said = item.content.replace(item.address, " ").strip() if item.kind == "capture" else ""
    row = item.row
    fields = BookmarkFields(
        item.address,
        item.title or (said if "\n" not in said and len(said) <= 200 else ""),
        "\n\n".join(part for part in (said if item.title or "\n" in said or len(said) > 200 else "",
                                      str(row.get("description") or "")) if part),
        choices.get("category", ""),
    )  # fmt: skip
    bookmark_id, _is_new = await keep_bookmark(connection, user_id, fields)
    return bookmark_id


async def join_bookmark(connection: asyncpg.Connection, bookmark_id: UUID, item: Item) -> None:
    text = item.content.strip("\n") if item.kind == "capture" else f"[[{item.heading}]]"
    if not await connection.fetchval(APPEND, bookmark_id, text):
        raise NotFound


BOOKMARK_TARGET = Target(
    "bookmark", "l", gettext_noop("Bookmark"), gettext_noop("Kept as a bookmark."), "bookmark", make_bookmark,
    join_bookmark, frozenset({"link"}),
)  # fmt: skip
