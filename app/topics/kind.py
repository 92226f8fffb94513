"""Topics: what a record is about. Tags and #hashtags are topics."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.core.record import Kind, Record
from app.core.words import gettext_noop

TOPIC = Kind(
    "topic", "topics", gettext_noop("Topic"), "/topics/{id}",
    "select id, label, description, 'markdown', created_at, custom_fields from topics where id = any($1)",
)  # fmt: skip


class Topic(Record):
    __tablename__ = "topics"

    label: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
