"""Interactions: what happened between the user and somebody, or several."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from app.core.portable import ROWS_ALONE
from app.core.record import Kind, Record
from app.core.words import gettext_noop

INTERACTION = Kind(
    "interaction", "interactions", gettext_noop("Interaction"), "/interactions/{id}",
    "select id, title, summary, 'markdown', occurred_at, custom_fields from interactions where id = any($1)",
    words=("title", "summary"),
    readable=ROWS_ALONE,
    people=("author_contact_id", "participant_ids"),
)  # fmt: skip


class Interaction(Record):
    __tablename__ = "interactions"

    title: Mapped[str] = mapped_column(server_default="")
    summary: Mapped[str] = mapped_column(server_default="")
    interaction_type: Mapped[str] = mapped_column(server_default="other")
    occurred_at: Mapped[datetime]
    direction: Mapped[str] = mapped_column(server_default="both")
    author_contact_id: Mapped[UUID | None]
    participant_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    is_notable: Mapped[bool] = mapped_column(server_default="false")
