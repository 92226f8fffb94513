"""Unlinked mentions on a note's page: asked for once the page stands, and made links one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict, Invalid, NotFound
from app.core.names import find_names
from app.core.text import fold
from app.notes.kind import Note
from app.notes.mentions import Mention, find_mentions, find_places, read_names
from app.notes.pages import shown_title
from app.notes.service import check_text
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
# Between double brackets these would end the name, or begin something else.
_SIGNS = re.compile(r"[\[\]|\\\n#^]")


@dataclass(frozen=True, slots=True)
class MentionsPage:
    id: UUID
    title: str
    href: str
    mentions: tuple[Mention, ...]
    can_link: bool


@get("/notes/{note_id:uuid}/mentions")
async def show_mentions(
    request: Request, note_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await reading.connection.fetchrow("select title, content from notes where id = $1", note_id)
    if row is None:
        raise NotFound
    names = await read_names(reading.connection, note_id)
    found = await find_mentions(reading.connection, note_id, names) if names else []
    known = await find_names(reading.connection, reading.visitor.user_id, [fold(row["title"])])
    meant = known.best(fold(row["title"]), exactly=row["title"])
    # A link by a title that several bear, or that cannot stand between brackets, would lead elsewhere.
    can_link = meant == (note_id, False) and not _SIGNS.search(row["title"])
    title = shown_title(row["title"], row["content"])
    page = MentionsPage(note_id, title, f"/notes/{note_id}", tuple(found), can_link)
    return shared.pages.response(
        request, "notes/mentions.html", page, shell=reading.shell("notes"), blocks=("mentions",)
    )


@post("/notes/{note_id:uuid}/mentions", status_code=303)
async def link_mention(note_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Turns one place in another note's text into a link to this one."""
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("select exists (select from notes where id = $1)", note_id):
            raise NotFound
        names = await read_names(connection, note_id)
    source_id, version, start = _read_place(data)
    back = Redirect(f"/notes/{note_id}", status_code=303)
    try:
        async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
            source = await _link(session, note_id, source_id, version, start, names)
            title = shown_title(source.title, source.content)
    except Conflict as moved:
        return say(back, str(moved))
    return say(back, _("Linked in “%(title)s”.") % {"title": title}, action_id)


async def _link(
    session: AsyncSession, note_id: UUID, source_id: UUID, version: int, start: int, names: list[str]
) -> Note:
    target = await session.get(Note, note_id)
    source = await session.scalar(select(Note).where(Note.id == source_id).with_for_update())
    if target is None or source is None or source.deleted_at or source_id == note_id:
        raise NotFound
    place = next((it for it in find_places(source.content, names) if it[0] == start), None)
    if source.version != version or place is None or _SIGNS.search(target.title):
        raise Conflict(_("That note was changed meanwhile; look at where it names this one now."))
    linked = with_link(source.content, place, target.title)
    source.content = check_text(source.title, linked)[1]
    return source


def with_link(text: str, place: tuple[int, int], title: str) -> str:
    """The text with the words there inside a link to the title; what is shown stays as it was written."""
    start, end = place
    written = text[start:end]
    line = text[text.rfind("\n", 0, start) + 1 : start]
    # In a table a bar would end the cell.
    bar = "\\|" if "|" in line else "|"
    return f"{text[:start]}[[{title if written == title else title + bar + written}]]{text[end:]}"


def _read_place(data: dict[str, str]) -> tuple[UUID, int, int]:
    try:
        version, start = (int(data[name]) for name in ("version", "start") if len(data[name]) < 10)
        return UUID(data["source"]), version, start
    except (KeyError, ValueError):
        raise Invalid(_("The form lost track of the place in that note; reload the page and try again.")) from None


ROUTES = [show_mentions, link_mention]
