"""Selected notes as a zip of Markdown files, each with its front matter; sent while it is made."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import yaml
from litestar import Request, Response, post
from litestar.di import NamedDependency as Given
from litestar.response import Stream

from app.notes.pages import shown_title
from app.notes.selected import read_chosen
from app.web.auth import Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

AT_ONCE = 100
LONGEST_NAME = 120
HEAD = {"id", "title", "created", "updated", "tags", "pinned", "archived"}
UNFIT = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|#^\[\]]+')

READ = """
select n.id, n.title, n.content, n.created_at, n.updated_at, n.archived_at, n.is_pinned, n.custom_fields,
       array(select distinct t.label from record_topics rt join topics w on w.id = rt.topic_id
               join topics t on t.id = coalesce(w.merged_into, w.id)
              where rt.record_id = n.id and rt.origin <> 'written' and t.deleted_at is null order by 1) as topics
  from notes n where n.id = any($1) order by n.id"""


@post("/notes/selected/take", status_code=200)
async def take_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    chosen = await read_chosen(request, visitor, shared)
    if not chosen.ids:
        return say(chosen.redirect(), _("No note was selected."))
    headers = {"Content-Disposition": 'attachment; filename="notes.zip"', "Cache-Control": "private, no-store"}
    return Stream(_zip_notes(shared, visitor.user_id, chosen.ids), media_type="application/zip", headers=headers)


class Outgoing:
    """What a zip is written to: it cannot be gone back in, and is emptied as it is sent."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here: whoever sends takes what waits."""

    def take(self) -> bytes:
        waiting = bytes(self._waiting)
        self._waiting.clear()
        return waiting


async def _zip_notes(shared: Shared, user_id: UUID, ids: Sequence[UUID]) -> AsyncIterator[bytes]:
    outgoing, taken = Outgoing(), set[str]()
    with zipfile.ZipFile(outgoing, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for start in range(0, len(ids), AT_ONCE):
            # A transaction for each piece: whoever downloads slowly holds no connection meanwhile.
            async with shared.database.reading(user_id) as connection:
                rows = await connection.fetch(READ, ids[start : start + AT_ONCE])
            for row in rows:
                archive.writestr(_file_name(row, taken), as_markdown(row))
            yield outgoing.take()
    yield outgoing.take()


def as_markdown(row: asyncpg.Record | Mapping[str, Any]) -> str:
    own = {
        key: value
        for key, value in json.loads(row["custom_fields"]).items()
        if not key.startswith("_") and key.lower() not in HEAD
    }
    front = {
        "id": str(row["id"]), "title": row["title"], "created": row["created_at"].isoformat(),
        "updated": row["updated_at"].isoformat(), **({"tags": list(row["topics"])} if row["topics"] else {}),
        **({"pinned": True} if row["is_pinned"] else {}), **({"archived": True} if row["archived_at"] else {}), **own,
    }  # fmt: skip
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n{row['content']}"


def _file_name(row: asyncpg.Record, taken: set[str]) -> str:
    """After its title, and no two alike, not even where capitals do not count."""
    title = " ".join(UNFIT.sub(" ", shown_title(row["title"], row["content"])).split())
    stem = title[:LONGEST_NAME].strip(". ") or str(row["id"])
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem} ({number})"
    taken.add(name.casefold())
    return name + ".md"


ROUTES = [take_selected]
