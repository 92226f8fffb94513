"""Two devices, one note: a save that started from a text which is no longer there is put together with what is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict, Invalid
from app.core.merging import Piece, compose, merge_pieces, merge_texts
from app.notes.kind import Note
from app.web.locale import gettext as _

CHOICES = ("theirs", "mine", "both")
MOST_PLACES = 500
"""Beyond it the two texts are chosen between as wholes."""

# The text of a version is what the next change to it found there; null where it was too large to be kept, or older
# than the changes that say which version they made.
AT_VERSION = text("""
with later as (select c.seq, c.columns, c.before from change_log c
                where c.record_id = :note and c.version > :version and c.op = 'update'),
known as (select count(*) filter (where c.version is null) = 0
              or coalesce(:version >= min(c.version) - 1, false) as known from change_log c where c.record_id = :note)
select case when exists (select from later where 'title' = any(columns))
            then (select before ->> 'title' from later where 'title' = any(columns) order by seq limit 1)
            else :title end as title,
       case when not known then null when exists (select from later where 'content' = any(columns))
            then (select before ->> 'content' from later where 'content' = any(columns) order by seq limit 1)
            else :content end as content
  from known""")
UNHEARD = text("""
select max(c.version) - 1 from change_log c
 where c.record_id = :note and c.version > :version and c.op = 'update' and c.before ->> 'content' = :content""")
NOTHING = ("", "")


class NoteMoved(Conflict):
    """The note was changed elsewhere since, and both changed the same; `title` and `pieces` say what, and where."""

    def __init__(self, note: Note, base: int, title: Piece, pieces: Sequence[Piece]) -> None:
        super().__init__(_("This note was changed somewhere else meanwhile, in the same places as here."))
        # Copied: the transaction that read the note is rolled back by this very error.
        self.id, self.version, self.base = note.id, note.version, base
        self.title, self.pieces = title, tuple(pieces)


@dataclass(frozen=True, slots=True)
class Sent:
    """A text on its way in, and the version that it started from (0: nothing).

    `unheard` are title and text of earlier saves of the same editor that were never answered: any may have arrived.
    """

    title: str
    content: str
    version: int
    unheard: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """What a text started from; `content` is None where it is not known any more."""

    version: int
    title: str
    content: str | None


@dataclass(frozen=True, slots=True)
class Saved:
    """`own_version` is the version that holds the text as it was sent; `note` holds what became of it."""

    note: Note
    own_version: int

    @property
    def is_joined(self) -> bool:
        return self.own_version != self.note.version


async def join_note(session: AsyncSession, note: Note, sent: Sent) -> Saved:
    """Save a text that started from another version than the one that stands there; `note` is locked.

    Raises NoteMoved where a person has to choose.
    """
    base = await find_base(session, note, sent)
    whole_title = merge_line(base.title, note.title, sent.title)
    whole = merge_texts(base.content, note.content, sent.content)
    if whole_title is None or whole is None:
        raise NoteMoved(note, base.version, *_open_places(base, note, sent))
    own = base.version
    if (sent.title, sent.content) != (base.title, base.content):
        # As it was sent first: History keeps it, and what is typed meanwhile goes on from there.
        own = (await put_text(session, note, sent.title, sent.content)).version
    return Saved(await put_text(session, note, whole_title, whole), own)


async def choose_pieces(session: AsyncSession, note: Note, sent: Sent, version: int, choices: Sequence[str]) -> Note:
    """Save what a person chose for each open place, the title's first.

    `version` is the one that the places were shown for; raises NoteMoved when the note moved again since.
    """
    base = await find_base(session, note, sent)
    title, pieces = _open_places(base, note, sent)
    if note.version != version:
        raise NoteMoved(note, base.version, title, pieces)
    if len(choices) != sum(not piece.is_agreed for piece in (title, *pieces)) or not set(choices) <= set(CHOICES):
        raise Invalid(_("Choose one of the two for each place."))
    titles, rest = ([], choices) if title.is_agreed else (choices[:1], choices[1:])
    await put_text(session, note, sent.title, sent.content)
    return await put_text(session, note, title.theirs if titles == ["theirs"] else title.mine, compose(pieces, rest))


def _open_places(base: Base, note: Note, sent: Sent) -> tuple[Piece, tuple[Piece, ...]]:
    title = merge_line(base.title, note.title, sent.title)
    pieces = merge_pieces(base.content, note.content, sent.content)
    if sum(not piece.is_agreed for piece in pieces) > MOST_PLACES:
        pieces = (Piece(note.content + "\n", sent.content + "\n"),)
    return Piece(note.title, sent.title) if title is None else Piece(title, title), pieces


async def find_base(session: AsyncSession, note: Note, sent: Sent) -> Base:
    """The text that a save started from: its version's, or that of an earlier save which the sender never heard of."""
    for title, content in reversed(sent.unheard):
        arrived = await _find_arrived(session, note, sent.version, title, content)
        if arrived is not None:
            return Base(arrived, title, content)
    if sent.version == 0:
        return Base(0, *NOTHING)
    now = {"title": note.title, "content": note.content}
    row = (await session.execute(AT_VERSION, {"note": note.id, "version": sent.version, **now})).one()
    return Base(sent.version, row.title, row.content)


async def _find_arrived(session: AsyncSession, note: Note, since: int, title: str, content: str) -> int | None:
    """The version that holds this very text, None where none since then does."""
    if (title, content) == (note.title, note.content):
        return note.version
    version: int | None = await session.scalar(UNHEARD, {"note": note.id, "version": since, "content": content})
    return version


def merge_line(base: str, theirs: str, mine: str) -> str | None:
    if mine in (theirs, base):
        return theirs
    return mine if theirs == base else None


async def put_text(session: AsyncSession, note: Note, title: str, content: str) -> Note:
    if (note.title, note.content) != (title, content):
        note.title, note.content = title, content
        await session.flush()
        await session.refresh(note)
    return note
