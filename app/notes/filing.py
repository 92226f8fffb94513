"""From the inbox to a note: a new one, or the end of one that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from app.core.errors import Invalid, NotFound
from app.core.filing import Item, Target
from app.core.words import gettext_noop
from app.folders.service import file_notes
from app.notes.merging import merge_notes
from app.web.locale import gettext as _

# What a title would not say: topics and people in it are found in texts alone.
SPEAKS = re.compile(r"[#@`]|\[\[|\]\(|https?://")

MAKE = "insert into notes (user_id, title, content) values ($1, $2, $3) returning id"
# One that is a note already stays where it is, and leaves the inbox.
APPEND = r"""
update notes set content = case when content ~ '\S' then rtrim(content, E' \n') || E'\n\n' else '' end || $2 || E'\n'
 where id = $1"""
TEXT = "select content_format, deleted_at from notes where id = $1 for update"


async def make_note(connection: asyncpg.Connection, user_id: UUID, item: Item, choices: Mapping[str, str]) -> UUID:
    note_id = item.id
    if item.kind != "note":
        title, content = split_text(item)
        note_id = await connection.fetchval(MAKE, user_id, title, content)
    if folder := choices.get("folder"):
        try:
            await file_notes(connection, [note_id], UUID(folder))
        except ValueError:
            raise NotFound from None
    return note_id


async def join_note(connection: asyncpg.Connection, note_id: UUID, item: Item) -> None:
    if item.kind == "note":
        return await merge_notes(connection, [item.id, note_id], note_id)
    row = await connection.fetchrow(TEXT, note_id)
    if row is None or row["deleted_at"] is not None:
        raise NotFound
    if row["content_format"] != "markdown":
        raise Invalid(_("Only to a note in Markdown can something be added."))
    await connection.execute(APPEND, note_id, whole_text(item))
    return None


def split_text(item: Item) -> tuple[str, str]:
    """Title and content. A first line that is words alone, and not too many, is the title."""
    if item.title:
        body = _with_address(item.content.strip("\n"), item)
        return item.title, f"{body}\n" if body else ""
    first, _line_end, rest = item.content.strip().partition("\n")
    plain = first.lstrip("# ").strip()
    if plain == item.heading and not SPEAKS.search(plain):
        body = _with_address(rest.strip("\n"), item)
        return plain, f"{body}\n" if body else ""
    return "", whole_text(item) + "\n"


def whole_text(item: Item) -> str:
    """Its words, and what it points at where they do not say it."""
    text = item.content.strip("\n")
    if item.title and item.title not in text:
        text = f"{item.title}\n\n{text}".strip("\n")
    return _with_address(text, item)


def _with_address(text: str, item: Item) -> str:
    if not item.url or item.url in text:
        return text
    return f"{text}\n\n<{item.url}>".strip("\n")


NOTE_TARGET = Target(
    "note", "n", gettext_noop("Note"), gettext_noop("Made a note."), "note", make_note, join_note,
    frozenset({"idea", "thought", "quote", "snippet", "question", "other"}),
)  # fmt: skip
