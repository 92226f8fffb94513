"""Files on a note: what may come in, under which name, and how they leave again."""

from __future__ import annotations

import errno
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import PurePosixPath
from typing import BinaryIO
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from app.core.text import fold
from app.history.company import find_shown
from app.notes.service import LONGEST_CONTENT
from app.ports.blobs import Blob, BlobStore
from app.ports.pictures import Looks, look_at
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST_NAME = 200
MOST_AT_ONCE = 100
# What ends a name within `![[…]]`, and what a file is better not called anywhere.
_ENDS_MARK = str.maketrans({"[": "(", "]": ")", "|": "-", "#": "-", "^": "-", "<": "(", ">": ")"})
# They join letters, in Persian say, and pictures; all else that is invisible only deceives.
_JOINERS = "\u200c\u200d"

# Names and room are given to one upload of a person at a time.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended($1, 14))"
NOTE = "select deleted_at is not null as in_trash, length(content) as length from notes where id = $1"
HELD = """
select coalesce(sum(size), 0)::bigint from (select distinct sha256, size from attachments where sha256 <> all($1)) t"""
NAMED = """
select id, record_id, folded, sha256 from attachments where folded >= $1 and folded < $1 || U&'\\FFFF'
 order by deleted_at nulls first"""
ATTACH = """
insert into attachments (id, user_id, record_id, name, folded, path, sha256, size, media_type, width, height)
select t.id, $1, $2::uuid, $3::text, $4, 'notes/' || $2::uuid || '/' || t.id || '/' || $3::text, $5, $6, $7, $8, $9
  from (select uuidv7() as id) t returning id"""
BRING_BACK = "update attachments set deleted_at = null where id = $1 and deleted_at is not null"
DISCARD = "update attachments set deleted_at = now() where id = $1 and deleted_at is null"
FIND = "select id, record_id, name, folded, deleted_at from attachments where id = $1"
SHOW = """
update notes set content = case when content = '' then $2 else rtrim(content, E'\\n') || E'\\n\\n' || $2 end
 where id = $1"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file whose bytes are kept already."""

    name: str
    blob: Blob
    looks: Looks


@dataclass(frozen=True, slots=True)
class Attached:
    id: UUID
    name: str
    looks: Looks

    @property
    def mark(self) -> str:
        """What shows it in a text."""
        return f"![[{self.name}]]"


def safe_name(given: str) -> str:
    """As it was given, in any script, without what would break a mark or deceive. Raises Invalid for a path."""
    if "/" in given or "\\" in given or "\0" in given:
        raise Invalid(_("“%(name)s” is a path and no name of a file.") % {"name": given.replace("\0", "�")[:80]})
    name = unicodedata.normalize("NFC", given).translate(_ENDS_MARK)
    name = "".join(sign for sign in name if sign.isprintable() or sign in _JOINERS)
    name = " ".join(name.split())
    if not name.strip(". "):
        raise Invalid(_("A file needs a name."))
    path = PurePosixPath(name)
    return name if len(name) <= LONGEST_NAME else path.stem[: LONGEST_NAME - len(path.suffix[:20])] + path.suffix[:20]


def receive(blobs: BlobStore, given: str, source: BinaryIO, largest: int) -> Arrived:
    """Keep the bytes of a file that was sent; nobody has it yet. Raises Invalid or TooLarge, and keeps nothing."""
    name, size = safe_name(given), source.seek(0, 2)
    source.seek(0)
    if not size:
        raise Invalid(_("“%(name)s” is empty.") % {"name": name})
    if size > largest:
        told = _("“%(name)s” is larger than the %(limit)s MiB that this house takes.")
        raise TooLarge(told % {"name": name, "limit": number(largest // 2**20)})
    blob = _keep(blobs, source)
    with blobs.at_hand(blob.sha256) as path:
        return Arrived(name, blob, look_at(path, name))


def _keep(blobs: BlobStore, source: BinaryIO) -> Blob:
    try:
        return blobs.put(source)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(_("The disk of this house has no room for it.")) from None
        raise


async def check_note(connection: asyncpg.Connection, note_id: UUID) -> int:
    """Whether files may be put on it; the length of its text. Raises NotFound or Conflict."""
    note = await connection.fetchrow(NOTE, note_id)
    if note is None:
        raise NotFound
    if note["in_trash"]:
        raise Conflict(_("This note is in the trash; restore it before you add files."))
    return int(note["length"])


async def attach_files(
    connection: asyncpg.Connection, user_id: UUID, note_id: UUID, arrived: Sequence[Arrived], most: int, *, show: bool
) -> list[Attached]:
    """Put them on the note, and their marks below its text if they are to be shown there.

    The same bytes under the same name are on a note once. `most`: how many bytes a person may have in files.
    """
    length = await check_note(connection, note_id)
    attached = await keep_files(connection, user_id, note_id, arrived, most)
    if show:
        marks = "\n".join(dict.fromkeys(file.mark for file in attached))
        if length + len(marks) + 2 > LONGEST_CONTENT:
            raise Invalid(_("A note holds at most 5 million characters; split this one."))
        await connection.execute(SHOW, note_id, marks)
    return attached


async def keep_files(
    connection: asyncpg.Connection, user_id: UUID, record_id: UUID, arrived: Sequence[Arrived], most: int
) -> list[Attached]:
    """Put them on a record of any kind, which the caller has looked up."""
    await connection.execute(ONE_AT_A_TIME, str(user_id))
    await _check_room(connection, arrived, most)
    return [await _attach(connection, user_id, record_id, file) for file in arrived]


async def _check_room(connection: asyncpg.Connection, arrived: Sequence[Arrived], most: int) -> None:
    """By contents: what a person has twice takes its room once."""
    new = {file.blob.sha256: file.blob.size for file in arrived}
    held = await connection.fetchval(HELD, list(new))
    if held + sum(new.values()) > most:
        told = _("Your files would take more than %(limit)s MiB; delete some, from the trash too, and try again.")
        raise TooLarge(told % {"limit": number(most // 2**20)})


async def _attach(connection: asyncpg.Connection, user_id: UUID, note_id: UUID, file: Arrived) -> Attached:
    """Under the first name that no other content of the person has, so that a mark means one thing everywhere."""
    path = PurePosixPath(file.name)
    alike = await connection.fetch(NAMED, fold(path.stem))
    name = next(
        name for name in chain([file.name], (f"{path.stem} ({number}){path.suffix}" for number in count(2)))
        if all(row["sha256"] == file.blob.sha256 for row in alike if row["folded"] == fold(name))
    )  # fmt: skip
    here = next((row["id"] for row in alike if (row["folded"], row["record_id"]) == (fold(name), note_id)), None)
    if here is not None:
        await connection.execute(BRING_BACK, here)
    else:
        here = await connection.fetchval(
            ATTACH, user_id, note_id, name, fold(name), file.blob.sha256, file.blob.size,
            file.looks.media_type, file.looks.width, file.looks.height,
        )  # fmt: skip
    return Attached(here, name, file.looks)


async def discard_file(connection: asyncpg.Connection, user_id: UUID, file_id: UUID) -> tuple[asyncpg.Record, bool]:
    """Into the trash; the row it was, and whether a text still shows it, which keeps it. Raises NotFound."""
    row = await connection.fetchrow(FIND, file_id)
    if row is None or row["deleted_at"] is not None:
        raise NotFound
    shown = await find_shown(connection, user_id, [file_id], by_trash=False)
    await connection.execute(DISCARD, file_id)
    return row, bool(shown)
