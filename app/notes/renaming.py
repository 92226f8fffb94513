"""A file gets another name, and the texts that show it say the new one."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, NotFound
from app.core.text import fold
from app.notes.attachments import FIND, ONE_AT_A_TIME, safe_name
from app.notes.previews import FILE_MARK
from app.web.locale import gettext as _

TAKEN = """
select exists (select from attachments a join attachments this on this.id = $1
                where a.id <> $1 and a.folded = $2 and a.sha256 <> this.sha256)"""
RENAME = "update attachments set name = $2, folded = $3 where id = $1"
# Where another note has a file of the same name, other texts mean that one.
SHOWING = """
select n.id, n.content from notes n
 where (position($2 in n.content) > 0 or position(replace($2, ' ', '%20') in n.content) > 0)
   and (n.id = $3 or not exists (select from attachments a where a.folded = $4 and a.id <> $1 and a.deleted_at is null))
 order by n.id for update"""
REWRITE = "update notes set content = $2 where id = $1"


async def rename_file(connection: asyncpg.Connection, user_id: UUID, file_id: UUID, given: str) -> UUID | None:
    """The note that the file is on. Raises NotFound, Invalid, or Conflict where another file has the name."""
    await connection.execute(ONE_AT_A_TIME, str(user_id))
    row = await connection.fetchrow(FIND, file_id)
    if row is None or row["deleted_at"] is not None:
        raise NotFound
    ending, name = PurePosixPath(row["name"]).suffix, safe_name(given)
    if not PurePosixPath(name).suffix:
        name += ending
    if await connection.fetchval(TAKEN, file_id, fold(name)):
        raise Conflict(_("Another file of yours is called “%(name)s”.") % {"name": name})
    if name != row["name"]:
        await connection.execute(RENAME, file_id, name, fold(name))
        for note in await connection.fetch(SHOWING, file_id, row["name"], row["record_id"], row["folded"]):
            content = rename_marks(note["content"], row["folded"], name)
            if content != note["content"]:
                await connection.execute(REWRITE, note["id"], content)
    record_id: UUID | None = row["record_id"]
    return record_id


def rename_marks(content: str, folded: str, name: str) -> str:
    """The text with each mark of the file that was called `folded`, whatever its path, showing `name`."""

    def swap(mark: re.Match[str]) -> str:
        is_wiki = mark[1] is not None
        path = mark[1] if is_wiki else mark[2]
        place, slash, last = path.rpartition("/")
        if fold(last if is_wiki else unquote(last)) != folded:
            return mark[0]
        return mark[0].replace(path, place + slash + (name if is_wiki else quote(name)), 1)

    return FILE_MARK.sub(swap, content)
