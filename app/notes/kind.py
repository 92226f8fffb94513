"""Notes: Markdown in, the same Markdown out."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.filtering import RecordFilter
from app.core.portable import Readable
from app.core.record import Kind, Record
from app.core.words import gettext_noop
from app.notes.exporting import name_note, write_note

FOLDERS = """with recursive f as (
    select id, fold_text(name) as path, name as shown from folders where parent_id is null and deleted_at is null
    union all select c.id, f.path || '/' || fold_text(c.name), f.shown || '/' || c.name
      from folders c join f on c.parent_id = f.id where c.deleted_at is null)"""
# By its whole path or from any folder of it on, with all that lies below.
IN_FOLDER = RecordFilter(
    "in", gettext_noop("In a folder"),
    "r.id in (" + FOLDERS + " select n.id from notes n join f on f.id = n.folder_id "  # noqa: S608 (constants)
    "where position('/' || {v} || '/' in '/' || f.path || '/') > 0)",
    complete=FOLDERS + " select shown from f where starts_with(path, $1) "  # noqa: S608 (constants)
    "or position('/' || $1 in path) > 0 "
    "order by length(path), path limit 10",
)  # fmt: skip

NOTE = Kind(
    "note", "notes", gettext_noop("Note"), "/notes/{id}",
    "select id, title, content, content_format, created_at, custom_fields from notes where id = any($1)",
    filters=(IN_FOLDER,),
    readable=Readable("notes", ".md", name_note, write_note),
    people=("author_contact_id", "target_contact_ids", "refused_contact_ids"),
)  # fmt: skip


class Note(Record):
    __tablename__ = "notes"

    title: Mapped[str] = mapped_column(server_default="")
    content: Mapped[str] = mapped_column(server_default="")
    content_format: Mapped[str] = mapped_column(server_default="markdown")
    icon: Mapped[str | None]
    colour: Mapped[str | None]
    note_kind: Mapped[str] = mapped_column(server_default="note")
    date_key: Mapped[date | None]
    preferred_view: Mapped[str] = mapped_column(server_default="doc")
    folder_id: Mapped[UUID | None]
    is_pinned_home: Mapped[bool] = mapped_column(server_default="false")
    is_inbox: Mapped[bool] = mapped_column(server_default="false")
    author_contact_id: Mapped[UUID | None]
    became_contact_id: Mapped[UUID | None]
    target_contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    refused_contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    template_for: Mapped[str | None]
    merged_into: Mapped[UUID | None]
    processed_id: Mapped[UUID | None]
    snoozed_until: Mapped[datetime | None]
