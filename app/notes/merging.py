"""Several notes become one: the others lie in the trash and stand for it, and one Undo parts them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import Invalid, NotFound
from app.notes.pages import shown_title
from app.notes.selected import read_chosen
from app.notes.service import check_text
from app.web.auth import Visitor, make_shell
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

MOST = 50

READ = """
select id, title, content, content_format, note_kind, created_at, folder_id, is_pinned from notes
 where id = any($1) and deleted_at is null order by created_at, id for update"""

# What was merged into one of the others before goes along.
INHERIT = "update notes set merged_into = $2 where merged_into = any($1)"
MERGE = "update notes set merged_into = $2, deleted_at = now() where id = any($1)"
# In SQL, where a number keeps its digits. Of a name that both have, the kept note's value stays; whatever the spelling.
KEEP = """
update notes k set content = $3, folder_id = coalesce(k.folder_id, $4), is_pinned = k.is_pinned or $5,
       custom_fields = coalesce((
           select jsonb_object_agg(f.key, f.value) from (
                  select distinct on (fold_text(e.key)) e.key, e.value
                    from notes o cross join lateral jsonb_each(o.custom_fields) e
                   where o.id = any($1) order by fold_text(e.key), o.created_at, o.id) f
            where not exists (select from jsonb_object_keys(k.custom_fields) own
                               where fold_text(own) = fold_text(f.key))), '{}') || k.custom_fields
 where k.id = $2"""
# What they say in their own words, the text says that they become.
FILE = """
insert into filings as f (user_id, record_id, topic_id)
select distinct app_user_id(), $2::uuid, rt.topic_id from record_topics rt
 where rt.record_id = any($1) and rt.origin <> 'written'
   and not exists (select from record_topics own where own.record_id = $2 and own.topic_id = rt.topic_id)
on conflict (record_id, topic_id) do update set deleted_at = null where f.deleted_at is not null"""
ATTACH = "update attachments set record_id = $2 where record_id = any($1)"


@dataclass(frozen=True, slots=True)
class MergePage:
    """`notes` are (id, title, when it was made), the oldest first."""

    notes: tuple[tuple[UUID, str, datetime], ...]
    keep: UUID
    back: str
    error: str = ""


@post("/notes/selected/merge", status_code=303)
async def merge_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Without `keep`, the page that asks which of them stays."""
    chosen = await read_chosen(request, visitor, shared)
    if len(chosen.ids) < 2:
        return say(chosen.redirect(), _("Select two notes or more to merge them."))
    if "keep" not in chosen.form:
        return await _ask(request, visitor, shared, chosen.ids, chosen.back)
    action_id = uuid4()
    try:
        keep_id = read_id(str(chosen.form["keep"]))
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            await merge_notes(connection, chosen.ids, keep_id)
    except Invalid as error:
        return await _ask(request, visitor, shared, chosen.ids, chosen.back, str(error))
    told = ngettext("%(num)s note is one now.", "%(num)s notes are one now.", len(chosen.ids))
    answer = Redirect(f"/notes/{keep_id}", status_code=303)
    return say(answer, told % {"num": number(len(chosen.ids))}, action_id)


async def _ask(
    request: Request, visitor: Visitor, shared: Shared, ids: Sequence[UUID], back: str, error: str = ""
) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        rows = await _read(connection, ids)
    notes = tuple((row["id"], shown_title(row["title"], row["content"]), row["created_at"]) for row in rows)
    page, shell = MergePage(notes, notes[0][0], back, error), make_shell(request, visitor, "notes")
    return shared.pages.response(request, "notes/merge.html", page, shell=shell, status=400 if error else 200)


async def merge_notes(connection: asyncpg.Connection, ids: Sequence[UUID], keep_id: UUID) -> None:
    """Into the one that is kept. Names, links, topics, files and properties of the others come along."""
    rows = await _read(connection, ids)
    kept = next((row for row in rows if row["id"] == keep_id), None)
    if kept is None:
        raise NotFound
    others = [row for row in rows if row["id"] != keep_id]
    if any(row["note_kind"] == "log" for row in others):
        raise Invalid(_("The log of a day stays that of its day: keep it, or leave it out."))
    if {row["content_format"] for row in rows} != {kept["content_format"]}:
        raise Invalid(_("Only notes of one format can be merged."))
    _title, content = check_text(kept["title"], join_texts(rows, keep_id))
    gone = [row["id"] for row in others]
    folder = next((row["folder_id"] for row in others if row["folder_id"]), None)
    await connection.execute(KEEP, gone, keep_id, content, folder, any(row["is_pinned"] for row in others))
    await connection.execute(FILE, gone, keep_id)
    await connection.execute(ATTACH, gone, keep_id)
    await connection.execute(INHERIT, gone, keep_id)
    await connection.execute(MERGE, gone, keep_id)


async def _read(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Sequence[asyncpg.Record]:
    if len(ids) > MOST:
        raise Invalid(_("At most %(most)s notes can be merged at once; select fewer.") % {"most": MOST})
    rows = await connection.fetch(READ, ids)
    if len(rows) != len(ids):
        raise NotFound
    return rows


def join_texts(rows: Sequence[asyncpg.Record], keep_id: UUID) -> str:
    """In the order they were made, each under its title; what begins the note stands under the note's own."""
    parts: list[str] = []
    for row in rows:
        is_first = row["id"] == keep_id and not parts
        if row["title"].strip() and not is_first:
            parts.append("## " + " ".join(row["title"].split()))
        if row["content"].strip():
            parts.append(row["content"].strip("\n"))
    return "\n\n".join(parts) + ("\n" if parts else "")


ROUTES = [merge_selected]
