"""Notes: Markdown in, the same Markdown out."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.record import Kind, Record
from app.core.words import gettext_noop

NOTE = Kind(
    "note", "notes", gettext_noop("Note"), "/notes/{id}",
    "select id, title, content, content_format, created_at, custom_fields from notes where id = any($1)",
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
