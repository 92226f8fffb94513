"""Captures: a thought as it came, before it has a place."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.captures.exporting import name_capture, write_capture
from app.core.filtering import RecordFilter
from app.core.portable import Readable
from app.core.record import Kind, Record
from app.core.words import gettext_noop

# In the order in which they are shown.
TYPES = ("idea", "thought", "todo", "link", "quote", "snippet", "question", "other")
TYPE_LABELS = {
    "idea": gettext_noop("Idea"), "thought": gettext_noop("Thought"), "todo": gettext_noop("To do"),
    "link": gettext_noop("Link"), "quote": gettext_noop("Quote"), "snippet": gettext_noop("Snippet"),
    "question": gettext_noop("Question"), "other": gettext_noop("Other"),
}  # fmt: skip

OF_TYPE = RecordFilter(
    "capture", gettext_noop("A capture of a type"),
    "r.id in (select c.id from captures c where c.capture_type = {v})",
    complete="select t from unnest(array['idea', 'link', 'other', 'question', 'quote', 'snippet', 'thought', "
    "'todo']) t where starts_with(t, $1)",
)  # fmt: skip
WAITING = RecordFilter(
    "is", gettext_noop("Waits in the inbox"),
    "r.id in (select c.id from captures c where c.processed_at is null and c.discarded_at is null "
    "union all select n.id from notes n where n.is_inbox)",
    choice="inbox",
)  # fmt: skip

CAPTURE = Kind(
    "capture", "captures", gettext_noop("Capture"), "/captures/{id}",
    "select id, title, content, 'markdown', created_at, custom_fields from captures where id = any($1)",
    filters=(OF_TYPE, WAITING),
    readable=Readable("captures", ".md", name_capture, write_capture),
    links="select id, url from captures where id = any($1) and url is not null",
    entitle="update captures set title = $2 where id = $1 and title = ''",
)  # fmt: skip


class Capture(Record):
    __tablename__ = "captures"

    title: Mapped[str] = mapped_column(server_default="")
    content: Mapped[str] = mapped_column(server_default="")
    capture_type: Mapped[str] = mapped_column(server_default="thought")
    is_type_chosen: Mapped[bool] = mapped_column(server_default="false")
    url: Mapped[str | None]
    processed_at: Mapped[datetime | None]
    processed_as: Mapped[str | None]
    processed_id: Mapped[UUID | None]
    discarded_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    client_id: Mapped[UUID | None]
