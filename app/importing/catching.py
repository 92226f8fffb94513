"""What is dropped on the inbox: each file becomes a capture, once, whatever it is.

The same run as an import of notes (app/importing/service.py), with another end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg

from app.captures.guessing import guess_type
from app.captures.service import LONGEST, LONGEST_TITLE
from app.core.errors import Invalid, TooLarge
from app.core.properties import read_properties
from app.importing.decoding import decode
from app.importing.front_matter import split_front_matter
from app.importing.letters import Enclosed, read_letter
from app.importing.markup import read_html
from app.importing.report import Report
from app.importing.service import Importer
from app.importing.sources import LARGEST_ATTACHMENT, SourceFile, UnreadableError
from app.notes.attachments import Arrived, keep_files, receive
from app.ports.blobs import BlobStore
from app.web.locale import gettext as _

TEXTS = (".txt", ".text", ".md", ".markdown", ".mdown", ".mkd", ".html", ".htm", ".eml")

ADD = """
insert into captures (user_id, title, content, capture_type, url, source, source_id, created_at, updated_at, synced_at)
select $1, title, content, capture_type, url, source, source_id, coalesce(dated, now()), coalesce(dated, now()), now()
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
    as f(title, content, capture_type, url, source, source_id, dated)
on conflict (user_id, source, source_id) do nothing
returning id, source, source_id"""

# What lies in the trash because the drop that brought it was taken back comes again; what a person discarded does not.
BACK = """
update captures c set deleted_at = null
  from unnest($2::text[], $3::text[]) f(source, source_id)
 where c.user_id = $1 and c.source = f.source and c.source_id = f.source_id
   and c.deleted_at is not null and c.discarded_at is null
returning c.id, c.source, c.source_id"""


@dataclass(frozen=True, slots=True)
class Caught:
    """One file, read. `source_id` is the same whenever the same thing comes again."""

    path: str
    source: str
    source_id: str
    title: str
    content: str
    capture_type: str
    url: str | None
    dated: datetime | None
    files: tuple[Arrived, ...]
    notices: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.source_id

    @property
    def row(self) -> tuple[Any, ...]:
        return (self.title, self.content, self.capture_type, self.url, self.source, self.source_id, self.dated)


class Catcher(Importer):
    async def run(self) -> Report:
        self.report.failed.extend(self.source.refused)
        self.progress(0, len(self.source.files))
        async for caught in self._read_ahead(self.source.files, lambda file: read_caught(file, self.blobs)):
            for one in caught:
                self.report.notices.extend((one.path, notice) for notice in one.notices)
            await self._write(caught, self._write_caught)
        return self.report

    async def _write_caught(self, connection: asyncpg.Connection, caught: Sequence[Caught]) -> Callable[[], None]:
        """The same thing twice in one drop is one, too."""
        by_key = {one.key: one for one in caught}
        added = await _add(connection, self.user_id, list(by_key.values()))
        attached = 0
        for key, record_id in added.items():
            if files := by_key[key].files:
                attached += len(await keep_files(connection, self.user_id, record_id, files, self.most_bytes))
        return lambda: self._count(len(added), len(caught) - len(added), attached)

    def _count(self, added: int, unchanged: int, attached: int) -> None:
        self.report.notes.update(added=added, unchanged=unchanged)
        self.report.attachments.update(added=attached)


async def _add(
    connection: asyncpg.Connection, user_id: UUID, caught: Sequence[Caught]
) -> dict[tuple[str, str], UUID]:  # fmt: skip
    columns = [list(column) for column in zip(*(one.row for one in caught), strict=True)]
    added = await connection.fetch(ADD, user_id, *columns)
    keys = [list(column) for column in zip(*(one.key for one in caught), strict=True)]
    back = await connection.fetch(BACK, user_id, *keys)
    return {(row["source"], row["source_id"]): row["id"] for row in (*added, *back)}


def read_caught(file: SourceFile, blobs: BlobStore) -> Caught:
    """Raises UnreadableError."""
    raw = file.read()
    if not raw.strip():
        raise UnreadableError(_("there is nothing in it"))
    ending = "." + file.name.rpartition(".")[2].lower() if "." in file.name else ""
    if ending == ".eml":
        return _mail(file, raw, blobs)
    if ending not in TEXTS or len(raw) > LONGEST:
        return _thing(file, raw, blobs)
    try:
        return _text(file, raw, ending)
    except UnreadableError:
        return _thing(file, raw, blobs)  # it is called a text and is none


def _mail(file: SourceFile, raw: bytes, blobs: BlobStore) -> Caught:
    letter = read_letter(raw)
    files, refused = _keep(letter.enclosed, blobs)
    notices = ((letter.notice,) if letter.notice else ()) + refused
    text = letter.text[:LONGEST] or _("A mail without a text.")
    title = letter.subject[:LONGEST_TITLE] or file.stem[:LONGEST_TITLE]
    return Caught(file.path, "mail", letter.identity, title, text, "other", None, letter.dated, files, notices)


def _text(file: SourceFile, raw: bytes, ending: str) -> Caught:
    said, notices = decode(raw)
    said, title, url = said.replace("\r\n", "\n").replace("\0", "\ufffd"), "", None
    if ending in (".html", ".htm"):
        page = read_html(said)
        said, title, url = page.text or page.title, page.title, page.address[:8_000] or None
    elif ending not in (".txt", ".text"):
        front = split_front_matter(said)
        words = read_properties(front.properties, front.body)
        said, title = front.body or said, words.title or ""
    title = _line(title or file.stem)
    kind = guess_type(said) if said.strip() else "other"
    digest = hashlib.sha256(raw).hexdigest()
    return Caught(file.path, "file", digest, title, said, kind, url, _dated(file), (), tuple(notices))


def _thing(file: SourceFile, raw: bytes, blobs: BlobStore) -> Caught:
    """A picture, a PDF: what it is called, and itself beside it."""
    files, refused = _keep((Enclosed(file.name, raw),), blobs)
    if not files:
        raise UnreadableError(refused[0])
    digest = hashlib.sha256(raw).hexdigest()
    return Caught(file.path, "file", digest, _line(file.stem), "", "other", None, _dated(file), files, ())


def _keep(enclosed: Sequence[Enclosed], blobs: BlobStore) -> tuple[tuple[Arrived, ...], tuple[str, ...]]:
    """What can be kept as files, and why the rest cannot."""
    kept, refused = [], []
    for one in enclosed:
        name = one.name.replace("/", "-").replace("\\", "-").replace("\0", "").strip(". ") or _("file")
        try:
            kept.append(receive(blobs, name, BytesIO(one.content), LARGEST_ATTACHMENT))
        except (Invalid, TooLarge) as error:
            refused.append(str(error))
    return tuple(kept), tuple(refused)


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())[:LONGEST_TITLE]


def _dated(file: SourceFile) -> datetime | None:
    return file.modified if file.modified and file.modified <= datetime.now(UTC) else None
