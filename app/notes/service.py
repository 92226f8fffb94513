"""The user's verbs on notes. Each runs in the caller's transaction; nothing typed is ever dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid, NotFound
from app.core.merging import Piece, merge_pieces
from app.notes.joining import NoteMoved, Saved, Sent, choose_pieces, join_note, put_text
from app.notes.kind import Note
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST_TITLE = 500
LONGEST_CONTENT = 5_000_000


async def write_note(
    session: AsyncSession, user_id: UUID, note_id: UUID, version: int, title: str, content: str,
    unheard: tuple[tuple[str, str], ...] = (),
) -> Saved:  # fmt: skip
    """Save a title and a text that started from `version` (0: a note that does not exist yet).

    What was saved in between is put together with it; raises NoteMoved where a person has to choose. `unheard`: see
    app/notes/joining.py.
    """
    title, content = check_text(title, content)
    note = await session.get(Note, note_id, with_for_update=True)
    if note is None:
        note = await _create(session, user_id, note_id, version, title, content)
    elif version != note.version and (note.title, note.content) != (title, content):
        return await join_note(session, note, Sent(title, content, version, unheard))
    note = await put_text(session, note, title, content)
    return Saved(note, note.version)


async def write_chosen(session: AsyncSession, note_id: UUID, sent: Sent, version: int, choices: Sequence[str]) -> Note:
    """Save a text after its open places were chosen between; `sent.version` and `version` as NoteMoved told them."""
    title, content = check_text(sent.title, sent.content)
    note = await _own(session, note_id)
    return await choose_pieces(session, note, replace(sent, title=title, content=content), version, choices)


def check_text(title: str, content: str) -> tuple[str, str]:
    """Title and content as they are stored. Line ends are \\n (forms send \\r\\n); all else stays as typed."""
    content = content.replace("\r\n", "\n")
    if "\0" in title or "\0" in content:
        raise Invalid(_("The text holds a NUL character, which cannot be stored; take it out and save again."))
    if len(title) > LONGEST_TITLE:
        sentence = _("A title has at most %(most)s characters; this one has %(count)s.")
        raise Invalid(sentence % {"most": number(LONGEST_TITLE), "count": number(len(title))})
    if len(content) > LONGEST_CONTENT:
        raise Invalid(_("A note holds at most 5 million characters; split this one."))
    return title, content


async def _create(session: AsyncSession, user_id: UUID, note_id: UUID, version: int, title: str, content: str) -> Note:
    if version != 0:
        raise NotFound
    # Another person's id, or the same form sent twice at once: the key decides, and nobody learns which.
    made = await session.scalar(
        insert(Note)
        .values(id=note_id, user_id=user_id, title=title, content=content)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Note.id)
    )
    note = await session.get(Note, note_id)
    if note is None:
        raise NotFound
    if made is None and (note.title, note.content) != (title, content):
        raise NoteMoved(note, note.version, Piece(note.title, title), merge_pieces(None, note.content, content))
    return note


async def pin_note(session: AsyncSession, note_id: UUID, pinned: bool) -> Note:
    note = await _own(session, note_id)
    note.is_pinned = pinned
    return note


async def pin_to_today(session: AsyncSession, note_id: UUID, pinned: bool) -> Note:
    note = await _own(session, note_id)
    note.is_pinned_home = pinned
    return note


async def archive_note(session: AsyncSession, note_id: UUID, archived: bool) -> Note:
    note = await _own(session, note_id)
    note.archived_at = datetime.now(UTC) if archived else None
    return note


async def discard_note(session: AsyncSession, note_id: UUID) -> Note:
    """Into the trash; its links, heat and text stay for its return."""
    note = await _own(session, note_id)
    note.deleted_at = note.deleted_at or datetime.now(UTC)
    return note


async def restore_note(session: AsyncSession, note_id: UUID) -> Note:
    note = await _own(session, note_id)
    note.deleted_at = None
    return note


async def _own(session: AsyncSession, note_id: UUID) -> Note:
    note = await session.scalar(select(Note).where(Note.id == note_id).with_for_update())
    if note is None:
        raise NotFound
    return note
